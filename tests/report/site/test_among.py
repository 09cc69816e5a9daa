"""Rows of one's own on a site, among the published ones."""

import pandas as pd
from boards import submitted, typical

from interpbench.report.site.sources import Shown, among
from interpbench.report.table import inside_table
from interpbench.score.board import Board
from interpbench.submissions.beside import with_submissions

PUBLISHED = typical()


def shown(board: Board, *names: str) -> Shown:
    """A board of the published rows with these names, in turn, with a cell each."""
    rows = [row.model_copy(update={"name": name}) for row, name in zip(board.tracks[0].rows, names, strict=False)]
    groups = [
        group.model_copy(update={"scores": dict.fromkeys(names, 1.0)}) for group in board.tracks[0].groups
    ]  # best everywhere
    track = board.tracks[0].model_copy(update={"rows": rows, "groups": groups})
    return Shown(board=board, track=track, cells=pd.DataFrame({"row": list(names)}))


def names(one: Shown) -> set[str]:
    return {row.name for row in one.track.rows}


THERE = Shown(board=PUBLISHED, track=PUBLISHED.tracks[0])
ALL = [row.name for row in PUBLISHED.tracks[0].rows]


def test_own_rows_join_the_published_ones_and_are_marked() -> None:
    told = among(shown(PUBLISHED, "oracle", "mine", "good_one"), THERE)
    assert names(told) == {*ALL, "mine"}
    assert {row.name for row in told.track.rows if row.label} == {"mine"}
    assert told.track.rival == PUBLISHED.tracks[0].rival
    assert told.answers_of("mine")
    assert not told.answers_of("good_one")  # which gives way to the published one
    assert "self-run" in told.board.caption
    assert all("mine" in group.scores for group in told.track.groups)
    assert told.command(told.rows["mine"]) == ""  # its code is not published


def test_what_own_rows_score_moves_no_published_table() -> None:
    before = inside_table(PUBLISHED.tracks[0]).rows
    assert inside_table(among(shown(PUBLISHED, "oracle", "mine", "good_one"), THERE).track).rows == before


def test_a_run_of_everything_is_shown_as_it_is() -> None:
    own = shown(PUBLISHED, *ALL)
    assert among(own, THERE) is own


def test_submissions_stay_beside_a_run_of_everything() -> None:
    theirs = PUBLISHED.tracks[0].rows[1].model_copy(update={"name": "theirs"})
    board = with_submissions(PUBLISHED, [submitted(PUBLISHED, theirs)])
    told = among(shown(PUBLISHED, *ALL), Shown(board=board, track=board.tracks[0]))
    assert names(told) == {*ALL, "theirs"}
    assert told.answers_of("good_one")  # own answers are still there
    assert told.rows["theirs"].label == "self-run"


def test_nothing_is_mixed_with_another_version_or_a_part() -> None:
    for changes in ({"suite_version": "0.0"}, {"partial": True}):
        own = shown(PUBLISHED.model_copy(update=changes), "oracle", "mine")
        assert among(own, THERE) is own


def test_rows_that_are_all_published_are_ones_own_board() -> None:
    own = shown(PUBLISHED, "oracle", "good_one")
    assert among(own, THERE) is own
