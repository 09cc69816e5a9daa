"""Automata as theories: a loop with an update that is a formula where one does, else a table."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

import numpy as np
from jaxtyping import Int

from interpbench.theory import Theory, canonical, parse, size
from interpbench.toolkit.automata.fold import Automaton
from interpbench.toolkit.automata.layers import Layers
from interpbench.toolkit.synthesis.folds import updates

LARGEST = 950
"""Syntax nodes; the language allows 1,000."""
_FORMULAS = 20_000

Table = Int[np.ndarray, "state letter"]


def smallest(theories: Iterator[str]) -> Theory | None:
    """The smallest of those that the language has room for."""
    found = [canonical(parse(text)) for text in theories]
    return min(found, key=size, default=None)


def loop_texts(automaton: Automaton, tokens: str = "x") -> Iterator[str]:
    """The automaton with a formula for its update, with a table over classes of letters, with a table.

    Args:
        automaton: that reads some tokens.
        tokens: which ones, as an expression over the input x.
    """
    numbered = _by_answer(automaton)
    plain = np.array_equal(
        np.maximum(numbered.outputs, np.arange(len(numbered.outputs))), np.arange(len(numbered.table))
    )
    answer = "s" if plain else f"{_tuple(np.maximum(numbered.outputs, 0))}[s]"
    table, start = numbered.table, int(_start(automaton))
    for update in [*_formulas(table), *_symbols(table)]:
        yield f"def rule(x):\n    s = {start}\n    for v in {tokens}:\n        s = {update}\n    return {answer}\n"
    if table.size + len(table) < LARGEST - 20:
        yield (
            f"def rule(x):\n    t = {_nested(np.maximum(table, 0))}\n    s = {start}\n"
            f"    for v in {tokens}:\n        s = t[s][v]\n    return {answer}\n"
        )


def layered_text(layers: Layers) -> Iterator[str]:
    """A table for each position at which the state changes, if they are not too large together."""
    steps, names = [], np.arange(1 + max(int(step.max()) for step in layers.steps))
    for place in reversed(range(len(layers.steps))):
        step = names[layers.steps[place]]
        same = (step == step[:, :1]).all() and len(np.unique(step[:, 0])) == len(step)
        if same:
            names = step[:, 0]  # nothing is learnt from this token: the state goes by its later name
        else:
            steps.append((place, step))
            names = np.arange(len(step))
    if sum(step.size + len(step) + 3 for _, step in steps) > LARGEST - 40:
        return
    start = int(names[0])
    if not steps:
        yield f"def rule(x):\n    return {start}\n"
        return
    parts = ", ".join(f"({place}, {_nested(step)})" for place, step in reversed(steps))
    yield f"def rule(x):\n    s = {start}\n    for i, t in ({parts},):\n        s = t[s][x[i]]\n    return s\n"


def _order(automaton: Automaton) -> Int[np.ndarray, " state"]:
    """The new number of each state: its answer where answers tell states apart."""
    count, outputs = len(automaton.table), automaton.outputs
    known = outputs[outputs >= 0]
    if len(np.unique(known)) < len(known) or known.max(initial=0) >= count:
        return np.arange(count)
    free = iter(sorted(set(range(count)) - set(known.tolist())))
    return np.array([answer if answer >= 0 else next(free) for answer in outputs.tolist()])


def _start(automaton: Automaton) -> int:
    return int(_order(automaton)[0])


def _by_answer(automaton: Automaton) -> Automaton:
    order = _order(automaton)
    table, outputs = np.full_like(automaton.table, -1), np.full_like(automaton.outputs, -1)
    table[order] = np.where(automaton.table >= 0, order[automaton.table], -1)
    outputs[order] = automaton.outputs
    return Automaton(table=table, outputs=outputs)


@lru_cache(maxsize=4)
def _known(states: int, letters: int) -> tuple[tuple[str, ...], Int[np.ndarray, "update state letter"]]:
    found = list(islice(updates(states, letters), _FORMULAS))
    return tuple(text for text, _ in found), np.stack([table for _, table in found]).astype(np.int8)


def _formulas(table: Table) -> list[str]:
    """The first formula over a state and a letter with this table."""
    texts, tables = _known(*table.shape)
    fits = np.flatnonzero(((tables == table) | (table < 0)).all(axis=(1, 2)))
    return [texts[place] for place in fits[:3].tolist()]


def _symbols(table: Table) -> Iterator[str]:
    """Tables over a test of the letter, where only its outcome counts."""
    states, letters = table.shape
    v = np.arange(letters)
    tests = [(f"v == {c}", v == c) for c in v] + [(f"v < {c}", v < c) for c in v[1:]] + [("v % 2", v % 2 == 1)]
    for text, test in tests:
        columns = np.zeros((2, states), dtype=np.int64)
        fits = True
        for outcome in (0, 1):
            some = table[:, test == bool(outcome)]
            columns[outcome] = some.max(axis=1, initial=-1)
            fits &= bool(((some == columns[outcome][:, None]) | (some < 0)).all())
        if fits:
            yield f"{_nested(np.maximum(columns, 0))}[{text}][s]"


def _tuple(numbers: Int[np.ndarray, " number"]) -> str:
    return f"({', '.join(map(str, numbers.tolist()))},)"


def _nested(table: Table) -> str:
    return f"({', '.join(_tuple(row) for row in table)},)"
