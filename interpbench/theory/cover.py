"""Inputs that take every branch of some theories, if they can be found.

A branch is what the conditionals of a theory came to: for each one whether it was ever false and whether it was ever
true. A rare branch is not met by drawing inputs at random, so some inputs are of few different letters, in some the
positions that a conditional looks at hold what it compares them with, and once a branch is met, inputs like those that
met it are tried.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int

from interpbench.theory import domain, syntax
from interpbench.theory.domain import Alphabets
from interpbench.theory.theory import Theory

Inputs = Int[np.ndarray, "input length"]
_DRAWN = 20_000
"""Inputs drawn to begin with."""
_MUTATED = 4
"""Rounds of inputs like those of a branch that has too few."""


def cover(theories: Sequence[Theory], alphabets: Alphabets, each: int, rng: np.random.Generator, fuel: int) -> Inputs:
    """Distinct inputs, at least `each` for every branch that is met, where the domain has so many.

    Args:
        theories: whose branches.
        alphabets: the tokens at each position.
        each: inputs a branch.
        rng: source of inputs.
        fuel: for each input.
    """
    found = [domain.drawn(alphabets, max(_DRAWN, 4 * each), rng), _monotonous(alphabets, each, rng)]
    for theory in theories:
        found += [_planted(node, theory.parameter, alphabets, each, rng) for node in theory.conditionals]
    inputs = domain.distinct(np.concatenate(found))
    for _ in range(_MUTATED):
        more = [_mutated(inputs[rare], alphabets, each, rng) for rare in _rare(theories, inputs, each, fuel)]
        if not more:
            break
        inputs = domain.distinct(np.concatenate([inputs, *more]))
    return inputs


def branches(taken: Bool[np.ndarray, "input outcome"]) -> Int[np.ndarray, " input"]:
    """A number for each input; inputs that take the same branch have the same number."""
    if not taken.shape[1]:
        return np.zeros(len(taken), dtype=np.int64)
    packed = np.ascontiguousarray(np.packbits(taken, axis=1))
    rows = packed.view([("bits", np.void, packed.shape[1])]).ravel()
    return np.asarray(np.unique(rows, return_inverse=True)[1]).reshape(-1)


def _rare(theories: Sequence[Theory], inputs: Inputs, each: int, fuel: int) -> list[Int[np.ndarray, " few"]]:
    """The inputs of each branch that has fewer than `each`."""
    rare = []
    for theory in theories:
        numbers = branches(theory.run_many(inputs, fuel).taken)
        rare += [np.flatnonzero(numbers == number) for number, count in enumerate(np.bincount(numbers)) if count < each]
    return rare


def _mutated(members: Inputs, alphabets: Alphabets, each: int, rng: np.random.Generator) -> Inputs:
    """Members with some positions drawn anew, from one of them to nearly all."""
    count = 4 * each
    copies = members[rng.integers(len(members), size=count)]
    fresh = domain.drawn(alphabets, count, rng)
    return np.where(rng.random(copies.shape) < rng.random((count, 1)), fresh, copies)


def _monotonous(alphabets: Alphabets, count: int, rng: np.random.Generator) -> Inputs:
    """Inputs of one, two or three different letters: extreme sums, long runs."""
    ranks = rng.random((count, 3))
    which = rng.integers(rng.integers(1, 4, size=(count, 1)), size=(count, len(alphabets)))
    columns = [
        np.asarray(letters, dtype=np.int64)[(ranks[np.arange(count), which[:, place]] * len(letters)).astype(np.int64)]
        for place, letters in enumerate(alphabets)
    ]
    return np.stack(columns, axis=1) if columns else np.zeros((count, 0), dtype=np.int64)


def _planted(
    node: syntax.If | syntax.Choice, parameter: str, alphabets: Alphabets, each: int, rng: np.random.Generator
) -> Inputs:
    """Random inputs in which the positions that a condition compares with numbers hold such numbers."""
    wanted = _compared(node.condition, parameter, alphabets)
    inputs = domain.drawn(alphabets, 2 * each if wanted else 0, rng)
    for place, letters in wanted.items():
        chosen = rng.choice(np.array(sorted(letters)), len(inputs))
        inputs[:, place] = np.where(rng.random(len(inputs)) < 0.9, chosen, inputs[:, place])
    return inputs


def _compared(condition: syntax.Expression, parameter: str, alphabets: Alphabets) -> dict[int, set[int]]:
    """For each position the letters that a condition compares it with, and their neighbours."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for node in syntax.walk(condition):
        if not isinstance(node, syntax.Comparison):
            continue
        sides = (node.first, *node.rest)
        numbers = {part.value for side in sides for part in syntax.walk(side) if isinstance(part, syntax.Number)}
        for side in sides:
            place = _position(side, parameter, len(alphabets))
            if place is not None:
                near = {number + step for number in numbers for step in (-1, 0, 1)}
                exact = numbers & set(alphabets[place]) if set(node.ops) <= {"==", "in"} else set()
                wanted[place] |= exact or near & set(alphabets[place])
    return {place: letters for place, letters in wanted.items() if letters}


def _position(node: syntax.Expression, parameter: str, length: int) -> int | None:
    match node:
        case syntax.Index(syntax.Name(name), syntax.Number(place)) if name == parameter and -length <= place < length:
            return place % length
    return None
