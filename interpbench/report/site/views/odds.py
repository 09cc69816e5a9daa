"""Probabilities between 0 and 1 as a picture: what was said as a dot, the truth as a diamond, a line each."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, LINE = 300, 32
LEFT, RIGHT = 8, 44


@dataclass(frozen=True, kw_only=True)
class Odds:
    """One probability.

    Attributes:
        of: what it is the probability of.
        said: what a method gave.
        truth: whether it is so; None where that is not asked.
    """

    of: str
    said: float
    truth: bool | None

    @property
    def told(self) -> str:
        """In words."""
        truth = "not asked" if self.truth is None else "1" if self.truth else "0"
        return f"P({self.of}) is said to be {self.said:.2f}, the truth is {truth}"


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Lines below each other."""

    odds: Sequence[Odds]

    @property
    def told(self) -> str:
        """What is seen, in words."""
        return "; ".join(one.told for one in self.odds)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return WIDTH, LINE * len(self.odds)

    @property
    def ends(self) -> tuple[int, int]:
        """Where 0 and 1 stand."""
        return LEFT, WIDTH - RIGHT

    def across(self, share: float) -> float:
        """Where a probability stands."""
        low, high = self.ends
        return round(low + (high - low) * share, 1)
