"""Skill against cost: which rows give the most for their processor time."""

from collections.abc import Sequence
from itertools import pairwise

from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter

from interpbench.report.figures.look import FINE, SMALL, bare, legend, style
from interpbench.report.figures.naming import name_points
from interpbench.score.board import BoardRow, TrackBoard


def cost(board: TrackBoard) -> Figure:
    """Every row with a skill and a cost but the bounds, by CPU seconds of all its cells; the Pareto front is a line."""
    rows = [row for row in board.rows if not row.bound and row.skill.value is not None and row.cost.cpu_seconds > 0]
    figure = Figure(figsize=(9.5, 6.2), layout="constrained")
    axes = figure.subplots()
    for row in rows:
        axes.plot([row.cost.cpu_seconds], [row.skill.value or 0.0], linestyle="", **style(row))  # type: ignore[arg-type]
    front = pareto(rows)
    axes.step(
        [row.cost.cpu_seconds for row in front],
        [row.skill.value or 0.0 for row in front],
        where="post",
        color="0.6",
        linewidth=1,
        zorder=0,
    )
    axes.set_xscale("log")
    for axis_of in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
        axis_of(LogFormatter(minor_thresholds=(2, 0.5)))
    axes.margins(0.12, 0.08)
    axes.axhline(0, color="0.85", linewidth=0.8, zorder=0)
    axes.set_xlabel("CPU seconds of all cells, studies included", fontsize=SMALL)
    axes.set_ylabel(f"skill in {board.headline}", fontsize=SMALL)
    axes.set_title(
        "line: Pareto front; no row that is cheaper has more skill, references aside", fontsize=FINE, loc="left"
    )
    bare(axes)
    legend(axes, rows)
    places = [(row.cost.cpu_seconds, row.skill.value or 0.0, row.name) for row in rows]
    name_points(figure, axes, places, FINE, _steps(front))
    return figure


def _steps(front: Sequence[BoardRow]) -> list[tuple[float, float, float, float]]:
    """The lines of the front, as x and y of both ends."""
    ends = [(row.cost.cpu_seconds, row.skill.value or 0.0) for row in front]
    level = [(x, y, to, y) for (x, y), (to, _) in pairwise(ends)]
    return [*level, *[(to, y, to, up) for (_, y), (to, up) in pairwise(ends)]]


def pareto(rows: Sequence[BoardRow]) -> list[BoardRow]:
    """The rows that no other beats in skill at the same cost or less, cheapest first; references do not count."""
    known = [row for row in rows if row.skill.value is not None and not (row.reference or row.bound)]
    front: list[BoardRow] = []
    for row in sorted(known, key=lambda row: (row.cost.cpu_seconds, -(row.skill.value or 0.0), row.name)):
        if not front or (row.skill.value or 0.0) > (front[-1].skill.value or 0.0):
            front.append(row)
    return front
