"""Submitted rows stand on the pages of a leaderboard, and move nothing there."""

from pathlib import Path

import pytest
from boards import typical

from interpbench.score.board import Board, BoardRow
from interpbench.submissions.archive import SubmissionError
from interpbench.submissions.beside import NOTE, summaries, with_submissions
from interpbench.submissions.manifest import Contact
from interpbench.submissions.summary import Summary

BOARD = typical()


def summary(*rows: BoardRow, version: str = BOARD.suite_version) -> Summary:
    return Summary(
        bundle="0" * 64,
        suite=BOARD.suite,
        suite_version=version,
        methods=("theirs",),
        contact=Contact(),
        isolation="landlock",
        machine="Linux",
        tuned={},
        left_out={},
        tracks={"generalization": list(rows)},
    )


def row(name: str = "theirs") -> BoardRow:
    """The published board's best, under another name, with all that a comparison said of it."""
    return BOARD.tracks[0].rows[1].model_copy(update={"name": name})


def test_a_submitted_row_is_marked_and_compared_with_nothing() -> None:
    told = with_submissions(BOARD, [summary(row())])
    (theirs,) = [one for one in told.tracks[0].rows if one.name == "theirs"]
    assert (theirs.label, theirs.rank, theirs.difference, theirs.represents) == ("self-run", None, None, False)
    assert theirs.metrics == row().metrics
    assert told.caption.endswith(NOTE)


def test_no_published_figure_moves() -> None:
    told = with_submissions(BOARD, [summary(row())])
    others = told.tracks[0].model_copy(update={"rows": [one for one in told.tracks[0].rows if one.name != "theirs"]})
    assert others == BOARD.tracks[0]


def test_a_row_on_another_version_stays_out() -> None:
    assert with_submissions(BOARD, [summary(row(), version="0.0")]) is BOARD
    assert with_submissions(BOARD, []) is BOARD


def test_a_row_that_does_not_fit_is_refused() -> None:
    with pytest.raises(SubmissionError, match="submitted row 'good_one' has the name of one on the board"):
        with_submissions(BOARD, [summary(row("good_one"))])
    odd = row().model_copy(update={"metrics": {}})
    with pytest.raises(SubmissionError, match="submitted row 'theirs' has other metrics than the board"):
        with_submissions(BOARD, [summary(odd)])
    with pytest.raises(SubmissionError, match="row 'theirs' stands 2 times"):
        with_submissions(BOARD, [summary(row()), summary(row())])


def test_summaries_are_read_and_nothing_else(tmp_path: Path) -> None:
    place = tmp_path / "submissions" / "their-team"
    place.mkdir(parents=True)
    with pytest.raises(SubmissionError, match=r"summary.json: No such file"):
        summaries(tmp_path)
    (place / "summary.json").write_text(summary(row()).model_dump_json())
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
