"""Positional selection: a token at a place that other tokens name, or behind a marker."""

from collections.abc import Callable, Iterator

import numpy as np

from interpbench.tracks.extraction.rules.family import (
    Axis,
    Column,
    Family,
    Grid,
    Tokens,
    arranged,
    axis,
    chosen,
    moduli,
)

KIND = "selection"
_NONE = -1


def families(length: int, letters: int) -> Iterator[Family]:
    """All of them; first, as rivals of the others, those that copy one token."""
    for m in moduli(letters):
        rest = "" if m == letters else f" % {m}"
        yield from _copies(length, m, rest)
        yield from _pointers(length, letters, m, rest)
        yield from _markers(letters, m, rest)
    for m in (2, 3, 4, 5, length + 1):
        yield from _places(length, letters, m, "" if m == length + 1 else f" % {m}")


def _copies(length: int, m: int, rest: str) -> Iterator[Family]:
    yield Family(
        kind=KIND,
        classes=m,
        axes=(axis("i", range(length)),),
        text=lambda i: f"return x[{i}]{rest}",
        grid=lambda x, i: x[:, i] % m,
    )


def _at(x: Tokens, place: Grid) -> Grid:
    """The token at a place of each input and rule."""
    return np.take_along_axis(x, place.astype(np.int64), axis=1)


def _pointers(length: int, letters: int, m: int, rest: str) -> Iterator[Family]:
    wrap = f" % {length}" if letters > length else ""
    place = axis("i", range(length))

    def made(axes: tuple[Axis, ...], text: Callable[..., str], pointer: Callable[..., Grid]) -> Family:
        return Family(
            kind=KIND,
            classes=m,
            axes=axes,
            text=lambda **at: f"return x[{text(**at)}]{rest}",
            grid=lambda x, **at: _at(x, pointer(x, **at) % length) % m,
        )

    yield made((place,), lambda i: f"x[{i}]{wrap}", lambda x, i: x[:, i])
    yield made((place,), lambda i: f"x[x[{i}]{wrap}]{wrap}", lambda x, i: _at(x, x[:, i] % length))
    yield made(
        (place, axis("c", range(1, length))),
        lambda i, c: f"(x[{i}] + {c}) % {length}",
        lambda x, i, c: x[:, i] + c,
    )
    yield made(
        (chosen("i j", length),),
        lambda i, j: f"(x[{i}] + x[{j}]) % {length}",
        lambda x, i, j: x[:, i] + x[:, j],
    )
    yield made((), lambda: f"sum(x) % {length}", lambda x: x.sum(axis=1, dtype=np.int16)[:, None])
    yield made(
        (axis("s", range(letters)),),
        lambda s: f"sum(v == {s} for v in x) % {length}",
        lambda x, s: (x[:, :, None] == s).sum(axis=1, dtype=np.int16),
    )
    yield Family(
        kind=KIND,
        classes=m,
        axes=(arranged("i j", length),),
        text=lambda i, j: f"return (x[x[{i}]{wrap}] + x[{j}]) % {m}",
        grid=lambda x, i, j: (_at(x, x[:, i] % length) + x[:, j]) % m,
    )


def first(found: np.ndarray) -> Grid:
    """(input, position, rule) to the first position that is marked; -1 where there is none."""
    return np.where(found.any(axis=1), found.argmax(axis=1), _NONE).astype(np.int16)


def last(found: np.ndarray) -> Grid:
    """The last position that is marked; -1 where there is none."""
    place = found.shape[1] - 1 - found[:, ::-1].argmax(axis=1)
    return np.where(found.any(axis=1), place, _NONE).astype(np.int16)


def _looked_up(x: Tokens, place: Grid) -> Grid:
    """The token at a place, 0 where there is none."""
    return np.where(place == _NONE, 0, _at(x, np.maximum(place, 0)))


def _markers(letters: int, m: int, rest: str) -> Iterator[Family]:
    """The token behind the first marker or the last one, and the first or last small token; 0 where there is none."""

    def made(values: range, sign: str, behind: bool, early: bool) -> Family:
        def text(s: int) -> str:
            tokens = f"[b for a, b in zip(x, x[1:]) if a {sign} {s}]" if behind else f"[v for v in x if v {sign} {s}]"
            return f"return ({tokens} + [0])[0]{rest}" if early else f"return ([0] + {tokens})[-1]{rest}"

        def grid(x: Tokens, s: Column) -> Grid:
            seen = x[:, :-1, None] if behind else x[:, :, None]
            place = (first if early else last)(seen < s if sign == "<" else seen == s)
            return _looked_up(x[:, 1:] if behind else x, place) % m

        return Family(kind=KIND, classes=m, axes=(axis("s", values),), text=text, grid=grid)

    for early in (True, False):
        yield made(range(1), "==", True, early)  # shorter: `not a`
        yield made(range(1, letters), "==", True, early)
        yield made(range(1, letters), "<", True, early)
        yield made(range(2, letters), "<", False, early)


def _places(length: int, letters: int, m: int, rest: str) -> Iterator[Family]:
    """Where a letter stands first or last; the length of the input where it does not."""

    def made(sign: str, values: range, early: bool) -> Family:
        def text(s: int) -> str:
            places = f"[i for i, v in enumerate(x) if v {sign} {s}]"
            return f"return ({places} + [{length}])[0]{rest}" if early else f"return ([{length}] + {places})[-1]{rest}"

        def grid(x: Tokens, s: Column) -> Grid:
            seen = x[:, :, None]
            place = (first if early else last)(seen < s if sign == "<" else seen == s)
            return np.where(place == _NONE, length, place) % m

        return Family(kind=KIND, classes=m, axes=(axis("s", values),), text=text, grid=grid)

    for early in (True, False):
        yield made("==", range(1), early)  # shorter: `not v`
        yield made("==", range(1, letters), early)
        yield made("<", range(2, letters), early)
