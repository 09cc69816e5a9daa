"""Inputs on which a network departs from a theory, by coordinate ascent on its logits.

From random inputs, the change of one token that raises the margin of any other answer over the theory's most is made,
until the network departs or no change raises it.
"""

import numpy as np
from jaxtyping import Int

from interpbench.theory import Theory
from interpbench.toolkit.contributions.oracle import Oracle
from interpbench.toolkit.guards.margin import margins

STARTS = 256
ROUNDS = 12

Inputs = Int[np.ndarray, "input length"]


def climbed(oracle: Oracle, base: Theory) -> Inputs:
    """Departing inputs, one for each start that reached one."""
    inputs = oracle.inputs(STARTS)
    best = margins(oracle, base, inputs)
    alive = np.ones(STARTS, dtype=bool)
    for _ in range(ROUNDS):
        alive &= best <= 0
        if not alive.any():
            break
        changed = _changes(inputs[alive], oracle.domain.alphabets)  # (start, change, length)
        values = margins(oracle, base, changed.reshape(-1, inputs.shape[1])).reshape(changed.shape[:2])
        top, here = values.argmax(axis=1), np.flatnonzero(alive)
        better = values.max(axis=1) > best[here]
        inputs[here[better]] = changed[better, top[better]]
        best[here[better]] = values.max(axis=1)[better]
        alive[here[~better]] = False
    return np.unique(inputs[best > 0], axis=0)


def _changes(inputs: Inputs, alphabets: tuple[tuple[int, ...], ...]) -> Int[np.ndarray, "input change length"]:
    """Every input with every token at every position, one at a time."""
    pairs = [(place, token) for place, letters in enumerate(alphabets) for token in letters]
    out = np.repeat(inputs[:, None], len(pairs), axis=1)
    for number, (place, token) in enumerate(pairs):
        out[:, number, place] = token
    return out
