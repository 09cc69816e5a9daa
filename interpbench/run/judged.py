"""All judged cells of a run, track by track: what boards, tables of cells, pages and bundles are made from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from interpbench.run.execute import Runner
from interpbench.run.judge import Keys, judge, records_of
from interpbench.run.plan import PlannedTask, Row
from interpbench.run.store import AnswerRecord
from interpbench.run.watcher import UNWATCHED, Watcher
from interpbench.run.zoo_hash import zoo_hash
from interpbench.tracks.instance import ScoredCell


@dataclass(frozen=True, kw_only=True, eq=False)
class JudgedTrack:
    """One track of a run.

    Attributes:
        track: its name.
        tasks: in the suite's order.
        rows: those that enter the track and of which something has run, the oracle among them.
        cells: row -> its judged instances, in the same order for all rows.
        records: row -> task -> unit -> what became of the cell; a unit that has not run is missing.
        left_out: rows that enter the track and of which nothing has run. They have no score: to put them at chance
            would say of a method what nobody has measured.
    """

    track: str
    tasks: Sequence[PlannedTask]
    rows: Sequence[Row]
    cells: Mapping[str, Sequence[ScoredCell]]
    records: Mapping[str, Mapping[str, Mapping[str, AnswerRecord]]]
    left_out: Sequence[Row] = ()

    def answers(self, row: Row) -> Iterator[AnswerRecord]:
        """Everything that a row has answered here."""
        for of_task in self.records[row.name].values():
            yield from of_task.values()

    @property
    def commits(self) -> set[str]:
        """At which the answers were made."""
        return {record.provenance.commit for row in self.rows for record in self.answers(row)}


def judged(runner: Runner, watcher: Watcher = UNWATCHED) -> list[JudgedTrack]:
    """Judges what the store holds of the runner's plan; tracks on which no method has run are left out.

    Args:
        runner: with plan and store.
        watcher: is told of instances.
    """
    watcher.expect(sum(len(task.refs) for task in runner.plan.tasks))
    names = dict.fromkeys(task.info.track for task in runner.plan.tasks)
    found = (
        _track(runner, name, [task for task in runner.plan.tasks if task.info.track == name], watcher) for name in names
    )
    return [of for of in found if of is not None]


def _track(runner: Runner, track: str, tasks: Sequence[PlannedTask], watcher: Watcher) -> JudgedTrack | None:
    entering = [row for row in runner.plan.rows if row.info is None or track in row.info.tracks]
    records = {row.name: {task.name: records_of(runner, task, row) for task in tasks} for row in entering}
    rows = [row for row in entering if any(records[row.name].values())]
    if all(row.info is None for row in rows):
        watcher.ended(sum(len(task.refs) for task in tasks))
        return None
    cells: dict[str, list[ScoredCell]] = {row.name: [] for row in rows}
    for task in tasks:
        answered = [(row, records[row.name][task.name]) for row in rows]
        keys = Keys(runner.store, task, zoo_hash(task.info), watcher)
        for (row, _), of_row in zip(answered, judge(runner.store, task, answered, keys), strict=True):
            cells[row.name] += of_row
    return JudgedTrack(
        track=track,
        tasks=tasks,
        rows=rows,
        cells=cells,
        records={row.name: records[row.name] for row in rows},
        left_out=[row for row in entering if row not in rows],
    )
