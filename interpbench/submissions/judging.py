"""Judging a stranger's answers: whatever they make a scorer raise is a problem of their bundle, and is named."""

from collections.abc import Mapping, Sequence

from interpbench.run.board import entry_of
from interpbench.run.judge import answers_of, calibration_of
from interpbench.run.judged import JudgedTrack
from interpbench.run.plan import PlannedTask, Row
from interpbench.run.store import AnswerRecord
from interpbench.score.board import Entry, TrackBoard, track_board
from interpbench.submissions.contents import Contents
from interpbench.submissions.installed import Installed
from interpbench.submissions.problems import Problems
from interpbench.tracks.instance import ScoredCell
from interpbench.tracks.registry import TRACKS
from interpbench.tracks.track import Track


def judged_track(contents: Contents, here: Installed, track: str) -> JudgedTrack:
    """All answers of a bundle on a track, judged.

    Args:
        contents: of a bundle without a fault.
        here: the suite that it names.
        track: on which.

    Raises:
        Refused: with what judging raised, and at which answer.
    """
    rows = [row for method, row in contents.manifest.rows if track in method.tracks]
    tasks = here.of_tracks((track,))
    cells: dict[str, list[ScoredCell]] = {row.name: [] for row in rows}
    problems = Problems()
    here.watcher.expect(sum(len(task.refs) for task in tasks) if rows else 0)
    for task in tasks if rows else ():
        answered = [(row, contents.answers[row.name][task.name]) for row in rows]
        for row, of_row in zip(rows, _judged(task, answered, here, problems), strict=True):
            cells[row.name] += of_row
    if problems.count:
        raise problems.refusal()
    records = {row.name: {task.name: contents.answers[row.name][task.name] for task in tasks} for row in rows}
    return JudgedTrack(track=track, tasks=tasks, rows=rows, cells=cells, records=records)


def _judged(
    task: PlannedTask, answered: Sequence[tuple[Row, Mapping[str, AnswerRecord]]], here: Installed, problems: Problems
) -> list[list[ScoredCell]]:
    """As `run.judge.judge_afresh`; deriving keys may raise, since that is no doing of the bundle's."""
    name = task.info.track
    track = TRACKS[name].load()
    asked = [(row, answers_of(task, records), calibration_of(row, name)) for row, records in answered]
    cells: list[list[ScoredCell]] = [[] for _ in asked]
    for ref, key in here.keys(task.name).read():
        for own, (row, answers, calibration) in zip(cells, asked, strict=True):
            try:
                own.append(track.judge(ref, key, answers, calibration))
            except Exception as error:  # of the answer's making, whatever it is: a stranger chose it
                problems.add(f"{row.name} on {task.name}: {ref.id}", f"its answer cannot be judged: {_said(error)}")
    return cells


def scored(of: JudgedTrack, studies: Mapping[str, Sequence[AnswerRecord]], suite: str) -> TrackBoard:
    """The board of a bundle's rows on a track.

    Args:
        of: the track, judged.
        studies: row -> those of this track.
        suite: name and version.

    Raises:
        Refused: with what scoring raised, and for which rows.
    """
    track = TRACKS[of.track].load()
    entries = {row.name: entry_of(of, row, studies[row.name]) for row in of.rows}
    try:
        return track_board(track, list(entries.values()), suite)
    except Exception as error:
        problems = Problems()
        for name, entry in entries.items():
            _alone(track, name, entry, suite, problems)
        if not problems.count:
            problems.add(of.track, f"its rows cannot be scored together: {_said(error)}")
        raise problems.refusal() from error


def _alone(track: Track, name: str, entry: Entry, suite: str, problems: Problems) -> None:
    try:
        track_board(track, [entry], suite)
    except Exception as error:
        problems.add(f"{name} on {track.name}", f"its answers cannot be scored: {_said(error)}")


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
