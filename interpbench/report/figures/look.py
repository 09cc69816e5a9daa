"""How rows look in every figure: a method family has its colour and its marker, the same on all tracks.

References:
    Paul Tol, Colour Schemes, 2021 (the scheme "muted": nine colours that colour-blind readers tell apart).
"""

from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from interpbench.plugins.family import Family
from interpbench.score.board import BoardRow

COLOURS = ("#332288", "#cc6677", "#117733", "#88ccee", "#882255", "#44aa99", "#999933", "#aa4499", "#ddcc77")
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "*", "<", ">", "p", "h", "d", "H", "8")
_FAMILIES = tuple(family.value for family in Family if family is not Family.BOUNDS)
GREY = "0.45"
FINE, SMALL = 7, 8
"""Sizes of text, in points."""


def look(family: str) -> tuple[str, str]:
    """Colour and marker of a family; no two share a marker. What is no method family is grey and round."""
    if family not in _FAMILIES:
        return GREY, "o"
    place = _FAMILIES.index(family)
    return COLOURS[place % len(COLOURS)], MARKERS[place]


def style(row: BoardRow) -> dict[str, object]:
    """A row's point; references, which are compared with nothing, are hollow."""
    colour, marker = look(row.family)
    return {"color": colour, "marker": marker, "markerfacecolor": "white" if row.reference else colour, "markersize": 6}


def legend(axes: Axes, rows: Iterable[BoardRow]) -> None:
    """The families of some rows, bounds, and what hollow markers are, beside the axes."""
    shown = list(rows)
    families = [name for name in _FAMILIES if any(row.family == name for row in shown)]
    handles = [
        Line2D([], [], linestyle="", color=look(name)[0], marker=look(name)[1], markersize=6, label=name)
        for name in families
    ]
    if any(row.bound for row in shown):
        handles.append(Line2D([], [], linestyle="", color=GREY, marker="o", label="bounds"))
    if any(row.reference for row in shown):
        handles.append(
            Line2D([], [], linestyle="", color=GREY, marker="o", markerfacecolor="white", label="reference (hollow)")
        )
    axes.legend(handles=handles, fontsize=FINE, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def bare(axes: Axes) -> None:
    """Axes without a box, in small print."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(which="both", labelsize=FINE)
