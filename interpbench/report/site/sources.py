"""What a site is built from: boards, and for some of their tracks every judged answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import pandas as pd

from interpbench.report.site.names import slug
from interpbench.report.site.views.panel import Panels
from interpbench.report.text import caption
from interpbench.score.board import Board, BoardRow, TrackBoard

Cells: TypeAlias = pd.DataFrame
"""A line for every judged answer, with the columns of `run.cells.cells_frame`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shown:
    """One track of one board.

    Attributes:
        board: that it is part of.
        track: its rows.
        cells: its judged answers, where they are at hand.
        panels: what its questions and answers look like, where the track has a plug and answers are at hand.
    """

    board: Board
    track: TrackBoard
    cells: Cells | None = None
    panels: Panels = field(default_factory=Panels)

    @property
    def name(self) -> str:
        """Unique within a site: suite and track."""
        return slug(f"{self.board.suite}-{self.track.track}")

    @property
    def suite(self) -> str:
        """Name and version."""
        return f"{self.board.suite} {self.board.suite_version}"

    @property
    def page(self) -> str:
        """Its page."""
        return f"tracks/{self.name}.html"

    @property
    def provenance(self) -> str:
        """Where its figures come from, in a sentence."""
        return caption(self.board)

    @property
    def rows(self) -> Mapping[str, BoardRow]:
        """By name."""
        return {row.name: row for row in self.track.rows}

    def command(self, row: BoardRow) -> str:
        """What reproduces a row; nothing does for bounds, which no method makes."""
        if row.bound:
            return ""
        method = row.name.partition("/")[0]
        return f"interpbench run --suite {self.board.suite} --task {self.track.track} --method {method}"

    @property
    def checkout(self) -> str:
        """The code that scored the board, as a command: at it all answers of the board, older ones too, were valid."""
        return f"git checkout {str(self.board.provenance.get('commit', ''))[:10]}"


def method_page(row: str) -> str:
    """The page of a row of the board."""
    return f"methods/{slug(row)}.html"


def task_page(task: str) -> str:
    """The page of a task, by its full name."""
    return f"tasks/{slug(task)}.html"


def tasks_of(shown: Sequence[Shown]) -> list[str]:
    """Full names of all tasks on the boards, in their order."""
    return list(dict.fromkeys(g.name for one in shown for g in one.track.groups if g.by == "task"))


def methods_of(shown: Sequence[Shown]) -> list[str]:
    """All rows, in the order in which the boards have them."""
    return list(dict.fromkeys(row.name for one in shown for row in one.track.rows))
