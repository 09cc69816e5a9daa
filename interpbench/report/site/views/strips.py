"""Many shares between 0 and 1 as a picture: a strip a group, a bar for each place at which shares lie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

WIDTH, STRIP = 300, 58
LEFT, RIGHT, HEADER, BOTTOM = 8, 8, 15, 30
BINS = 33
"""One a possible share of 32."""


@dataclass(frozen=True, kw_only=True)
class Strip:
    """Bars of one group.

    Attributes:
        name: of the group.
        count: shares in it.
        mean: of them.
        path: the bars.
        base: height of the line that they stand on.
    """

    name: str
    count: int
    mean: float
    path: str
    base: int


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Strips below each other over one axis.

    Attributes:
        strips: from the top down.
        axis: what the shares are.
        zones: from where to where the axis is marked.
    """

    strips: Sequence[Strip]
    axis: str
    zones: Sequence[tuple[float, float]] = ()

    @property
    def told(self) -> str:
        """What is seen, in words."""
        return f"{self.axis}: " + "; ".join(f"{one.name}: {one.count}, mean {one.mean:.2f}" for one in self.strips)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return WIDTH, STRIP * len(self.strips) + BOTTOM

    @property
    def ticks(self) -> list[tuple[str, float]]:
        """Shares that the axis names, with their places."""
        return [(name, across(share)) for name, share in (("0", 0.0), (".5", 0.5), ("1", 1.0))]

    @property
    def boxes(self) -> list[tuple[float, float]]:
        """Left ends and widths of the zones."""
        return [(left, round(right - left, 1)) for left, right in map(_box, self.zones)]


def across(share: float) -> float:
    """Where the middle of a share's bar stands."""
    half = (WIDTH - LEFT - RIGHT) / BINS / 2
    return round(LEFT + half + (WIDTH - LEFT - RIGHT - 2 * half) * share, 1)


def picture(groups: Mapping[str, Sequence[float]], axis: str, zones: Sequence[tuple[float, float]] = ()) -> Picture:
    """Strips of some groups; those without any share are left out.

    Args:
        groups: name -> shares.
        axis: what the shares are.
        zones: from where to where the axis is marked.
    """
    counts = {
        name: np.bincount(np.rint(np.array(shares) * (BINS - 1)).astype(int), minlength=BINS)
        for name, shares in groups.items()
        if len(shares)
    }
    strips = []
    for place, (name, count) in enumerate(counts.items()):
        base = STRIP * (place + 1)
        strips.append(
            Strip(
                name=name,
                count=len(groups[name]),
                mean=float(np.mean(groups[name])),
                path=_bars(count.tolist(), base),
                base=base,
            )
        )
    return Picture(strips=strips, axis=axis, zones=zones)


def _box(zone: tuple[float, float]) -> tuple[float, float]:
    """Where a zone begins and ends; one at an end of the axis holds the whole bar there."""
    low, high = zone
    return LEFT if low == 0 else across(low), WIDTH - RIGHT if high == 1 else across(high)


def _bars(counts: Sequence[int], base: int) -> str:
    """Bars of one strip; the highest fills it."""
    tall, highest = STRIP - HEADER - 9, max(counts)
    width = (WIDTH - LEFT - RIGHT) / BINS - 1
    return "".join(
        f"M{across(at / (BINS - 1)) - width / 2:.1f} {base}v-{max(1.5, tall * count / highest):.1f}h{width:.1f}V{base}z"
        for at, count in enumerate(counts)
        if count
    )
