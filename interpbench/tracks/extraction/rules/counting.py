"""Counting: tokens, neighbours and letters with a property: how many, modulo m, up to a limit, or whether one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from interpbench.tracks.extraction.rules.family import Axis, Column, Family, Grid, axis, chosen, inside, spans, total
from interpbench.tracks.extraction.rules.rule import Tokens

KIND = "counting"
MODULI = (2, 3, 4, 5)


@dataclass(frozen=True, kw_only=True, eq=False)
class Count:
    """Something that can be counted.

    Attributes:
        axes: its numbers.
        text: an expression.
        grid: its value.
    """

    axes: tuple[Axis, ...]
    text: Callable[..., str]
    grid: Callable[..., Grid]


def families(length: int, letters: int) -> Iterator[Family]:
    """All of them."""
    for count in (*_tokens(length, letters), *_neighbours(letters), *_others(length, letters)):
        yield from finished(KIND, count, length + 1)
    yield _more(letters)
    for m in MODULI:
        yield _difference(letters, m)


def finished(kind: str, count: Count, most: int) -> Iterator[Family]:
    """A count as it is, modulo m, up to a limit, and whether it is one.

    Args:
        kind: of the families.
        count: what is counted.
        most: the count is below.
    """
    yield Family(
        kind=kind,
        classes=most,
        axes=count.axes,
        text=lambda **at: f"return {count.text(**at)}",
        grid=count.grid,
    )
    yield Family(
        kind=kind,
        classes=2,
        axes=count.axes,
        text=lambda **at: f"return {count.text(**at)} == 1",
        grid=lambda x, **at: (count.grid(x, **at) == 1).astype(np.int16),
    )
    for m in MODULI:
        yield Family(
            kind=kind,
            classes=m,
            axes=count.axes,
            text=lambda m=m, **at: f"return {count.text(**at)} % {m}",
            grid=lambda x, m=m, **at: count.grid(x, **at) % m,
        )
    for m in MODULI[1:]:
        yield Family(
            kind=kind,
            classes=m,
            axes=count.axes,
            text=lambda m=m, **at: f"return min({m - 1}, {count.text(**at)})",
            grid=lambda x, m=m, **at: np.minimum(m - 1, count.grid(x, **at)),
        )


def _tokens(length: int, letters: int) -> Iterator[Count]:
    """Letters and small letters in a stretch, tokens equal to that of a position."""
    for span in spans(length):
        yield Count(
            axes=(*span.axes, axis("s", range(letters))),
            text=lambda lo, hi, s, span=span: f"sum(v == {s} for v in {span.text(lo, hi)})",
            grid=lambda x, lo, hi, s: total((x[:, :, None] == s) & inside(length, lo, hi)),
        )
        yield Count(
            axes=(*span.axes, axis("s", range(2, letters - 1))),
            text=lambda lo, hi, s, span=span: f"sum(v < {s} for v in {span.text(lo, hi)})",
            grid=lambda x, lo, hi, s: total((x[:, :, None] < s) & inside(length, lo, hi)),
        )
    yield Count(
        axes=(axis("i", range(length)),),
        text=lambda i: f"sum(v == x[{i}] for v in x)",
        grid=lambda x, i: total(x[:, :, None] == x[:, None, i]),
    )


def _neighbours(letters: int) -> Iterator[Count]:
    """Pairs of tokens at a distance: equal, rising, falling, of a certain difference, of two certain letters."""

    def count(
        distance: int, axes: tuple[Axis, ...], test: Callable[..., str], found: Callable[..., np.ndarray]
    ) -> Count:
        def grid(x: Tokens, **at: Column) -> Grid:
            return total(found(x[:, :-distance, None], x[:, distance:, None], **at))

        return Count(axes=axes, text=lambda **at: f"sum({test(**at)} for a, b in zip(x, x[{distance}:]))", grid=grid)

    for distance in (1, 2, 3):
        yield count(distance, (), lambda: "a == b", lambda a, b: a == b)
        yield count(distance, (), lambda: "a < b", lambda a, b: a < b)
        yield count(distance, (), lambda: "b < a", lambda a, b: b < a)
    yield count(
        1,
        (axis("s", range(1, letters)),),
        lambda s: f"(b - a) % {letters} == {s}",
        lambda a, b, s: (b - a) % letters == s,
    )
    yield count(
        1,
        (axis("s", range(1, letters)),),
        lambda s: f"abs(a - b) < {s}",
        lambda a, b, s: abs(a - b) < s,
    )
    yield count(
        1,
        (axis("s", range(letters)), axis("t", range(letters))),
        lambda s, t: f"a == {s} and b == {t}",
        lambda a, b, s, t: (a == s) & (b == t),
    )


def _others(length: int, letters: int) -> Iterator[Count]:
    """Different letters; positions at which the tokens rise over those before."""

    def distinct(x: Tokens) -> Grid:
        return total((x[:, :, None] == np.arange(letters)).any(axis=1)[:, :, None])

    yield Count(axes=(), text=lambda: f"sum(v in x for v in range({letters}))", grid=distinct)
    if letters >= length:
        return
    yield Count(
        axes=(),
        text=lambda: "sum(i == v for i, v in enumerate(x))",
        grid=lambda x: total((x == np.arange(length))[:, :, None]),
    )


def _pair(letters: int) -> Axis:
    return chosen("s t", letters)


def _letter(x: Tokens, letter: Column) -> Grid:
    return total(x[:, :, None] == letter)


def _more(letters: int) -> Family:
    pairs = [(s, t) for s in range(letters) for t in range(letters) if s != t]
    return Family(
        kind=KIND,
        classes=2,
        axes=(axis("s t", pairs),),
        text=lambda s, t: f"return sum(v == {s} for v in x) < sum(v == {t} for v in x)",
        grid=lambda x, s, t: (_letter(x, s) < _letter(x, t)).astype(np.int16),
    )


def _difference(letters: int, m: int) -> Family:
    return Family(
        kind=KIND,
        classes=m,
        axes=(_pair(letters),),
        text=lambda s, t: f"return (sum(v == {s} for v in x) - sum(v == {t} for v in x)) % {m}",
        grid=lambda x, s, t: (_letter(x, s) - _letter(x, t)) % m,
    )
