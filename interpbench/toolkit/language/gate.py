"""The competence gate: a theorist that cannot predict shown rows has no say about others."""

from dataclasses import dataclass
from math import comb

import torch
from jaxtyping import Int
from torch import Tensor

LEVEL = 0.01
"""A theorist without a clue passes at most this often."""


@dataclass(frozen=True, kw_only=True)
class Gate:
    """An exact binomial test of whole rows against the best constant answer; several answers of a row are one trial.

    Attributes:
        right: held-out shown rows of which every answer was predicted.
        asked: held-out shown rows.
        constant: share of the shown rows that the commonest answer gets right.
        tried: theories of which this one predicted most; a theorist without a clue has as many chances.
    """

    right: int
    asked: int
    constant: float
    tried: int = 1

    @staticmethod
    def of(predicted: Int[Tensor, "row answer"], labels: Int[Tensor, "row answer"], constant: float) -> "Gate":
        """The gate of these predictions."""
        right = int((predicted == labels).all(dim=1).sum())
        return Gate(right=right, asked=len(labels), constant=constant)

    @property
    def p_value(self) -> float:
        """How likely at least as many rows are right when each is with the probability `constant`."""
        hit, miss = self.constant, 1 - self.constant
        return sum(comb(self.asked, k) * hit**k * miss ** (self.asked - k) for k in range(self.right, self.asked + 1))

    @property
    def passed(self) -> bool:
        """Whether the theorist may speak."""
        return self.p_value * self.tried < LEVEL

    @property
    def reason(self) -> str:
        """Why it may not."""
        return (
            f"competence gate: {self.right} of {self.asked} held-out shown rows right, where the best constant gets "
            f"{self.constant:.0%} (p = {self.p_value:.2g}, wanted below {LEVEL / self.tried:g})"
        )


def best_constant(labels: Int[Tensor, "row answer"]) -> float:
    """Share of the rows that have the commonest answer, all answers of a row taken together."""
    _, counts = torch.unique(labels, dim=0, return_counts=True)
    return int(counts.max()) / len(labels)
