"""Names beside points, so that no name lies over another one or over a point."""

from collections.abc import Sequence
from math import cos, pi, sin

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

POINT = 5.0
"""Half the side of what a point covers, in points."""
LINE = {"arrowstyle": "-", "color": "0.6", "linewidth": 0.5, "shrinkA": 0, "shrinkB": 2}
STEPS, TURNS = 40, 24
"""Distances and directions that are tried for a name."""


def name_points(
    figure: Figure,
    axes: Axes,
    places: Sequence[tuple[float, float, str]],
    size: float,
    lines: Sequence[tuple[float, float, float, float]] = (),
) -> list[Annotation]:
    """Writes each name as near to its point as there is room, with a line where it had to move away.

    First come, first served, in the order of the points; equal points give equal places. A name for which there is no
    room is left out.

    Args:
        figure: with its layout decided: it is frozen here.
        axes: of the points.
        places: x, y and name, in the units of the axes.
        size: of the text.
        lines: level or upright ones that names keep off, as x and y of both ends.
    """
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    scale = figure.dpi / 72
    points = [axes.transData.transform((x, y)) for x, y, _ in places]
    taken = [Bbox.from_extents(x - POINT, y - POINT, x + POINT, y + POINT) for x, y in points]
    for x, y, to_x, to_y in lines:
        (x0, y0), (x1, y1) = axes.transData.transform([(x, y), (to_x, to_y)])
        taken.append(Bbox.from_extents(min(x0, x1) - 1, min(y0, y1) - 1, max(x0, x1) + 1, max(y0, y1) + 1))
    room, written = axes.get_window_extent(), []
    for (x, y, name), (left, up) in zip(places, points, strict=True):
        label = axes.annotate(name, (x, y), xytext=(0, 0), textcoords="offset points", fontsize=size)
        box = label.get_window_extent()
        found = _room(box.width, box.height, (left, up), taken, room)
        if found is None:
            label.remove()
            continue
        place, far = found
        taken.append(place)
        label.remove()
        nearest = (_share(left, place.x0, place.x1), _share(up, place.y0, place.y1))
        written.append(
            axes.annotate(
                name,
                (x, y),
                xytext=((place.x0 - left) / scale, (place.y0 - up) / scale),
                textcoords="offset points",
                fontsize=size,
                va="bottom",
                arrowprops={**LINE, "relpos": nearest} if far else None,
            )
        )
    return written


def _share(at: float, low: float, high: float) -> float:
    """How far along a side the nearest point to `at` lies, from 0 to 1."""
    return min(1.0, max(0.0, (at - low) / (high - low)))


def _room(
    width: float, height: float, point: tuple[float, float], taken: Sequence[Bbox], room: Bbox
) -> tuple[Bbox, bool] | None:
    """The nearest free place for a box beside a point, and whether it is so far that a line should lead there."""
    x, y = point
    for step in range(STEPS):
        distance = POINT + 2 + 5 * step
        for turn in range(TURNS):
            angle = 2 * pi * turn / TURNS
            across, along = cos(angle), sin(angle)
            left = x + distance * across - width * (1 - across) / 2
            below = y + distance * along - height * (1 - along) / 2
            box = Bbox.from_extents(left, below, left + width, below + height)
            inside = room.x0 <= box.x0 and box.x1 <= room.x1 and room.y0 <= box.y0 and box.y1 <= room.y1
            if inside and not any(box.overlaps(other) for other in taken):
                return box, step > 1
    return None
