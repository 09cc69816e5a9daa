"""Whether two theories are the same rule: share of inputs, and branch by branch.

Two theories agree on an input if both give the same answer or both fail; why they fail does not count, and `True` is 1.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from interpbench.theory import domain
from interpbench.theory.cover import branches, cover
from interpbench.theory.domain import Alphabets
from interpbench.theory.limits import FUEL
from interpbench.theory.theory import Theory

EACH = 1000
"""Inputs a branch, where not all are looked at."""
EXHAUSTIVE = 100_000
"""Domains of up to so many inputs are looked at in full."""


@dataclass(frozen=True, kw_only=True)
class Branch:
    """What is known of one branch of one of the theories.

    Attributes:
        theory: 0 for the first, 1 for the second.
        outcomes: for each conditional whether it was ever false and ever true.
        inputs: how many took it.
        agreement: share of them on which the theories agree.
    """

    theory: int
    outcomes: tuple[tuple[bool, bool], ...]
    inputs: int
    agreement: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What a comparison of two theories found.

    Attributes:
        equal: they agree on every input that was looked at.
        exhaustive: these were all inputs of the domain, so that `equal` is certain.
        inputs: how many were looked at.
        branches: the branches of either theory that some input took.
        unreached: conditional and outcome that no input took, as (theory, conditional, outcome).
        witness: an input on which they disagree.
    """

    equal: bool
    exhaustive: bool
    inputs: int
    branches: tuple[Branch, ...]
    unreached: tuple[tuple[int, int, bool], ...]
    witness: tuple[int, ...] | None

    @property
    def share_of_branches(self) -> float:
        """Share of the branches on which the theories agree throughout."""
        return float(np.mean([branch.agreement == 1.0 for branch in self.branches]))


def agreement(first: Theory, second: Theory, inputs: Int[np.ndarray, "input length"], fuel: int = FUEL) -> float:
    """Share of the inputs on which two theories agree; not a number where there is no input.

    Args:
        first: a theory.
        second: another one.
        inputs: tokens.
        fuel: for each theory and input.
    """
    same = first.run_many(inputs, fuel).same(second.run_many(inputs, fuel))
    return float(same.mean()) if len(same) else float("nan")


def equivalent(
    first: Theory,
    second: Theory,
    alphabets: Alphabets,
    rng: np.random.Generator,
    *,
    each: int = EACH,
    exhaustive: int = EXHAUSTIVE,
    fuel: int = FUEL,
) -> Comparison:
    """Compares two theories on a whole domain, or on inputs for every branch of either that can be found.

    Args:
        first: a theory.
        second: another one.
        alphabets: the tokens allowed at each position.
        rng: source of inputs, where not all are looked at.
        each: inputs wanted for every branch.
        exhaustive: the largest domain that is looked at in full.
        fuel: for each theory and input.

    Raises:
        ValueError: an alphabet is empty.

    >>> from interpbench.theory import parse
    >>> a, b = parse("def f(x): return x[0] + x[1]"), parse("def f(x): return sum(x) if x[0] else x[1]")
    >>> equivalent(a, b, [range(5)] * 2, np.random.default_rng(0)).equal
    True
    """
    empty = [place for place, letters in enumerate(alphabets) if not len(letters)]
    if empty:
        raise ValueError(f"the alphabet of position {empty[0]} is empty, wanted at least one token")
    whole = domain.size(alphabets) <= exhaustive
    inputs = domain.everything(alphabets) if whole else cover((first, second), alphabets, each, rng, fuel)
    answers = first.run_many(inputs, fuel), second.run_many(inputs, fuel)
    same = answers[0].same(answers[1])
    found: list[Branch] = []
    unreached: list[tuple[int, int, bool]] = []
    for theory, each_answers in enumerate(answers):
        taken = each_answers.taken
        reached = taken.any(axis=0)
        unreached += [(theory, int(k) // 2, bool(k % 2)) for k in np.flatnonzero(~reached)]
        numbers = branches(taken)
        for number in range(int(numbers.max()) + 1):
            members = numbers == number
            row = taken[int(np.argmax(members))].tolist()
            outcomes = tuple(zip(row[::2], row[1::2], strict=True))
            count = int(members.sum())
            found.append(Branch(theory=theory, outcomes=outcomes, inputs=count, agreement=float(same[members].mean())))
    witness = None if same.all() else tuple(int(token) for token in inputs[int(np.argmin(same))])
    return Comparison(
        equal=bool(same.all()),
        exhaustive=whole,
        inputs=len(inputs),
        branches=tuple(found),
        unreached=tuple(unreached),
        witness=witness,
    )
