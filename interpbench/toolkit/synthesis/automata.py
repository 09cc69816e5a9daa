"""Automata of few states with any table: hill climbing on the transitions from many random starts.

Rows say only what the last state gave out, and no two of them share a long beginning, so that merging states of a
prefix tree has nothing to merge. Instead every change of one entry is run on all rows, and the one after which a
state says most about the label is made. Ties go to a random one, so that plateaus are crossed.

References: Lang, Pearlmutter and Price 1998 (what state merging needs); Lucas and Reynolds 2005 (hill climbing on
transitions, with the states' labels chosen best, as here).
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int

from interpbench.toolkit.synthesis.clock import Clock
from interpbench.toolkit.synthesis.determined import hits
from interpbench.toolkit.synthesis.examples import Examples
from interpbench.toolkit.synthesis.folds import loop, run
from interpbench.toolkit.synthesis.term import Proposal, Term

_STEPS = 120
_PATIENCE = 12
_SAMPLE = 160


def automata(examples: Examples, clock: Clock, rng: np.random.Generator) -> Iterator[Proposal]:
    """Automata that explain more labels than any before, up to one that explains all."""
    least = max(2, examples.classes)
    most = 0
    while clock.open:
        for states in range(least, 5):
            table, right = _climbed(examples, states, clock, rng)
            if right > most:
                most = right
                yield _proposal(examples, table)
            if right == examples.rows:
                return
        if least > 4:
            return


def _climbed(
    examples: Examples, states: int, clock: Clock, rng: np.random.Generator
) -> tuple[Int[np.ndarray, "state letter"], int]:
    """A table that no change of one entry betters, and the rows that it explains."""
    letters = examples.letters
    table = rng.integers(0, states, (states, letters))
    rows = np.arange(examples.rows)
    some = rng.permutation(examples.rows)[:_SAMPLE]
    place = np.arange(table.size)
    best, stale = -1, 0
    for _ in range(_STEPS):
        if not clock.open:
            break
        shift = rng.integers(1, states, table.size) if states > 2 else np.ones(table.size, dtype=np.int64)
        changed = np.repeat(table[None], table.size, axis=0).reshape(table.size, -1)
        changed[place, place] = (changed[place, place] + shift) % states
        clock.spend(table.size)
        tables = changed.reshape(-1, states, letters)
        right = hits(run(tables, examples.tokens[some], 0), examples.labels[some], examples.classes)
        top = np.flatnonzero(right == right.max())
        if right.max() > best or (right.max() == best and stale < _PATIENCE):
            stale = 0 if right.max() > best else stale + 1
            best = int(right.max())
            table = tables[rng.choice(top)]
        else:
            stale += 1
            if stale >= _PATIENCE:
                break
        if best == len(some):
            break
    whole = run(table[None], examples.tokens[rows], 0)
    return table, int(hits(whole, examples.labels, examples.classes)[0])


def _proposal(examples: Examples, table: Int[np.ndarray, "state letter"]) -> Proposal:
    finals = run(table[None], examples.tokens, 0)[0]
    counts = np.zeros((len(table), examples.classes), dtype=np.int64)
    np.add.at(counts, (finals[: examples.rows], examples.labels), 1)
    outputs = counts.argmax(axis=1)
    text = ", ".join(f"[{', '.join(map(str, line))}]" for line in table.tolist())
    term = loop(f"[{text}][s][v]", 0)
    if np.array_equal(outputs, np.arange(len(table))):
        return Proposal(term, finals.astype(np.int64))
    given = ", ".join(map(str, outputs.tolist()))
    return Proposal(Term(f"[{given}][s]", term.prelude), outputs[finals])
