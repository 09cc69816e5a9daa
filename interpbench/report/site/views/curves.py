"""Accuracies along trainings, as a picture: steps on a logarithmic axis, a network a colour, train rows dashed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from interpbench.models.curve import Curve

WIDTH, HEIGHT = 440, 230
LEFT, RIGHT, TOP, BOTTOM = 40, 14, 34, 34


@dataclass(frozen=True, kw_only=True)
class Line:
    """One accuracy of one network.

    Attributes:
        network: `a`, `b`, or empty where there is one network only.
        rows: `test` or `train`.
        told: steps and values.
        points: the same on the picture.
    """

    network: str
    rows: str
    told: Sequence[tuple[int, float]]
    points: Sequence[tuple[float, float]]

    @property
    def name(self) -> str:
        """As the legend says it."""
        return f"{self.network + ': ' if self.network else ''}{self.rows} accuracy"


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Lines over a common axis of steps.

    Attributes:
        lines: in the legend's order.
        ticks: steps that the axis names, with their places.
        mark: place of the step that is asked about.
    """

    lines: Sequence[Line]
    ticks: Sequence[tuple[int, float]]
    mark: float | None = None

    @property
    def told(self) -> str:
        """What is seen, in words: where each line begins and ends."""
        ends = (
            f"{one.name} from {one.told[0][1]:.2f} at step {one.told[0][0]} to {one.told[-1][1]:.2f} at "
            f"step {one.told[-1][0]}"
            for one in self.lines
        )
        return "; ".join(ends)


def up(value: float) -> float:
    """Where a share stands on the picture."""
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value


def picture(curves: Mapping[str, Curve], mark: int | None = None) -> Picture | None:
    """Accuracies of some networks.

    Args:
        curves: network -> what it measured; figures other than the two accuracies are not shown.
        mark: a step to point out.

    Returns:
        None where no curve has two points.
    """
    told = {
        (network, rows): list(zip(curve.steps, curve.measured[f"{rows}_accuracy"], strict=True))
        for rows in ("test", "train")
        for network, curve in curves.items()
        if f"{rows}_accuracy" in curve.measured and len(curve.steps) > 1
    }
    if not told:
        return None
    first = min(line[0][0] for line in told.values())
    last = max(line[-1][0] for line in told.values())

    def across(step: int) -> float:
        share = math.log(max(step, first) / first) / math.log(last / first)
        return LEFT + (WIDTH - LEFT - RIGHT) * min(share, 1.0)

    return Picture(
        lines=[
            Line(network=network, rows=rows, told=line, points=[(across(step), up(value)) for step, value in line])
            for (network, rows), line in told.items()
        ],
        ticks=[(10**power, across(10**power)) for power in range(7) if first <= 10**power <= last],
        mark=None if mark is None else across(mark),
    )
