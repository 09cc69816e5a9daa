"""Modular arithmetic: weighted sums and products of tokens, modulo m."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from interpbench.tracks.extraction.rules.family import (
    Axis,
    Column,
    Family,
    Grid,
    Span,
    axis,
    chosen,
    inside,
    moduli,
    spans,
    total,
)
from interpbench.tracks.extraction.rules.rule import Tokens

KIND = "modular"
_PLACES = ("i", "j", "k", "l")
_WEIGHTS = ("a", "b", "c", "d")


def families(length: int, letters: int) -> Iterator[Family]:
    """All of them: two and three weighted tokens, four plain ones, stretches, products, sums weighted by position."""
    for m in moduli(letters):
        for count in (2, 3):
            yield from _weighted(length, m, count)
        yield _sum(length, m, (True,) * 4)
        yield from (_stretch(span, m) for span in spans(length))
        yield from _products(length, m)
        yield _by_position(m)


def _weighted(length: int, m: int, count: int) -> Iterator[Family]:
    """A weight of one is not written, so that it makes a family of its own."""
    for ones in product((True, False), repeat=count):
        if m > 2 or all(ones):
            yield _sum(length, m, ones)


def _sum(length: int, m: int, ones: tuple[bool, ...]) -> Family:
    places = _PLACES[: len(ones)]
    weights = {place: _WEIGHTS[n] for n, (place, one) in enumerate(zip(places, ones, strict=True)) if not one}

    def text(**at: int) -> str:
        terms = [f"x[{at[p]}]" + (f" * {at[weights[p]]}" if p in weights else "") for p in places]
        return f"return ({' + '.join(terms)}) % {m}"

    def grid(x: Tokens, **at: Column) -> Grid:
        return np.asarray(sum(x[:, at[p]] * at[weights[p]] if p in weights else x[:, at[p]] for p in places) % m)

    axes: tuple[Axis, ...] = (chosen(" ".join(places), length), *(axis(w, range(2, m)) for w in weights.values()))
    return Family(kind=KIND, classes=m, axes=axes, text=text, grid=grid)


def _stretch(span: Span, m: int) -> Family:
    return Family(
        kind=KIND,
        classes=m,
        axes=span.axes,
        text=lambda lo, hi: f"return sum({span.text(lo, hi)}) % {m}",
        grid=lambda x, lo, hi: total(x[:, :, None] * inside(x.shape[1], lo, hi)) % m,
    )


def _products(length: int, m: int) -> Iterator[Family]:
    yield Family(
        kind=KIND,
        classes=m,
        axes=(chosen("i j", length),),
        text=lambda i, j: f"return x[{i}] * x[{j}] % {m}",
        grid=lambda x, i, j: x[:, i] * x[:, j] % m,
    )
    triples = [(i, j, k) for i in range(length) for j in range(i + 1, length) for k in range(length) if k not in (i, j)]
    yield Family(
        kind=KIND,
        classes=m,
        axes=(axis("i j k", triples),),
        text=lambda i, j, k: f"return (x[{i}] * x[{j}] + x[{k}]) % {m}",
        grid=lambda x, i, j, k: (x[:, i] * x[:, j] + x[:, k]) % m,
    )


def _by_position(m: int) -> Family:
    def grid(x: Tokens) -> Grid:
        return np.asarray((x * np.arange(x.shape[1])).sum(axis=1) % m)[:, None]

    return Family(
        kind=KIND, classes=m, axes=(), text=lambda: f"return sum(i * v for i, v in enumerate(x)) % {m}", grid=grid
    )
