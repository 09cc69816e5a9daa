"""Automata: a state that every token changes, written as a loop; the answer is the last state."""

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np

from interpbench.tracks.extraction.rules.family import Axis, Column, Family, Grid, axis, moduli
from interpbench.tracks.extraction.rules.rule import Tokens

KIND = "automata"
Step = Callable[..., Grid]


def families(length: int, letters: int) -> Iterator[Family]:
    """All of them: affine and multiplying counters, bounded walks, runs at the end, tables of two and three states."""
    for m in moduli(letters):
        yield from _affine(m)
        yield _loop(
            m, (axis("c", range(1, m)),), lambda c, m=m: f"(s * v + {c}) % {m}", lambda s, v, c, m=m: (s * v + c) % m
        )
        yield _loop(m, (), lambda m=m: f"(s + v * s + v) % {m}", lambda s, v, m=m: (s + v * s + v) % m)
    cut = axis("t", range(1, letters))
    for m in (3, 4, 5):
        yield _loop(
            m,
            (cut,),
            lambda t, m=m: f"min(max(s + 1 - 2 * (v < {t}), 0), {m - 1})",
            lambda s, v, t, m=m: np.clip(s + 1 - 2 * (v < t), 0, m - 1),
        )
    yield _loop(letters, (), lambda: "abs(s - v)", lambda s, v: abs(s - v))
    yield _loop(length + 1, (cut,), lambda t: f"(s + 1) * (v < {t})", lambda s, v, t: (s + 1) * (v < t))
    for m in (2, 3):
        yield _loop(m, (cut,), lambda t, m=m: f"(s + 1) * (v < {t}) % {m}", lambda s, v, t, m=m: (s + 1) * (v < t) % m)
    for states, (test, axes, symbol) in product((2, 3), _symbols(letters)):
        yield _table(states, axes, test, symbol)


def _symbols(letters: int) -> tuple[tuple[Callable[..., str], tuple[Axis, ...], Callable[..., np.ndarray]], ...]:
    return (
        (lambda t: f"v < {t}", (axis("t", range(1, letters)),), lambda v, t: v < t),
        (lambda t: f"v == {t}", (axis("t", range(letters)),), lambda v, t: v == t),
        (lambda: "v % 2", (), lambda v: v % 2),
    )


def _loop(classes: int, axes: tuple[Axis, ...], text: Callable[..., str], step: Step) -> Family:
    def grid(x: Tokens, **at: Column) -> Grid:
        state: Grid = np.zeros((len(x), 1), dtype=np.int16)
        for place in range(x.shape[1]):
            state = step(state, x[:, place, None], **at)
        return state

    def body(**at: int) -> str:
        return f"s = 0\nfor v in x:\n    s = {text(**at)}\nreturn s"

    return Family(kind=KIND, classes=classes, axes=axes, text=body, grid=grid)


def _affine(m: int) -> Iterator[Family]:
    """The state times a, plus the token times b, plus c; a = 1 without c is a sum, which is modular arithmetic."""
    if m < 3:
        return
    for plain, shifted in product((True, False), (False, True)):
        names = ["a"] + ([] if plain else ["b"]) + (["c"] if shifted else [])
        starts = {"a": 2, "b": 2, "c": 1}

        def text(b: int = 1, c: int = 0, *, a: int, plain: bool = plain, shifted: bool = shifted) -> str:
            token = "v" if plain else f"v * {b}"
            return f"(s * {a} + {token}{f' + {c}' if shifted else ''}) % {m}"

        def step(s: Grid, v: Grid, b: Column | int = 1, c: Column | int = 0, *, a: Column) -> Grid:
            return np.asarray((s * a + v * b + c) % m)

        yield _loop(m, tuple(axis(name, range(starts[name], m)) for name in names), text, step)


def _table(states: int, axes: tuple[Axis, ...], test: Callable[..., str], symbol: Callable[..., np.ndarray]) -> Family:
    """Two symbols; the next state is looked up by symbol and state. Every table is one choice of an axis."""
    rows = np.array(list(product(range(states), repeat=2 * states)))
    rows = rows[(rows.max(axis=1) == states - 1) & (rows[:, :states] != rows[:, states:]).any(axis=1)]
    names = tuple(f"n{cell}" for cell in range(2 * states))

    def text(**at: int) -> str:
        cells = [str(at.pop(name)) for name in names]
        first, second = ", ".join(cells[:states]), ", ".join(cells[states:])
        return f"(({first}), ({second}))[{test(**at)}][s]"

    def step(s: Grid, v: Grid, **at: Column) -> Grid:
        cells = np.stack([at.pop(name) for name in names])  # (cell, rule)
        which = s + states * symbol(v, **at)
        return np.asarray(np.take_along_axis(cells, which, axis=0))

    return _loop(states, (*axes, Axis(names=names, choices=rows)), text, step)
