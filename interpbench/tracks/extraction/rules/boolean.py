"""Boolean formulas of comparisons: parity, conjunction and disjunction, DNF, majority, threshold, order of tokens."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from interpbench.tracks.extraction.rules.family import (
    Axis,
    Column,
    Family,
    Grid,
    Span,
    arranged,
    axis,
    chosen,
    inside,
    spans,
    total,
)
from interpbench.tracks.extraction.rules.rule import Tokens

KIND = "boolean"
_SIGNS = {"and": np.logical_and, "or": np.logical_or, "^": np.logical_xor}


def families(length: int, letters: int) -> Iterator[Family]:
    """All of them; the answer is 0 or 1."""
    cuts = range(1, letters)
    yield from _alone(length, letters)
    for sign, below, other in product(_SIGNS, (True, False), (True, False)):
        if sign != "^" or below:
            yield _two(length, cuts, sign, below, other)
    for count in (3, 4):
        yield _parity(length, cuts, count)
    for count, least in ((3, 1), (3, 2), (3, 3), (5, 3)):
        yield _threshold(length, cuts, count, least)
    yield _exactly_one(length, cuts)
    for below in (True, False):
        yield _dnf(length, cuts, below)
    for sign in _SIGNS:
        yield _two_orders(length, sign)
    yield _chain(length)
    yield from _sums(length, letters)
    for span in spans(length):
        yield _many(span, length, letters, "<")
        yield _many(span, length, letters, "==")


def _bit(values: np.ndarray) -> Grid:
    return values.astype(np.int16)


def _below(x: Tokens, place: Column, cut: Column, below: bool = True) -> np.ndarray:
    return np.asarray((x[:, place] < cut) == below)


def _atom(place: int, cut: int, below: bool = True) -> str:
    return f"x[{place}] {'<' if below else '>='} {cut}"


def _make(axes: tuple[Axis, ...], text: object, grid: object) -> Family:
    return Family(kind=KIND, classes=2, axes=axes, text=text, grid=grid)  # type: ignore[arg-type]


def _alone(length: int, letters: int) -> Iterator[Family]:
    place, pair = axis("i", range(length)), chosen("i j", length)
    cut, letter = axis("s", range(1, letters)), axis("s", range(letters))
    yield _make((place, cut), lambda i, s: f"return x[{i}] < {s}", lambda x, i, s: _bit(x[:, i] < s))
    yield _make((place, cut), lambda i, s: f"return x[{i}] >= {s}", lambda x, i, s: _bit(x[:, i] >= s))
    yield _make((place, letter), lambda i, s: f"return x[{i}] == {s}", lambda x, i, s: _bit(x[:, i] == s))
    yield _make((pair,), lambda i, j: f"return x[{i}] == x[{j}]", lambda x, i, j: _bit(x[:, i] == x[:, j]))
    yield _make(
        (arranged("i j", length),), lambda i, j: f"return x[{i}] < x[{j}]", lambda x, i, j: _bit(x[:, i] < x[:, j])
    )
    yield _make(
        (arranged("i j", length),), lambda i, j: f"return x[{i}] <= x[{j}]", lambda x, i, j: _bit(x[:, i] <= x[:, j])
    )


def _two(length: int, cuts: range, sign: str, below: bool, other: bool) -> Family:
    """Two tokens, each above or below a cut of its own; of a parity only the second one's side counts."""

    def text(i: int, j: int, s: int, t: int) -> str:
        return f"return ({_atom(i, s, below)}) {sign} ({_atom(j, t, other)})"

    def grid(x: Tokens, i: Column, j: Column, s: Column, t: Column) -> Grid:
        return _bit(_SIGNS[sign](_below(x, i, s, below), _below(x, j, t, other)))

    return _make((chosen("i j", length), axis("s", cuts), axis("t", cuts)), text, grid)


def _parity(length: int, cuts: range, count: int) -> Family:
    """How many of some tokens are below a cut that they share, odd or even."""
    names = ("i", "j", "k", "l")[:count]

    def text(s: int, **at: int) -> str:
        return "return " + " ^ ".join(f"({_atom(at[name], s)})" for name in names)

    def grid(x: Tokens, s: Column, **at: Column) -> Grid:
        return _bit(np.logical_xor.reduce([_below(x, at[name], s) for name in names]))

    return _make((chosen(" ".join(names), length), axis("s", cuts)), text, grid)


def _threshold(length: int, cuts: range, count: int, least: int) -> Family:
    """Whether at least so many of some tokens are below a cut that they share; two of three is their majority."""
    names = ("i", "j", "k", "l", "o")[:count]

    def text(s: int, **at: int) -> str:
        return "return " + " + ".join(f"({_atom(at[name], s)})" for name in names) + f" > {least - 1}"

    def grid(x: Tokens, s: Column, **at: Column) -> Grid:
        return _bit(np.add.reduce([_bit(_below(x, at[name], s)) for name in names]) >= least)

    return _make((chosen(" ".join(names), length), axis("s", cuts)), text, grid)


