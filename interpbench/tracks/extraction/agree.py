"""What a theory is worth against the planted rule and against the network."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from interpbench.models.data import Domain
from interpbench.models.names import numpy_generator
from interpbench.theory import InvalidTheory, Theory, TheoryError, canonical, equivalent, parse, size
from interpbench.theory.domain import drawn
from interpbench.theory.limits import FUEL
from interpbench.tracks.extraction.key import GUARDED, TheoryKey
from interpbench.tracks.extraction.regions import around
from interpbench.tracks.extraction.rules.guard import Guard
from interpbench.tracks.extraction.rules.twins import a0, skill

FRESH = 4000
"""Inputs that agreement is measured on, fidelity at most, and inputs of each region around a guard."""
TRIED = 32
"""Inputs that tell whether a text is a theory of a domain at all."""

Tokens = Int[np.ndarray, "input length"]
Answers = Int[np.ndarray, " input"]


@dataclass(frozen=True, kw_only=True)
class Worth:
    """Values of one theory.

    Attributes:
        agree: how well it gives the rule's answers: 0 for what one can do without knowing the rule, 1 for the rule.
        exact: whether it is equal to the rule on every branch: 1 if it is; if not, 0, and less on twists.
        fidelity: share of the inputs on which it gives the network's answer.
        departures: the same where the network departs from the rule; None where it does not.
        length: syntax nodes relative to the rule.
        equal: whether `exact` holds.
    """

    agree: float
    exact: float
    fidelity: float
    departures: float | None
    length: float
    equal: bool


def refusal(text: str, domain: Domain) -> str | None:
    """Why a text is no theory of a domain: it does not parse, or it gives no answer to any input it is tried on."""
    try:
        theory = parse(text)
    except InvalidTheory as error:
        return str(error)
    tried = drawn(domain.alphabets, TRIED, np.random.default_rng(0))
    found = theory.run_many(tried, FUEL)
    if not found.failed.all():
        return None
    try:
        theory.run(tried[0].tolist(), FUEL)
    except TheoryError as error:
        return f"it fails on all {TRIED} inputs it was tried on, for example {tried[0].tolist()}: {error}"
    return f"it fails on all {TRIED} inputs it was tried on"


def fresh_inputs(alphabets: Sequence[Sequence[int]], names: Sequence[str]) -> Tokens:
    """The inputs that a key of these names speaks about; of the network's answers it may hold those to the first."""
    return drawn(alphabets, FRESH, numpy_generator(*names, "fresh"))


def worth(theory: Theory, key: TheoryKey) -> Worth:
    """Values of a theory; inputs on which it fails are wrong."""
    rule = parse(key.theory)
    inputs = fresh_inputs(key.alphabets, key.names)
    truth, given = rule.run_many(inputs).integers(), answers(theory, inputs)
    odd = np.array(key.departures, dtype=np.int64).reshape(len(key.departures), inputs.shape[1])
    agree, right = _agreement(theory, rule, key, given == truth, truth)
    equal = right and _equal(theory, rule, key)
    chance = 1 / len(key.rivals) if key.rivals else 0.0
    return Worth(
        agree=agree,
        exact=skill(float(equal), chance),
        fidelity=float((given[: len(key.model)] == np.array(key.model)).mean()),
        departures=float((answers(theory, odd) == np.array(key.departing)).mean()) if len(odd) else None,
        length=size(canonical(theory)) / size(canonical(rule)),
        equal=equal,
    )


def _agreement(theory: Theory, rule: Theory, key: TheoryKey, right: np.ndarray, truth: Answers) -> tuple[float, bool]:
    """The kind's own figure, and whether no input that was looked at speaks against the theory."""
    everywhere = bool(right.all())
    if key.kind in GUARDED:
        inside, near = around(Guard(tests=key.guard, alphabets=key.alphabets), FRESH, numpy_generator(*key.names, "at"))
        said, beside = rule.run_many(inside).integers(), rule.run_many(near).integers()
        found, missed = answers(theory, inside) == said, answers(theory, near) == beside
        off = balanced(np.concatenate([right, missed]), np.concatenate([truth, beside]))
        return max(0.0, balanced(found, said)) * max(0.0, off), everywhere and bool(found.all() and missed.all())
    if key.rivals:
        apart = np.array(key.apart, dtype=np.int64)
        accuracy = float((answers(theory, apart) == rule.run_many(apart).integers()).mean())
        return skill(accuracy, floor(key)), everywhere and accuracy == 1
    return balanced(right, truth), everywhere


def floor(key: TheoryKey) -> float:
    """Accuracy, averaged over twins, of the best single answer that a reader of the rows could give where they part."""
    apart = np.array(key.apart, dtype=np.int64)
    return a0(np.stack([parse(rival).run_many(apart).integers() for rival in key.rivals]))


def balanced(right: np.ndarray, truth: Answers) -> float:
    """Mean recall over the rule's answers, 0 for the best constant and 1 for the rule itself."""
    values, place = np.unique(truth, return_inverse=True)
    recall = np.bincount(place, weights=right) / np.bincount(place)
    k = len(values)
    return float((recall.mean() - 1 / k) / (1 - 1 / k)) if k > 1 else float(recall.mean())


def answers(theory: Theory, inputs: Tokens) -> Answers:
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
