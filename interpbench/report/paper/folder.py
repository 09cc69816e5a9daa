"""A folder that compiles with pdflatex as it is: tables, figures, numbers as macros, and a document that shows them."""

from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from interpbench.report.figure import drawn
from interpbench.report.figures.every import figures
from interpbench.report.further import further_tables
from interpbench.report.headline import profile_table
from interpbench.report.latex import BOLD, latex, tex
from interpbench.report.paper.macros import macro, macro_file, macros
from interpbench.report.table import Table, paper_table
from interpbench.report.text import caption
from interpbench.score.board import Board, TrackBoard

FIGURE_WIDTHS = {"forest": 0.85, "cost": 1.0, "kinds": 1.0, "scatter": 1.0, "families": 0.8, "methods": 0.7}
"""Shares of the text's width, by the last word of a figure's name."""
TALLEST = 0.85
"""Share of the text's height that no figure goes beyond."""


@dataclass(frozen=True, kw_only=True)
class Float:
    """A table or a figure of the document.

    Attributes:
        name: of its file, without folder and ending.
        wide: whether it stands on a page turned on its side.
        caption: of a figure; a table's file has its own.
        width: of a figure, as a share of the text's.
    """

    name: str
    wide: bool = False
    caption: str = ""
    width: float = 1.0


def paper_files(board: Board) -> dict[str, bytes]:
    """Relative path -> content."""
    drawings = {name: (figure, told) for name, figure, told in figures(board)}
    tables = {part.name: (part, table) for part, table in _tables(board)}
    floats = {
        name: Float(name=name, caption=told, width=FIGURE_WIDTHS[name.rpartition("-")[2]])
        for name, (_, told) in drawings.items()
    }
    shown = {
        track.track: [part for part, _ in tables.values() if part.name.startswith(f"{track.track}-")]
        for track in board.tracks
    }
    environment = Environment(
        loader=PackageLoader("interpbench.report", "templates"),
        undefined=StrictUndefined,
        autoescape=False,  # TeX, escaped by `tex`
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
    )
    environment.filters["tex"] = tex
    told = {
        "board": board,
        "caption": caption(board),
        "bold": BOLD,
        "leads": any(track.leads for track in board.tracks),
        "tables": shown,
        "figures": {
            track.track: [part for name, part in floats.items() if name.startswith(f"{track.track}-")]
            for track in board.tracks
        },
        "profile": [part for name, part in floats.items() if name.startswith("profile-")],
        "macro": macro,
        "tallest": TALLEST,
        "best": {track.track: _best(track) for track in board.tracks},
    }
    texts = {
        "main.tex": environment.get_template("paper.tex.jinja").render(told),
        "README.md": environment.get_template("paper.md.jinja").render(told),
        "numbers.tex": macro_file(macros(board)),
        **{f"tables/{name}.tex": latex(table, "", f"tab:{name}", told=False) for name, (_, table) in tables.items()},
    }
    files = {name: text.encode() for name, text in texts.items()}
    return files | {f"figures/{name}.pdf": drawn(figure, "pdf") for name, (figure, _) in drawings.items()}


def _tables(board: Board) -> Iterator[tuple[Float, Table]]:
    for track in board.tracks:
        name = track.track
        further = further_tables(track)
        yield Float(name=f"{name}-families"), further.pop("families")
        yield Float(name=f"{name}-board", wide=True), paper_table(track, f"{board.suite} {board.suite_version}")
        for kind, table in further.items():
            yield Float(name=f"{name}-{kind}", wide=True), table
    if len(board.tracks) > 1:
        yield Float(name="profile"), profile_table(board.tracks)


def _best(track: TrackBoard) -> str | None:
    """The row with the highest headline of all that are compared."""
    known = [row for row in track.rows if row.rank is not None and row.metrics[track.headline].value is not None]
    return known[0].name if known else None
