"""Submitted rows stand on the pages of a leaderboard, and move nothing there."""

from pathlib import Path

import pytest
from boards import submitted, typical

from interpbench.score.board import Board, BoardRow
from interpbench.submissions.archive import SubmissionError
from interpbench.submissions.beside import NOTE, summaries, with_submissions

BOARD = typical()


def row(name: str = "theirs") -> BoardRow:
    """The published board's best, under another name, with all that a comparison said of it."""
    return BOARD.tracks[0].rows[1].model_copy(update={"name": name})


def test_a_submitted_row_is_marked_and_compared_with_nothing() -> None:
    told = with_submissions(BOARD, [submitted(BOARD, row())])
    (theirs,) = [one for one in told.tracks[0].rows if one.name == "theirs"]
    assert (theirs.label, theirs.rank, theirs.difference, theirs.represents) == ("self-run", None, None, False)
    assert theirs.metrics == row().metrics
    assert told.caption.endswith(NOTE)


def test_no_published_figure_moves() -> None:
    told = with_submissions(BOARD, [submitted(BOARD, row())])
    others = told.tracks[0].model_copy(update={"rows": [one for one in told.tracks[0].rows if one.name != "theirs"]})
    assert others == BOARD.tracks[0]


def test_a_row_on_another_version_stays_out() -> None:
    assert with_submissions(BOARD, [submitted(BOARD, row(), version="0.0")]) is BOARD
    assert with_submissions(BOARD, []) is BOARD


def test_a_row_that_does_not_fit_is_refused() -> None:
    with pytest.raises(SubmissionError, match="submitted row 'good_one' has the name of one on the board"):
        with_submissions(BOARD, [submitted(BOARD, row("good_one"))])
    odd = row().model_copy(update={"metrics": {}})
    with pytest.raises(SubmissionError, match="submitted row 'theirs' has other metrics than the board"):
        with_submissions(BOARD, [submitted(BOARD, odd)])
    with pytest.raises(SubmissionError, match="row 'theirs' stands 2 times"):
        with_submissions(BOARD, [submitted(BOARD, row()), submitted(BOARD, row())])


def test_summaries_are_read_and_nothing_else(tmp_path: Path) -> None:
    place = tmp_path / "submissions" / "their-team"
    place.mkdir(parents=True)
    with pytest.raises(SubmissionError, match=r"summary.json: No such file"):
        summaries(tmp_path)
    (place / "summary.json").write_text(submitted(BOARD, row()).model_dump_json())
    assert [one.methods for one in summaries(tmp_path)] == [("theirs",)]
    (place / "summary.json").write_text('{"schema_version": 1, "label": "first place"}')
    with pytest.raises(SubmissionError, match="no summary of this version"):
        summaries(tmp_path)
    (place / "summary.json").unlink()
    (place / "summary.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SubmissionError, match="a link; wanted the file itself"):
        summaries(tmp_path)


def test_a_leaderboard_without_submissions_has_none(tmp_path: Path) -> None:
    assert summaries(tmp_path) == []


def test_boards_of_before_are_left_as_they_are() -> None:
    assert isinstance(with_submissions(Board.model_validate_json(BOARD.model_dump_json()), []), Board)
