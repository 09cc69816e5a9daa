"""Positional selection: a token at a place that other tokens name, or behind a marker."""

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np

from interpbench.tracks.extraction.rules.family import Axis, Column, Family, Grid, arranged, axis, chosen, moduli
from interpbench.tracks.extraction.rules.rule import Tokens

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


_DEFAULTS: dict[str, Callable[[Tokens], Grid]] = {
    "0": lambda x: np.zeros((len(x), 1), dtype=np.int16),
    "x[0]": lambda x: x[:, :1],
    "x[-1]": lambda x: x[:, -1:],
}


def _markers(letters: int, m: int, rest: str) -> Iterator[Family]:
    """The token behind the first or last marker, and the first or last small, large or odd token.

    Where there is none the answer is 0, or the first token, or the last; for common markers such inputs are rare.
    """

    def made(test: str, values: range, behind: bool, early: bool, default: str) -> Family:
        tests: dict[str, Callable[..., np.ndarray]] = {
            "== {s}": lambda seen, s: seen == s,
            "< {s}": lambda seen, s: seen < s,
            ">= {s}": lambda seen, s: seen >= s,
            "% 2": lambda seen: seen % 2 == 1,
        }

        def text(**at: int) -> str:
            tested = test.format(**at)
            tokens = f"[b for a, b in zip(x, x[1:]) if a {tested}]" if behind else f"[v for v in x if v {tested}]"
            return (
                f"return ({tokens} + [{default}])[0]{rest}" if early else f"return ([{default}] + {tokens})[-1]{rest}"
            )

        def grid(x: Tokens, **at: Column) -> Grid:
            seen = x[:, :-1, None] if behind else x[:, :, None]
            place = (first if early else last)(tests[test](seen, **at))
            token = _at(x[:, 1:] if behind else x, np.maximum(place, 0))
            return np.where(place == _NONE, _DEFAULTS[default](x), token) % m

        return Family(kind=KIND, classes=m, axes=(axis("s", values),) if "{s}" in test else (), text=text, grid=grid)

    for early, default in product((True, False), _DEFAULTS):
        yield made("== {s}", range(1), True, early, default)  # shorter: `not a`
        yield made("== {s}", range(1, letters), True, early, default)
        for behind in (True, False):
            yield made("< {s}", range(2, letters), behind, early, default)
            yield made(">= {s}", range(1, letters - 1), behind, early, default)
            yield made("% 2", range(1), behind, early, default)


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
