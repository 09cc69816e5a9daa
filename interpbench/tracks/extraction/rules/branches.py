"""Inputs of each branch of a rule, for gates that hold branch by branch."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from interpbench.tracks.extraction.rules.rule import Rule

_LOOKED_AT = 20_000
_BATCHES = 1000


@dataclass(frozen=True, kw_only=True)
class BranchSampler:
    """One branch of a rule: what its conditionals come to on some inputs.

    Attributes:
        rule: whose branch.
        outcomes: for each conditional whether it was ever false and ever true, one after the other.
        guarded: whether it lies behind the guard.
        measure: share of the domain, an estimate.
    """

    rule: Rule
    outcomes: tuple[bool, ...]
    guarded: bool
    measure: float

    def draw(self, n: int, rng: np.random.Generator) -> Int[np.ndarray, "input length"]:
        """Inputs drawn uniformly from the branch.

        Raises:
            RuntimeError: hardly any input takes it.
        """
        found = [np.zeros((0, self.rule.length), dtype=np.int64)]
        for _ in range(_BATCHES):
            inputs = _proposed(self.rule, self.guarded, max(2 * n, 256), rng)
            found.append(inputs[self.takes(inputs)])
            if sum(map(len, found)) >= n:
                return np.concatenate(found)[:n]
        raise RuntimeError(
            f"fewer than {n} inputs of the branch {self.outcomes} were met, its measure is {self.measure}"
        )

    def takes(self, inputs: Int[np.ndarray, "input length"]) -> Bool[np.ndarray, " input"]:
        """Which inputs take the branch."""
        return np.asarray((self.rule.theory.run_many(inputs).taken == np.array(self.outcomes, dtype=bool)).all(axis=1))


def branch_samplers(rule: Rule) -> tuple[BranchSampler, ...]:
    """A sampler for each branch of a rule that random inputs meet, inside of its guard and outside; most common first.

    Args:
        rule: with or without conditionals; without, its one branch is the domain.
    """
    rng = np.random.default_rng(0)
    found = []
    for guarded in (False, True) if rule.guard else (False,):
        inputs = _proposed(rule, guarded, _LOOKED_AT, rng)
        if rule.guard and not guarded:
            inputs = inputs[~rule.guard.holds(inputs)]
        rows, counts = np.unique(rule.theory.run_many(inputs).taken, axis=0, return_counts=True)
        weight = 1.0
        if rule.guard:
            weight = rule.guard.measure if guarded else 1 - rule.guard.measure
        found += [
            BranchSampler(rule=rule, outcomes=tuple(row), guarded=guarded, measure=weight * count / len(inputs))
            for row, count in zip(rows.tolist(), counts.tolist(), strict=True)
        ]
    return tuple(sorted(found, key=lambda branch: -branch.measure))


def _proposed(rule: Rule, guarded: bool, count: int, rng: np.random.Generator) -> Int[np.ndarray, "input length"]:
    return rule.guard.inside(count, rng) if guarded and rule.guard else rule.uniform(count, rng)
