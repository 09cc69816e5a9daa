"""Planted against predicted values as a picture: a dot each, on the diagonal where the two agree."""

from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np
from jaxtyping import Float

from interpbench.models.names import numpy_generator

WIDTH, HEIGHT = 300, 236
LEFT, RIGHT, TOP, BOTTOM = 34, 10, 10, 34
MOST = 300
"""Dots of a picture."""
BEYOND = 0.25
"""Of the planted values' range, up to which predictions have their own height; those farther off stand at the edge."""
SPREAD = 0.06
"""Of the range, by which dots are moved apart sideways where only few values are planted."""
FEW = 8
"""Different planted values up to which dots are moved apart."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Dots over two axes of one scale.

    Attributes:
        dots: all in one path.
        drawn, of: how many dots of how many values.
        outside: dots that stand at the edge.
        low, high: ends of the planted values, rounded outwards.
        few: whether dots were moved apart sideways.
    """

    dots: str
    drawn: int
    of: int
    outside: int
    low: float
    high: float
    few: bool

    def across(self, value: float) -> float:
        """Where a planted value stands."""
        span = self.high - self.low
        share = (value - self.low + SPREAD * 1.5 * span) / (span * (1 + 3 * SPREAD))
        return LEFT + (WIDTH - LEFT - RIGHT) * share

    def up(self, value: float) -> float:
        """Where a predicted value stands."""
        span = self.high - self.low
        share = (value - self.low + BEYOND * span) / (span * (1 + 2 * BEYOND))
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(max(share, 0.0), 1.0)

    @property
    def ticks(self) -> list[tuple[str, float]]:
        """Values that the axes name."""
        return [
            (f"{value:.3g}".replace("0.", "."), value) for value in (self.low, (self.low + self.high) / 2, self.high)
        ]


def picture(planted: Float[np.ndarray, "row v"], predicted: Float[np.ndarray, "row v"], *names: str) -> Picture | None:
    """Dots of some of the values, the same ones each time.

    Args:
        planted: the truth.
        predicted: what a method gave.
        names: that the choice is drawn from.

    Returns:
        None where only one value is planted.
    """
    truth, said = planted.ravel(), predicted.ravel()
    if not len(truth) or truth.min() == truth.max():
        return None
    low, high = _ends(float(truth.min()), float(truth.max()))
    rng = numpy_generator("page", "scatter", *names)
    some = rng.permutation(len(truth))[:MOST]
    few = len(np.unique(truth)) <= FEW
    apart = rng.uniform(-SPREAD, SPREAD, len(some)) * (high - low) * few
    frame = Picture(dots="", drawn=len(some), of=len(truth), outside=0, low=low, high=high, few=few)
    edge = BEYOND * (high - low)
    places = [
        (round(frame.across(x)), round(frame.up(y)))
        for x, y in zip((truth[some] + apart).tolist(), said[some].tolist(), strict=True)
    ]
    return Picture(
        dots="".join(f"M{x} {y}h0" for x, y in places),
        drawn=len(some),
        of=len(truth),
        outside=int(((said[some] < low - edge) | (said[some] > high + edge)).sum()),
        low=low,
        high=high,
        few=few,
    )


def _ends(low: float, high: float) -> tuple[float, float]:
    """Rounded outwards, to halves of the power of ten below their distance."""
    step = 10 ** floor(log10(high - low)) / 2
    return floor(round(low / step, 3)) * step, ceil(round(high / step, 3)) * step
