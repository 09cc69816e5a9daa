"""Maps of skill: a cell a figure, hatched where there is none."""

from collections.abc import Sequence

import matplotlib
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from interpbench.report.cell import number
from interpbench.report.figures.look import FINE
from interpbench.report.headline import profile
from interpbench.score.board import BoardRow, TrackBoard
from interpbench.score.skill import skill

SCALE = "PuOr"
"""Orange is below chance, violet above it; colour-blind readers tell the two apart."""

ENDS = {-1.0: "-1", 0.0: "0 chance", 1.0: "1 ceiling"}
LABEL = "skill\nhatched: n/a"
"""Beside the colours, upright: no longer than a map of one row is high."""

Heat = tuple[float, str] | None
"""Skill, which the colour shows, and the text of a cell; None is n/a."""


def strata(board: TrackBoard) -> Figure:
    """Methods against kinds of question: the colour is skill on the kind, the number the metric as tables show it."""
    kinds = [name for name, metric in board.metrics.items() if metric.kinds == (name,) and name in board.kinds]
    rows = [row for row in board.rows if not row.bound]
    titles = [f"{board.metrics[name].title}\n({board.kinds[name]})" for name in kinds]
    return _map([row.name for row in rows], titles, [[_on(row, board, name) for name in kinds] for row in rows])


def profiles(boards: Sequence[TrackBoard], *, families: bool) -> Figure:
    """Methods, or method families, against tracks; of each the member that was best on suite `dev`."""
    found = profile(boards, families=families)
    cells = [[_skill(rows.get(board.track)) for board in boards] for rows in found.values()]
    titles = [f"{board.track}\n{board.headline}" for board in boards]
    return _map(list(found), titles, cells)


def _on(row: BoardRow, board: TrackBoard, name: str) -> Heat:
    metric, value = board.metrics[name], row.metrics[name].value
    if value is None:
        return None
    return skill(value, chance=metric.chance, ceiling=metric.ceiling), number(value, metric.percent)


def _skill(row: BoardRow | None) -> Heat:
    if row is None or row.skill.value is None:
        return None
    return row.skill.value, number(row.skill.value, False)


def _map(names: Sequence[str], titles: Sequence[str], cells: Sequence[Sequence[Heat]]) -> Figure:
    figure = Figure(figsize=(3.4 + 0.72 * len(titles), 1.3 + 0.21 * len(names)), layout="constrained")
    axes = figure.subplots()
    colours = matplotlib.colormaps[SCALE]
    for down, line in enumerate(cells):
        for across, cell in enumerate(line):
            corner = (across - 0.5, down - 0.5)
            if cell is None:
                axes.add_patch(
                    Rectangle(corner, 1, 1, facecolor="0.97", edgecolor="0.7", hatch="//////", linewidth=0.4)
                )
                continue
            value, text = cell
            shade = (max(-1.0, min(1.0, value)) + 1) / 2
            axes.add_patch(Rectangle(corner, 1, 1, facecolor=colours(shade), edgecolor="white", linewidth=0.4))
            dark = abs(shade - 0.5) > 0.32
            axes.text(
                across, down, text, ha="center", va="center", fontsize=FINE - 0.5, color="white" if dark else "black"
            )
    axes.set_xlim(-0.5, len(titles) - 0.5)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xticks(range(len(titles)), titles, rotation=40, ha="left", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(labelsize=FINE, length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    axes.spines[:].set_visible(False)
    shown = matplotlib.cm.ScalarMappable(matplotlib.colors.Normalize(-1, 1), colours)
    bar = figure.colorbar(shown, ax=axes, shrink=min(1.0, 6 / max(1, len(names))), pad=0.02)
    bar.set_ticks(list(ENDS), labels=list(ENDS.values()))
    bar.set_label(LABEL, fontsize=FINE)
    bar.ax.tick_params(labelsize=FINE)
    return figure
