"""Two metrics of a board against each other, a point a row: what the one says of the other."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interpbench.report.figure import save
from interpbench.score.board import BoardRow, TrackBoard

COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb", "#222222")
MARKERS = "osD^vPX*"
"""Families differ in both, so that neither colour-blind readers nor printers lose them."""


def scatter(board: TrackBoard, across: str, up: str, path: Path) -> None:
    """Draws every row that has both metrics, with intervals but for bounds; references are hollow.

    Args:
        board: of a track.
        across: metric of the horizontal axis.
        up: metric of the vertical one.
        path: `.svg`, `.png` or `.pdf`.
    """
    rows = [row for row in board.rows if row.metrics[across].value is not None and row.metrics[up].value is not None]
    families = sorted({row.family for row in rows})
    figure = Figure(figsize=(10, 6.5), layout="constrained")
    axes = figure.subplots()
    places: list[tuple[float, float, str]] = []
    for number, family in enumerate(families):
        for member, row in enumerate(row for row in rows if row.family == family):
            colour = COLOURS[number % len(COLOURS)]
            (x, left, right), (y, below, above) = (_ends(row, board, name) for name in (across, up))
            axes.errorbar(
                [x],
                [y],
                xerr=[[x - left], [right - x]],
                yerr=[[y - below], [above - y]],
                fmt=MARKERS[number % len(MARKERS)],
                color=colour,
                markerfacecolor="white" if row.reference else colour,
                markersize=7,
                elinewidth=0.4,
                label=f"_{row.name}" if member else family,
            )
            places.append((x, y, row.name))
    _label(axes, places)
    axes.set_xlabel(_title(board, across))
    axes.set_ylabel(_title(board, up))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    save(figure, path)


def _label(axes: Axes, places: list[tuple[float, float, str]]) -> None:
    """Names beside their points, those of neighbours above each other, with a line where a name had to move."""
    (low, high), (start, end) = axes.get_ylim(), axes.get_xlim()
    line, column = (high - low) / 30, (end - start) / 4
    taken: list[tuple[float, float]] = []
    for x, y, name in sorted(places, key=lambda place: (place[1], place[0], place[2])):
        at = y + line / 3
        while any(abs(x - other) < column and abs(at - height) < line for other, height in taken):
            at += line / 4
        taken.append((x, at))
        arrow = {"arrowstyle": "-", "color": "0.6", "linewidth": 0.5} if at - y > line else None
        axes.annotate(name, (x, y), xytext=(x + (end - start) / 80, at), fontsize=8, arrowprops=arrow)


def _ends(row: BoardRow, board: TrackBoard, name: str) -> tuple[float, float, float]:
    """Value and interval, in the unit of the axis; of what has no interval the value thrice."""
    found, scale = row.metrics[name], 100 if board.metrics[name].percent else 1
    assert found.value is not None
    low = found.value if found.low is None or row.bound else min(found.low, found.value)
    high = found.value if found.high is None or row.bound else max(found.high, found.value)
    return scale * found.value, scale * low, scale * high


def _title(board: TrackBoard, name: str) -> str:
    metric = board.metrics[name]
    return metric.title + (", %" if metric.percent else "")
