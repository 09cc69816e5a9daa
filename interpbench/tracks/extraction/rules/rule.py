"""A planted rule: a theory with the domain it lives on and the number of its classes."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int

from interpbench.theory import Theory, size
from interpbench.theory.domain import drawn
from interpbench.tracks.extraction.rules.guard import Guard

Tokens = Int[np.ndarray, "input length"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One program that data may come from.

    Attributes:
        kind: a name from `KINDS`.
        theory: in canonical form; its answers are integers in range(classes).
        alphabets: the tokens of each position, all the same: 0, 1, ..., letters - 1.
        classes: how many answers there are.
        guard: of the exceptional branch, where the rule has one.
    """

    kind: str
    theory: Theory
    alphabets: tuple[tuple[int, ...], ...]
    classes: int
    guard: Guard | None = None

    @property
    def length(self) -> int:
        """Tokens of an input."""
        return len(self.alphabets)

    @property
    def letters(self) -> int:
        """Tokens of the alphabet."""
        return len(self.alphabets[0])

    @cached_property
    def size(self) -> int:
        """Syntax nodes."""
        return size(self.theory)

    def answers(self, inputs: Tokens) -> Int[np.ndarray, " input"]:
        """What it says on each input."""
        return self.theory.run_many(inputs).integers()

    def uniform(self, count: int, rng: np.random.Generator) -> Tokens:
        """Inputs drawn uniformly from its domain."""
        return drawn(self.alphabets, count, rng)


def alphabets(length: int, letters: int) -> tuple[tuple[int, ...], ...]:
    """The same alphabet at every position."""
    return (tuple(range(letters)),) * length