def _exactly_one(length: int, cuts: range) -> Family:
    """Whether one of three tokens is below a cut that they share; a parity says something else of all three."""

    def text(i: int, j: int, k: int, s: int) -> str:
        return f"return ({_atom(i, s)}) + ({_atom(j, s)}) + ({_atom(k, s)}) == 1"

    def grid(x: Tokens, i: Column, j: Column, k: Column, s: Column) -> Grid:
        return _bit(np.add.reduce([_bit(_below(x, place, s)) for place in (i, j, k)]) == 1)

    return _make((chosen("i j k", length), axis("s", cuts)), text, grid)


def _dnf(length: int, cuts: range, below: bool) -> Family:
    """Two clauses of two tokens, all with the same cut."""
    pairs = arranged("i j k l", length).choices
    kept = pairs[(pairs[:, 0] < pairs[:, 1]) & (pairs[:, 2] < pairs[:, 3]) & (pairs[:, 0] < pairs[:, 2])]

    def text(i: int, j: int, k: int, l: int, s: int) -> str:  # noqa: E741 -- positions i, j, k, l
        a, b, c, d = (_atom(place, s, below) for place in (i, j, k, l))
        return f"return {a} and {b} or {c} and {d}"

    def grid(x: Tokens, i: Column, j: Column, k: Column, l: Column, s: Column) -> Grid:  # noqa: E741
        a, b, c, d = (_below(x, place, s, below) for place in (i, j, k, l))
        return _bit(a & b | c & d)

    return _make((Axis(names=("i", "j", "k", "l"), choices=kept), axis("s", cuts)), text, grid)


def _two_orders(length: int, sign: str) -> Family:
    """Two comparisons of tokens with each other; of a parity two turned ones say the same as none."""
    places = arranged("i j k l", length).choices
    kept = places[(places[:, 0] < places[:, 2]) & ((places[:, 0] < places[:, 1]) | (sign != "^"))]

    def text(i: int, j: int, k: int, l: int) -> str:  # noqa: E741
        return f"return (x[{i}] < x[{j}]) {sign} (x[{k}] < x[{l}])"

    def grid(x: Tokens, i: Column, j: Column, k: Column, l: Column) -> Grid:  # noqa: E741
        return _bit(_SIGNS[sign](x[:, i] < x[:, j], x[:, k] < x[:, l]))

    return _make((Axis(names=("i", "j", "k", "l"), choices=kept),), text, grid)


def _chain(length: int) -> Family:
    return _make(
        (arranged("i j k", length),),
        lambda i, j, k: f"return x[{i}] < x[{j}] < x[{k}]",
        lambda x, i, j, k: _bit((x[:, i] < x[:, j]) & (x[:, j] < x[:, k])),
    )


def _sums(length: int, letters: int) -> Iterator[Family]:
    """Whether a sum of some tokens is above a cut, or below."""
    top = letters - 1
    yield _make(
        (chosen("i j", length), axis("s", range(2 * top))),
        lambda i, j, s: f"return x[{i}] + x[{j}] > {s}",
        lambda x, i, j, s: _bit(x[:, i] + x[:, j] > s),
    )
    yield _make(
        (chosen("i j k", length), axis("s", range(3 * top))),
        lambda i, j, k, s: f"return x[{i}] + x[{j}] + x[{k}] > {s}",
        lambda x, i, j, k, s: _bit(x[:, i] + x[:, j] + x[:, k] > s),
    )
    yield _make(
        (axis("s", range(length * top)),),
        lambda s: f"return sum(x) > {s}",
        lambda x, s: _bit(x.sum(axis=1, dtype=np.int16)[:, None] > s),
    )


def _many(span: Span, length: int, letters: int, sign: str) -> Family:
    """Whether more than k tokens of a stretch are below a cut, or are a certain letter."""
    values = axis("s", range(1, letters) if sign == "<" else range(letters))

    def text(lo: int, hi: int, s: int, k: int) -> str:
        return f"return sum(v {sign} {s} for v in {span.text(lo, hi)}) > {k}"

    def grid(x: Tokens, lo: Column, hi: Column, s: Column, k: Column) -> Grid:
        tokens = x[:, :, None]
        found = (tokens < s if sign == "<" else tokens == s) & inside(length, lo, hi)
        return _bit(total(found) > k)

    return _make((*span.axes, values, axis("k", range(length // 2 + 1))), text, grid)
