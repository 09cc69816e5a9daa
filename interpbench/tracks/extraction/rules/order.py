"""Order statistics: extremes, medians and ranks of tokens, and where the extremes stand."""

from collections.abc import Callable, Iterator

import numpy as np

from interpbench.tracks.extraction.rules.family import (
    Axis,
    Family,
    Grid,
    Span,
    arranged,
    axis,
    chosen,
    inside,
    moduli,
    spans,
)
from interpbench.tracks.extraction.rules.rule import Tokens

KIND = "order"
Text = Callable[..., str]


def families(length: int, letters: int) -> Iterator[Family]:
    """All of them."""
    for m in moduli(letters):
        yield from _values(length, m, "" if m == letters else f" % {m}")
    for m in (2, 3, 4, 5, length):
        yield from _places(length, m, "" if m == length else f" % {m}")


def _values(length: int, m: int, rest: str) -> Iterator[Family]:
    def made(axes: tuple[Axis, ...], text: Text, grid: Callable[..., Grid]) -> Family:
        return Family(
            kind=KIND,
            classes=m,
            axes=axes,
            text=lambda **at: f"return {text(**at)}{rest}",
            grid=lambda x, **at: grid(x, **at) % m,
        )

    def wrapped(axes: tuple[Axis, ...], text: Text, grid: Callable[..., Grid]) -> Family:
        return Family(
            kind=KIND,
            classes=m,
            axes=axes,
            text=lambda **at: f"return ({text(**at)}) % {m}",
            grid=lambda x, **at: grid(x, **at) % m,
        )

    for span in spans(length):
        yield made(span.axes, lambda lo, hi, span=span: f"max({span.text(lo, hi)})", highest)
        yield made(span.axes, lambda lo, hi, span=span: f"min({span.text(lo, hi)})", lowest)
        yield (made if rest == "" else wrapped)(
            span.axes,
            lambda lo, hi, span=span: f"max({span.text(lo, hi)}) - min({span.text(lo, hi)})",
            lambda x, lo, hi: highest(x, lo, hi) - lowest(x, lo, hi),
        )
        yield from _sorted(span, made)
    pair, one = chosen("i j", length), axis("i", range(length))
    yield made((pair,), lambda i, j: f"max(x[{i}], x[{j}])", lambda x, i, j: np.maximum(x[:, i], x[:, j]))
    yield made((pair,), lambda i, j: f"min(x[{i}], x[{j}])", lambda x, i, j: np.minimum(x[:, i], x[:, j]))
    yield made((pair,), lambda i, j: f"abs(x[{i}] - x[{j}])", lambda x, i, j: abs(x[:, i] - x[:, j]))
    yield made(
        (chosen("i j k", length),),
        lambda i, j, k: f"sorted((x[{i}], x[{j}], x[{k}]))[1]",
        lambda x, i, j, k: np.sort(np.stack([x[:, i], x[:, j], x[:, k]]), axis=0)[1],
    )
    yield made(
        (Axis(names=("i", "j", "k"), choices=_one_and_two(length)),),
        lambda i, j, k: f"min(x[{i}], max(x[{j}], x[{k}]))",
        lambda x, i, j, k: np.minimum(x[:, i], np.maximum(x[:, j], x[:, k])),
    )
    for name, reduce in (("max", np.max), ("min", np.min)):
        yield wrapped(
            (one,),
            lambda i, name=name: f"{name}(x) + x[{i}]",
            lambda x, i, reduce=reduce: reduce(x, axis=1)[:, None] + x[:, i],
        )
    yield wrapped((), lambda: "max(x) + min(x)", lambda x: (x.max(axis=1) + x.min(axis=1))[:, None])


def _one_and_two(length: int) -> np.ndarray:
    places = arranged("i j k", length).choices
    return places[places[:, 1] < places[:, 2]]


def highest(x: Tokens, lo: np.ndarray, hi: np.ndarray) -> Grid:
    """The largest token of a stretch."""
    return np.asarray(np.where(inside(x.shape[1], lo, hi), x[:, :, None], -1).max(axis=1))


def lowest(x: Tokens, lo: np.ndarray, hi: np.ndarray) -> Grid:
    """The smallest token of a stretch."""
    return np.asarray(np.where(inside(x.shape[1], lo, hi), x[:, :, None], 1000).min(axis=1))


def _sorted(span: Span, made: Callable[..., Family]) -> Iterator[Family]:
    """The k-th smallest token of a stretch, the extremes apart."""
    stretches = span.axes[0].choices
    choices = [(lo, hi, k) for lo, hi in stretches for k in range(1, hi - lo - 1)]

    def grid(x: Tokens, lo: np.ndarray, hi: np.ndarray, k: np.ndarray) -> Grid:
        kept = np.sort(np.where(inside(x.shape[1], lo, hi), x[:, :, None], 1000), axis=1)
        return np.take_along_axis(kept, k[None, None, :].astype(np.int64), axis=1)[:, 0]

    if choices:
        yield made((axis("lo hi k", choices),), lambda lo, hi, k: f"sorted({span.text(lo, hi)})[{k}]", grid)


def _places(length: int, m: int, rest: str) -> Iterator[Family]:
    """The rank of a token, and where the largest or smallest token stands first."""
    yield Family(
        kind=KIND,
        classes=m,
        axes=(axis("i", range(length)),),
        text=lambda i: f"return sum(v < x[{i}] for v in x){rest}",
        grid=lambda x, i: (x[:, :, None] < x[:, None, i]).sum(axis=1, dtype=np.int16) % m,
    )
    for name, place in (("max", np.argmax), ("min", np.argmin)):
        yield Family(
            kind=KIND,
            classes=m,
            axes=(),
            text=lambda name=name: f"return [i for i, v in enumerate(x) if v == {name}(x)][0]{rest}",
            grid=lambda x, place=place: place(x, axis=1)[:, None] % m,
        )
