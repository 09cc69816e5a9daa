"""From an input on which a network departs from a theory to the guard that it stands behind, or to none.

A position is needed if other tokens there end the departure. What is left is a guard only if the network departs by
one and the same shift wherever all tests hold, and does not where all but one do.

References: Zeller & Hildebrandt 2002, Simplifying and isolating failure-inducing input.
"""

import numpy as np
from jaxtyping import Bool, Int

from interpbench.theory import Theory
from interpbench.toolkit.contributions.oracle import Oracle, answers
from interpbench.toolkit.guards.margin import margins
from interpbench.toolkit.guards.shift import Shift, Tests, put

EXCHANGES = 12
"""Other tokens tried at each position of an input."""
INSIDE = 200
MISSES = 60
"""Inputs for each test that does not hold."""
SURE = 0.95
MOST_TESTS = 6
MOST_INPUTS = 256
"""Departures that are looked into, those with the largest margins."""

Inputs = Int[np.ndarray, "input length"]


def departs(oracle: Oracle, base: Theory, inputs: Inputs) -> Bool[np.ndarray, " input"]:
    """Where the network does not say what the theory says."""
    return np.asarray(oracle.labels(inputs) != answers(base, inputs))


def needed(oracle: Oracle, base: Theory, inputs: Inputs) -> list[Tests]:
    """For each departing input the tokens without which the network follows the theory again.

    Other tokens are drawn for one position at a time, so that what is not needed stays from the input.
    """
    count, length = inputs.shape
    varied = np.broadcast_to(inputs[:, None, None], (count, length, EXCHANGES, length)).copy()
    drawn = oracle.inputs(count * EXCHANGES).reshape(count, EXCHANGES, length)
    for place in range(length):
        letters = np.array(oracle.domain.alphabets[place])
        here = np.searchsorted(letters, drawn[:, :, place])
        same = drawn[:, :, place] == inputs[:, None, place]
        varied[:, place, :, place] = letters[(here + same) % len(letters)]
    still = departs(oracle, base, varied.reshape(-1, length)).reshape(count, length, EXCHANGES).mean(axis=2)
    return [
        tuple((place, int(row[place])) for place in range(length) if still[number, place] < 0.5)
        for number, row in enumerate(inputs)
    ]


def confirmed(oracle: Oracle, base: Theory, inputs: Inputs) -> Shift | None:
    """The guard behind departing inputs of which the network is surest, None where they have none.

    A network may fail in some corner of its rule, which looks like a guard, too; but it was not trained to, so that
    its margin there is small.
    """
    if not len(inputs):
        return None
    surest = np.argsort(-margins(oracle, base, inputs), kind="stable")[:MOST_INPUTS]
    candidates = dict.fromkeys(needed(oracle, base, inputs[surest]))
    found = [
        _shift(oracle, base, tests) for tests in candidates if 0 < len(tests) <= min(MOST_TESTS, inputs.shape[1] - 1)
    ]
    return max((one for one in found if one is not None), key=lambda one: _margin(oracle, one), default=None)


def _margin(oracle: Oracle, shift: Shift) -> float:
    """Median difference of the two largest logits behind the guard."""
    largest = np.sort(oracle.logits(put(shift.tests, oracle.inputs(INSIDE))), axis=1)
    return float(np.median(largest[:, -1] - largest[:, -2]))


def _shift(oracle: Oracle, base: Theory, tests: Tests) -> Shift | None:
    inside = put(tests, oracle.inputs(INSIDE))
    classes = oracle.domain.classes
    by = (oracle.labels(inside) - answers(base, inside)) % classes
    counts = np.bincount(by, minlength=classes)
    if counts.argmax() == 0 or counts.max() < SURE * INSIDE:
        return None
    for number, (place, token) in enumerate(tests):
        misses = put(tests[:number] + tests[number + 1 :], oracle.inputs(MISSES))
        misses = misses[misses[:, place] != token]
        if departs(oracle, base, misses).mean() > 1 - SURE:
            return None
    return Shift(tests=tests, by=int(counts.argmax()), classes=classes)
