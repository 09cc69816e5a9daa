"""Parts of the domain that keys, gates and scores speak about beside the whole: where twins differ, around guards."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from interpbench.theory import Theory
from interpbench.theory.domain import drawn
from interpbench.tracks.extraction.rules.guard import Guard

Tokens = Int[np.ndarray, "input length"]
_BLOCK = 50_000
_MOST = 50_000_000
"""Inputs looked at for some on which rules differ, at most."""


def apart(rules: Sequence[Theory], alphabets: Sequence[Sequence[int]], count: int, rng: np.random.Generator) -> Tokens:
    """Inputs drawn uniformly from those on which not all rules say the same.

    Raises:
        RuntimeError: there are hardly any.
    """
    found: list[Tokens] = []
    have = looked = 0
    while have < count:
        if looked >= _MOST:
            raise RuntimeError(f"{have} of {looked} inputs tell the rules apart, wanted {count}")
        inputs = drawn(alphabets, _BLOCK, rng)
        differing = inputs[~alike(rules, inputs)]
        found.append(differing)
        have, looked = have + len(differing), looked + len(inputs)
    return np.concatenate(found)[:count]


def alike(rules: Sequence[Theory], inputs: Tokens) -> np.ndarray:
    """(input,) bool: where all rules say the same."""
    answers = [rule.run_many(inputs).integers() for rule in rules]
    return np.asarray(np.all([answers[0] == other for other in answers], axis=0))


def around(guard: Guard, count: int, rng: np.random.Generator) -> tuple[Tokens, Tokens]:
    """Inputs inside a guard, and inputs that miss it by one test; as many of each."""
    return guard.inside(count, rng), guard.near_misses(count, rng)
