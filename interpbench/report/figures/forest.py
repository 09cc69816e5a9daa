"""Skill with its interval, a line a row: what the board's main table says at one look."""

from matplotlib.figure import Figure

from interpbench.report.figures.look import FINE, SMALL, bare, legend, style
from interpbench.score.board import TrackBoard


def forest(board: TrackBoard) -> Figure:
    """Every row but the bounds, best first; chance and ceiling are lines, and so is the best rival.

    Rows without a skill keep their line, which says so.
    """
    rows = [row for row in board.rows if not row.bound]
    figure = Figure(figsize=(8.2, 1.1 + 0.21 * len(rows)), layout="constrained")
    axes = figure.subplots()
    for place, row in enumerate(rows):
        found = row.skill
        if found.value is None:
            axes.annotate("n/a", (0, place), fontsize=FINE, va="center", ha="center", color="0.4")
            continue
        low, high = (found.value if end is None else end for end in (found.low, found.high))
        axes.errorbar(
            [found.value],
            [place],
            xerr=[[max(0.0, found.value - low)], [max(0.0, high - found.value)]],
            linestyle="",
            elinewidth=1,
            capsize=2,
            **style(row),  # type: ignore[arg-type]
        )
        if row.name == board.rival:
            axes.axvline(found.value, color="0.6", linewidth=0.8, linestyle=":", zorder=0)
    for at, name in ((0.0, "chance"), (1.0, "ceiling")):
        axes.axvline(at, color="0.75", linewidth=0.8, zorder=0)
        axes.annotate(
            name, (at, 1.0), xycoords=("data", "axes fraction"), ha="center", va="bottom", fontsize=FINE, color="0.4"
        )
    axes.set_yticks(range(len(rows)), [_label(row.name, row.name == board.rival) for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlabel(f"skill in {board.headline}, with 95% intervals", fontsize=SMALL)
    bare(axes)
    legend(axes, rows)
    return figure


def _label(name: str, rival: bool) -> str:
    return f"{name} (best rival)" if rival else name
