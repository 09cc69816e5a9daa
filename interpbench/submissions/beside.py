"""Rows of others beside the published ones: what pages show of submissions, and of a run of one's own."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from interpbench.bundle.strict import InvalidDocument, explain, parse_json
from interpbench.score.board import Board, BoardRow, TrackBoard, board_order
from interpbench.submissions.archive import SubmissionError
from interpbench.submissions.board_file import parse_board
from interpbench.submissions.manifest import SELF_RUN
from interpbench.submissions.summary import SUMMARY, Summary
from interpbench.submissions.tree import SUBMISSIONS

NOTE = f"rows marked ({SELF_RUN}) were submitted by others; scores follow from their answers, and move no other figure"


def beside(rows: Sequence[BoardRow], board: TrackBoard) -> TrackBoard:
    """A board with further rows among its own, by score; no figure of its own rows changes."""
    others = [row for row in board.rows if row.name not in {own.name for own in rows}]
    return board.model_copy(update={"rows": sorted([*others, *rows], key=lambda row: board_order(row, board.headline))})


def summaries(leaderboard: Path) -> list[Summary]:
    """What lies in a leaderboard's folder of submissions, in the order of their names.

    Raises:
        SubmissionError: one is a link, or no summary.
    """
    out = []
    for place in sorted((leaderboard / SUBMISSIONS).glob("*")):
        path = place / SUMMARY
        try:
            if place.is_symlink() or path.is_symlink():
                raise SubmissionError(f"{path}: a link; wanted the file itself")
            content = path.read_bytes()
            parse_json(content, str(path))  # strictly: no name twice, no number that is none
            out.append(Summary.model_validate_json(content))
        except OSError as error:
            raise SubmissionError(f"{path}: {error.strerror}; `interpbench board add` writes it") from error
        except InvalidDocument as error:
            raise SubmissionError(str(error)) from error
        except ValidationError as error:
            raise SubmissionError(f"{path}: no summary of this version: {explain(error)}") from error
    return out


def with_submissions(board: Board, submitted: Sequence[Summary]) -> Board:
    """A board with the rows that were submitted on its suite and version.

    Raises:
        SubmissionError: a submitted row has other metrics than the board, or its name.
    """
    tracks = []
    for track in board.tracks:
        fitting = [one for one in submitted if (one.suite, one.suite_version) == (board.suite, board.suite_version)]
        rows = [row.alone(one.label) for one in fitting for row in one.tracks.get(track.track, [])]
        odd = next((row.name for row in rows if row.metrics.keys() != track.metrics.keys()), None)
        if odd is not None:
            raise SubmissionError(f"submitted row {odd!r} has other metrics than the board of {track.track}")
        tracks.append(beside(rows, track) if rows else track)
        taken = {row.name for row in track.rows} & {row.name for row in rows}
        if taken:
            raise SubmissionError(f"submitted row {min(taken)!r} has the name of one on the board of {track.track}")
    if all(new is old for new, old in zip(tracks, board.tracks, strict=True)):
        return board
    told = board.model_copy(update={"tracks": tracks, "caption": f"{board.caption}; {NOTE}"})
    try:
        return parse_board(told.model_dump_json().encode(), "the board with its submissions")
    except InvalidDocument as error:
        raise SubmissionError(str(error)) from error
