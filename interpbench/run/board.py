"""From a plan and a store to the board."""

from collections import Counter
from collections.abc import Sequence
from statistics import median

from interpbench.models.names import digest
from interpbench.run.execute import Runner
from interpbench.run.judge import calibration_of
from interpbench.run.judged import JudgedTrack, judged
from interpbench.run.plan import Row
from interpbench.run.store import AnswerRecord
from interpbench.score.board import Board, CostSummary, Entry, TrackBoard, track_board
from interpbench.tracks.instance import ScoredCell
from interpbench.tracks.registry import TRACKS


def make_board(runner: Runner) -> Board:
    """Judges what the store holds of the runner's plan, and scores it.

    A row of which nothing has run is left out; a missing cell of another one counts as failed, with status `missing`.
    """
    return board_of(runner, judged(runner))


def board_of(runner: Runner, tracks: Sequence[JudgedTrack]) -> Board:
    """Scores what is judged already."""
    plan = runner.plan
    suite = f"{plan.suite.name} {plan.suite.version}"
    return Board(
        suite=plan.suite.name,
        suite_version=plan.suite.version,
        partial=plan.partial,
        tracks=[
            _scored(runner, of.track, [entry_of(of, row, runner.studies_of(row, of.tasks)) for row in of.rows], suite)
            for of in tracks
        ],
        provenance=runner.provenance.model_dump(mode="json"),
        answered_at=sorted({commit for of in tracks for commit in of.commits}),
    )


def _scored(runner: Runner, track: str, entries: list[Entry], suite: str) -> TrackBoard:
    """The board of a track; kept in the store, since the bootstrap is the slowest part of a finished run."""
    identity = [
        [
            entry.name,
            entry.dev_score,
            sorted(entry.dev_parts.items()),
            entry.calibrated,
            [[c.ref.id, sorted(_plain(c)), c.answered] for c in entry.cells],
        ]
        for entry in entries
    ]
    name = digest("board", track, suite, identity, runner.scorer)
    stored = runner.store.document("boards", name)
    if stored is not None:
        board = TrackBoard.model_validate(stored)
        costs = {entry.name: entry for entry in entries}
        rows = [
            row.model_copy(
                update={
                    "cost": costs[row.name].cost,
                    "statuses": dict(costs[row.name].statuses),
                    "reasons": list(costs[row.name].reasons),
                }
            )
            if row.name in costs
            else row
            for row in board.rows
        ]
        return board.model_copy(update={"rows": rows})
    board = track_board(TRACKS[track].load(), entries, suite)
    runner.store.put_document("boards", name, board.model_dump(mode="json"))
    return board


def _plain(cell: ScoredCell) -> list[tuple[str, float | None]]:
    return [(name, value if value == value else None) for name, value in cell.values.items()]


def entry_of(of: JudgedTrack, row: Row, studies: Sequence[AnswerRecord]) -> Entry:
    """A row before it is scored.

    Args:
        of: its track, judged.
        row: one of that track's.
        studies: what its answers rest on, for the cost.
    """
    records = list(of.answers(row))
    statuses = Counter(record.status.value for record in records)
    statuses["missing"] = sum(len(task.units) for task in of.tasks) - len(records)
    calibration = calibration_of(row, of.track)
    return Entry(
        name=row.name,
        family="bounds" if row.info is None else row.info.family.value,
        rival=row.info is not None and row.info.family.rival,
        tier=row.tier.value,
        inside=row.inside,
        version="1.0" if row.info is None else row.info.version,
        bound=row.info is None,
        reference=row.reference,
        dev_score=None if row.info is None or row.info.card.fitted else getattr(calibration, "score", None),
        dev_parts={} if row.info is None or row.info.card.fitted else getattr(calibration, "parts", {}),
        calibrated=calibration is not None,
        cells=of.cells[row.name],
        statuses=+statuses,
        reasons=sorted({record.reason for record in records if record.reason})[:5],
        cost=_cost(records, studies),
    )


def _cost(records: Sequence[AnswerRecord], studies: Sequence[AnswerRecord]) -> CostSummary:
    every = [record.cost for record in [*records, *studies]]
    if not every:
        return CostSummary()
    return CostSummary(
        cells=len(records),
        cpu_seconds=round(sum(cost.cpu_seconds for cost in every), 3),
        median_cpu_seconds=round(median(record.cost.cpu_seconds for record in records), 4) if records else 0.0,
        peak_bytes=max(cost.peak_bytes for cost in every),
        queries=sum(cost.queries for cost in every),
        models_trained=sum(cost.models_trained for cost in every),
    )
