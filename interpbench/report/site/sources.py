"""What a site is built from: boards, and for some of their tracks every judged answer."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import pandas as pd

from interpbench.report.site.names import slug
from interpbench.report.site.views.panel import Panels
from interpbench.report.text import caption
from interpbench.score.board import Board, BoardRow, TrackBoard
from interpbench.score.inside import Group
from interpbench.submissions.beside import NOTE, beside
from interpbench.submissions.manifest import SELF_RUN

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

    def answers_of(self, row: str) -> bool:
        """Whether single answers of a row are at hand."""
        return self.cells is not None and bool((self.cells["row"] == row).any())

    def command(self, row: BoardRow) -> str:
        """What reproduces a row; nothing does for bounds, which no method makes, and for rows of others."""
        if row.bound or row.label:
            return ""
        method = row.name.partition("/")[0]
        return f"interpbench run --suite {self.board.suite} --task {self.track.track} --method {method}"

    @property
    def commit(self) -> str:
        """The code that scored the board: at it all answers, older ones too, were valid. Empty where nobody knows."""
        commit = str(self.board.provenance.get("commit", ""))
        return commit[:10] if re.fullmatch(r"[0-9a-f]{7,40}", commit) else ""

    def again(self, row: BoardRow) -> str:
        """What makes a row anew, the code's version first; empty where nothing does."""
        command = self.command(row)
        return f"git checkout {self.commit} && {command}" if command and self.commit else command


def among(own: Shown, published: Shown) -> Shown:
    """Rows of one's own among the published ones, with their single answers.

    Own rows that are published too give way, since the published ones were compared with each other. If nothing is
    left, or all built-in rows were run, one's own board is shown with the submitted rows beside it; of another version
    of the suite, or of a part of it, one's own board alone.
    """
    if own.suite != published.suite or own.board.partial or published.board.partial:
        return own
    built_in = {row.name for row in published.track.rows if not row.label}
    mine = [row.alone(SELF_RUN) for row in own.track.rows if row.name not in published.rows]
    if not mine or built_in <= set(own.rows):
        theirs = [row for row in published.track.rows if row.label and row.name not in own.rows]
        if not theirs:
            return own
        board = own.board.model_copy(update={"caption": f"{own.board.caption}; {NOTE}"})
        return replace(own, board=board, track=beside(theirs, own.track))
    told = f"{published.board.caption}; rows marked ({SELF_RUN}) are one's own, on this machine"
    cells = None if own.cells is None else own.cells[own.cells["row"].isin([row.name for row in mine])]
    board = published.board.model_copy(update={"caption": told})
    track = beside(mine, published.track.model_copy(update={"groups": _together(own.track, published.track)}))
    return Shown(board=board, track=track, cells=cells, panels=own.panels)


def _together(own: TrackBoard, published: TrackBoard) -> list[Group]:
    """Published kinds and tasks, with what own rows score there."""
    scores = {(group.by, group.name): group.scores for group in own.groups}
    return [
        group.model_copy(update={"scores": {**scores.get((group.by, group.name), {}), **group.scores}})
        for group in published.groups
    ]


def leading(shown: Sequence[Shown]) -> list[Shown]:
    """The board of each track that an overview shows: of the suite that has most tracks, or of another one if need be.

    In the order of what is shown; of suites with equally many tracks the first.
    """
    count = Counter(one.board.suite for one in shown)
    ordered = sorted(shown, key=lambda one: -count[one.board.suite])  # stable
    chosen = {one.track.track: one.name for one in reversed(ordered)}
    return [one for one in shown if chosen[one.track.track] == one.name]


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
