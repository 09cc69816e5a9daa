"""Many values between 0 and some most as a picture: a bar each, sorted within groups, all in one path a group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

WIDTH, HEIGHT = 300, 140
LEFT, RIGHT, TOP, BOTTOM = 30, 6, 18, 8
NAMES = 16
"""Height of the names of groups, where there are any."""
GAP = 10
"""Between groups."""
APART = 4.0
"""Width from which on bars have a gap between them."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Bars of one kind of variable.

    Attributes:
        name: of the kind; empty where there is one kind only.
        values: from the largest down.
        path: the bars.
        ends: where they begin and end.
    """

    name: str
    values: Sequence[float]
    path: str
    ends: tuple[float, float]

    @property
    def middle(self) -> float:
        """Where the name stands."""
        return round(sum(self.ends) / 2, 1)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Groups beside each other.

    Attributes:
        groups: from the left.
        ticks: values that the axis names, with their heights.
        told: what is seen, in words.
        mark: height of a threshold, with its name.
    """

    groups: Sequence[Group]
    ticks: Sequence[tuple[str, float]]
    told: str
    mark: tuple[str, float] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return WIDTH, HEIGHT + NAMES * any(one.name for one in self.groups)


def up(value: float, most: float) -> float:
    """Where a value stands."""
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / most, 1)


def picture(
    groups: Mapping[str, Sequence[float]], about: str, most: float = 1.0, mark: tuple[str, float] | None = None
) -> Picture:
    """Bars of some groups; those without any value are left out.

    Args:
        groups: name -> values, in any order.
        about: what the bars are, for those who do not see them.
        most: value at the top.
        mark: name and value of a threshold.
    """
    kept = {name: sorted(values, reverse=True) for name, values in groups.items() if len(values)}
    room = WIDTH - LEFT - RIGHT - GAP * (len(kept) - 1)
    width = room / max(1, sum(len(values) for values in kept.values()))
    left, found = float(LEFT), []
    for name, values in kept.items():
        right = left + width * len(values)
        found.append(Group(name=name, values=values, path=_path(values, left, width, most), ends=(left, right)))
        left = right + GAP
    said = (
        f"{one.name + ': ' if one.name else ''}{len(one.values)} bars from {one.values[0]:.2g} down to "
        f"{one.values[-1]:.2g}, median {one.values[len(one.values) // 2]:.2g}"
        for one in found
    )
    return Picture(
        groups=found,
        ticks=[(f"{share * most:.2g}".replace("0.", "."), up(share * most, most)) for share in (0, 0.5, 1)],
        told=f"{about}; {'; '.join(said)}",
        mark=None if mark is None else (mark[0], up(mark[1], most)),
    )


def _path(values: Sequence[float], left: float, width: float, most: float) -> str:
    """Bars one by one where they are wide, and a stairway of equal ones where they are not."""
    floor = up(0, most)
    if width >= APART:
        return "".join(
            f"M{left + at * width:.1f} {floor}V{up(value, most)}h{width - 1:.1f}V{floor}z"
            for at, value in enumerate(values)
            if value > 0
        )
    steps, at = [f"M{left:.1f} {floor}"], 0
    for height, same in groupby(values, key=lambda value: round(up(value, most))):
        at += len(list(same))
        steps.append(f"V{height}H{left + at * width:.1f}")
    return "".join(steps) + f"V{floor}z"
