"""Loops with one state: `s = u(s, v)` for each token, for update functions `u` in the order of their weights.

Updates are told apart by their tables over states and letters, which is all that a run depends on, and run together.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
from jaxtyping import Int

from interpbench.toolkit.synthesis.clock import Clock
from interpbench.toolkit.synthesis.determined import exact
from interpbench.toolkit.synthesis.examples import Examples
from interpbench.toolkit.synthesis.hints import Hints
from interpbench.toolkit.synthesis.term import Term

Table = Int[np.ndarray, "state letter"]
_BLOCK = 512
_GLANCE = 64
_MOST_STATES = 24


def folds(examples: Examples, hints: Hints, clock: Clock) -> Iterator[tuple[Term, Int[np.ndarray, " example"]]]:
    """Final states that determine the label, with the loop that computes them."""
    labels, rows = examples.labels, examples.rows
    some = min(_GLANCE, rows)
    for states, start in ((s, b) for s in _state_counts(examples, hints) for b in (0, 1) if b < s):
        waiting = updates(states, examples.letters)
        while block := [item for _, item in zip(range(_BLOCK), waiting, strict=False)]:
            if not clock.open:
                return
            clock.spend(len(block))
            tables = np.stack([table for _, table in block])
            finals = run(tables, examples.tokens[:some], start)
            for place in exact(finals, labels[:some]).tolist():
                whole = run(tables[place : place + 1], examples.tokens, start)
                if len(exact(whole[:, :rows], labels)):
                    yield loop(block[place][0], start), whole[0]


def _state_counts(examples: Examples, hints: Hints) -> list[int]:
    """Few states first; as many as letters for loops that remember a letter; many for counters without a modulus."""
    if hints.modulus is not None:
        return [hints.modulus]
    return list(dict.fromkeys([2, 3, 4, 5, max(examples.letters, 2), 6, 7, _MOST_STATES]))


def loop(update: str, start: int) -> Term:
    """The final state `s`."""
    return Term("s", (f"s = {start}", "for v in x:", f"    s = {update}"))


def run(tables: Int[np.ndarray, "table state letter"], tokens: Int[np.ndarray, "row length"], start: int) -> np.ndarray:
    """Final states (table, row)."""
    count, states, letters = tables.shape
    flat = tables.astype(np.int32).ravel()
    offset = (np.arange(count, dtype=np.int32) * states * letters)[:, None]
    state = np.full((count, len(tokens)), start, dtype=np.int32)
    for column in tokens.T.astype(np.int32):
        state = flat[offset + state * np.int32(letters) + column]
    return state


def updates(states: int, letters: int) -> Iterator[tuple[str, Table]]:
    """Expressions over a state and a letter that stay among the states; each table once."""
    s, v = np.mgrid[:states, :letters]
    seen: set[bytes] = set()
    for text, table in _expressions(s, v, states, letters):
        if table.min() >= 0 and table.max() < states and (key := table.astype(np.uint8).tobytes()) not in seen:
            seen.add(key)
            yield text, table.astype(np.int64)


def _expressions(s: Table, v: Table, states: int, letters: int) -> Iterator[tuple[str, Table]]:
    counter = states == _MOST_STATES
    plain = [("s", s), ("v", v), *((str(c), np.full_like(s, c)) for c in range(min(states, 6)))]
    yield from (("max(s, v)", np.maximum(s, v)), ("min(s, v)", np.minimum(s, v)), ("abs(s - v)", abs(s - v)))
    steps = [("s + 1", s + 1), ("s - 1", s - 1), ("s + 2", s + 2), ("s + v", s + v), ("s - v", s - v)]
    steps += [("v - s", v - s), ("v + 1", v + 1), ("2 * s", 2 * s)]
    if counter:
        steps = [
            (text, np.clip(table, 0, states - 1)) if text != "s - 1" else ("max(s - 1, 0)", np.maximum(s - 1, 0))
            for text, table in steps[:4]
        ]
        steps = [(text if text.startswith("max") else f"min({text}, {states - 1})", table) for text, table in steps]
        wrapped = steps
    else:
        wrapped = [(f"({text}) % {states}", table % states) for text, table in steps]
        wrapped += [(f"min({text}, {states - 1})", np.minimum(s + k, states - 1)) for k, text in ((1, "s + 1"),)]
        wrapped += [("max(s - 1, 0)", np.maximum(s - 1, 0)), (f"{states - 1} - s", states - 1 - s)]
        for a, b, c in product(range(states), repeat=3):
            yield f"({a} * s + {b} * v + {c}) % {states}", (a * s + b * v + c) % states
        for a, c in product(range(states), repeat=2):
            yield f"(s * v + {a} * s + {c}) % {states}", (s * v + a * s + c) % states
            yield f"(s * s + {a} * v + {c}) % {states}", (s * s + a * v + c) % states
    branches = plain + wrapped + [(f"v % {states}", v % states)]
    letter_tests = _tests(v, letters)
    state_tests = [(f"s == {c}", s == c) for c in range(min(states, 5))]
    mixed = [("v > s", v > s), ("v == s", v == s), ("v < s", v < s)]
    for (name, test), (then, a), (other, b) in product(letter_tests + state_tests + mixed, branches, branches):
        yield f"{then} if {name} else {other}", np.where(test, a, b)
    for first, second in product(letter_tests[:letters], repeat=2):
        for (then, a), (middle, b), (other, c) in product(branches[:1] + wrapped[:2] + plain[2:4], repeat=3):
            nested = np.where(first[1], a, np.where(second[1], b, c))
            yield f"{then} if {first[0]} else {middle} if {second[0]} else {other}", nested
    for place, (name, test) in product(range(min(states, 5)), letter_tests):
        for (then, a), (middle, b), (other, c) in product(plain[2:] + wrapped[:1], plain[2:], plain[2:] + plain[:1]):
            nested = np.where((s == place) & test, a, np.where(test, b, c))
            yield f"({then} if s == {place} else {middle}) if {name} else {other}", nested


def _tests(v: Table, letters: int) -> list[tuple[str, np.ndarray]]:
    tests = [(f"v == {c}", v == c) for c in range(letters)]
    tests += [(f"v > {c}", v > c) for c in range(1, letters - 2)]
    return tests + ([("v % 2", v % 2 == 1)] if letters > 3 else [])
