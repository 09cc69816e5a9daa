"""Two metrics of a board against each other, a point a row: what the one says of the other."""

from pathlib import Path

from matplotlib.figure import Figure

from interpbench.report.figure import save
from interpbench.report.figures.look import FINE, SMALL, legend, look
from interpbench.report.figures.naming import name_points
from interpbench.score.board import BoardRow, TrackBoard

ORACLE = "oracle"
SHORT = {
    "faithfulness": "oracle: the key as an answer; it says which parts carry and not in which order, and names no edges"
    " where none are keyed",
}
"""Metric -> why the oracle has not all of it, since points above it look like a mistake."""


def scatter(board: TrackBoard, across: str, up: str, path: Path) -> None:
    """Draws two metrics into a file: `.svg`, `.png` or `.pdf`; see `scattered`."""
    save(scattered(board, across, up), path)


def scattered(board: TrackBoard, across: str, up: str) -> Figure:
    """Every row that says something of both metrics, with intervals but for bounds; references are hollow.

    A row at exactly the chance of a metric, which stands for answers that do not go into it, is left out unless it is a
    bound.

    Args:
        board: of a track.
        across: metric of the horizontal axis.
        up: metric of the vertical one.
    """
    rows = [row for row in board.rows if all(_told(row, board, name) for name in (across, up))]
    families = sorted({row.family for row in rows})
    figure = Figure(figsize=(10, 6.5), layout="constrained")
    axes = figure.subplots()
    places: list[tuple[float, float, str]] = []
    bars: list[tuple[float, float, float, float]] = []
    for family in families:
        colour, marker = look(family)
        for row in (row for row in rows if row.family == family):
            (x, left, right), (y, below, above) = (_ends(row, board, name) for name in (across, up))
            axes.errorbar(
                [x],
                [y],
                xerr=[[x - left], [right - x]],
                yerr=[[y - below], [above - y]],
                fmt=marker,
                color=colour,
                markerfacecolor="white" if row.reference else colour,
                markersize=7,
                elinewidth=0.4,
            )
            places.append((x, y, row.name))
            bars.append((left, y, right, y))
    axes.set_xlabel(_title(board, across))
    axes.set_ylabel(_title(board, up))
    axes.spines[["top", "right"]].set_visible(False)
    if up in SHORT and any(row.name == ORACLE for row in rows):
        axes.set_title(SHORT[up], fontsize=FINE, loc="left")
    legend(axes, rows)
    name_points(figure, axes, places, SMALL, bars)
    return figure


def _told(row: BoardRow, board: TrackBoard, name: str) -> bool:
    """Whether a row has an answer to what a metric asks, or stands for something anyway."""
    value = row.metrics[name].value
    return value is not None and (value != board.metrics[name].chance or row.bound)


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
