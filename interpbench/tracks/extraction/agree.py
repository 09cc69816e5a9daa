"""What a theory is worth against the planted rule and against the network."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from interpbench.models.names import numpy_generator
from interpbench.theory import Theory, TheoryError, canonical, equivalent, parse, size
from interpbench.theory.domain import drawn
from interpbench.tracks.extraction.key import TheoryKey

FRESH = 4000
"""Inputs that agreement and fidelity are measured on."""
FUEL = 5000
"""Steps of a theory on one input while it is judged: a rule of this track needs some hundred."""


@dataclass(frozen=True, kw_only=True)
class Worth:
    """Values of one theory.

    Attributes:
        agree: (balanced agreement with the rule - 1/K) / (1 - 1/K) over its K answers.
        exact: 1 if it is equal to the rule on every branch, else 0.
        fidelity: share of the inputs on which it gives the network's answer.
        departures: the same where the network departs from the rule; None where it does not.
        length: syntax nodes relative to the rule.
    """

    agree: float
    exact: float
    fidelity: float
    departures: float | None
    length: float


def read_theory(text: str) -> Theory:
    """The theory in an answer.

    Raises:
        InvalidTheory: it is none; the message says where.
    """
    return parse(text)


def fresh_inputs(key: TheoryKey) -> Int[np.ndarray, "input length"]:
    """The inputs that the key speaks about."""
    return drawn(key.alphabets, FRESH, numpy_generator(*key.names, "fresh"))


def worth(theory: Theory, key: TheoryKey) -> Worth:
    """Values of a theory; inputs on which it fails are wrong."""
    rule = parse(key.theory)
    inputs = fresh_inputs(key)
    truth = rule.run_many(inputs).integers()
    given = _answers(theory, inputs)
    odd = np.array(key.departures, dtype=np.int64).reshape(len(key.departures), inputs.shape[1])
    return Worth(
        agree=balanced(given == truth, truth),
        exact=float(_equal(theory, rule, key)),
        fidelity=float((given == np.array(key.model)).mean()),
        departures=float((_answers(theory, odd) == np.array(key.departing)).mean()) if len(odd) else None,
        length=size(canonical(theory)) / size(canonical(rule)),
    )


def balanced(right: np.ndarray, truth: Int[np.ndarray, " input"]) -> float:
    """Mean recall over the rule's answers, 0 for the best constant and 1 for the rule itself."""
    answers, place = np.unique(truth, return_inverse=True)
    recall = np.bincount(place, weights=right) / np.bincount(place)
    k = len(answers)
    return float((recall.mean() - 1 / k) / (1 - 1 / k)) if k > 1 else float(recall.mean())


def _answers(theory: Theory, inputs: Int[np.ndarray, "input length"]) -> Int[np.ndarray, " input"]:
    """One answer an input; what is no single integer is an answer that nothing equals."""
    found = theory.run_many(inputs, FUEL)
    nothing = np.iinfo(np.int64).min
    one = ~found.failed & (found.lengths < 0)
    values = found.values[:, 0] if found.values.ndim == 2 else found.values
    return np.where(one, values, nothing)


def _equal(theory: Theory, rule: Theory, key: TheoryKey) -> bool:
    try:
        found = equivalent(theory, rule, key.alphabets, numpy_generator(*key.names, "branches"), fuel=FUEL)
    except TheoryError:
        return False
    return found.equal
