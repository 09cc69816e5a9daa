"""What planted variables look like: their values at the first inputs as squares, or, of a circle, places on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from jaxtyping import Float

SHOWN = 18
"""Inputs of a picture."""
MOST = 10
"""Variables of a picture."""
CELL, LEFT, TOP = 12, 74, 4
MIDDLE, RADIUS = 84, 70
ROOMY = 40
"""Places on a circle at most; where there are more it is no circle of few values."""


@dataclass(frozen=True, kw_only=True)
class Squares:
    """A line of squares a variable, a column an input; the larger a square, the larger the value.

    Attributes:
        names: of the variables, from the top.
        path: all squares.
        shown: columns.
        told: what is seen, in words.
    """

    names: Sequence[str]
    path: str
    shown: int
    told: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return LEFT + CELL * self.shown + 4, TOP + CELL * len(self.names) + 4


@dataclass(frozen=True, kw_only=True)
class Circle:
    """A dot for each place, the larger the more inputs have it: (x, y, radius)."""

    dots: Sequence[tuple[float, float, float]]
    told: str


def squares(values: Float[np.ndarray, "row v"], names: Sequence[str]) -> Squares | None:
    """Values between 0 and 1 at the first inputs; None of other values, or of too many variables.

    Args:
        values: of the variables.
        names: of them.
    """
    count = values.shape[1]
    if not 0 < count <= MOST or values.min() < 0 or values.max() > 1 or len(names) != count:
        return None
    some = values[:SHOWN]
    found = []
    for column, row in enumerate(some.tolist()):
        for line, value in enumerate(row):
            side = round((CELL - 2) * sqrt(value), 1)
            if side >= 1:
                x, y = LEFT + CELL * (column + 0.5) - side / 2, TOP + CELL * (line + 0.5) - side / 2
                found.append(f"M{x:.3g} {y:.3g}h{side:g}v{side:g}h-{side:g}z")
    means = ", ".join(f"{name} {mean:.2f}" for name, mean in zip(names, values.mean(axis=0), strict=True))
    return Squares(names=names, path="".join(found), shown=len(some), told=f"Means over all asked inputs: {means}")


def circle(values: Float[np.ndarray, "row v"]) -> Circle | None:
    """Places on the unit circle; None where variables are no such thing, or there are many places."""
    if values.shape[1] != 2 or not len(values) or np.abs((values**2).sum(axis=1) - 1).max() > 1e-3:
        return None
    places, counts = np.unique(values.round(3), axis=0, return_counts=True)
    if len(places) > ROOMY:
        return None
    dots = [
        (round(MIDDLE + RADIUS * x, 1), round(MIDDLE - RADIUS * y, 1), round(7 * sqrt(count / counts.max()), 1))
        for (x, y), count in zip(places.tolist(), counts.tolist(), strict=True)
    ]
    told = f"{len(places)} places on a circle, each of {counts.min()} to {counts.max()} asked inputs"
    return Circle(dots=dots, told=told)
