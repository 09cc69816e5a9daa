"""From stored answers to judged instances: keys come from the sealed part of the store, scores are kept there too.

All rows' answers about an instance are judged in turn, so that what judging makes of an instance, a network that is run
again, say, is made once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from interpbench.bundle.outcome import Status
from interpbench.models.names import digest
from interpbench.plugins.manifest import PluginError
from interpbench.run.execute import Runner
from interpbench.run.plan import Cell, PlannedTask, Row
from interpbench.run.reach import task_hash
from interpbench.run.store import AnswerRecord, Store
from interpbench.run.watcher import UNWATCHED, Watcher
from interpbench.tracks.instance import Ref, ScoredCell
from interpbench.tracks.registry import TRACKS
from interpbench.tracks.track import Track


class Keys:
    """Keys of a task's instances, derived from the weights once and then kept sealed in the store.

    Args:
        store: where they are kept.
        task: with its instances.
        zoo: hash of its networks.
        watcher: is told of each instance once its key has been used.
    """

    def __init__(self, store: Store, task: PlannedTask, zoo: str, watcher: Watcher = UNWATCHED) -> None:
        self._store = store
        self._task = task
        self._watcher = watcher
        self.name = digest("keys", task.name, task.seed, task.size, zoo, task_hash(task.info))

    def read(self) -> Iterator[tuple[Ref, Any]]:
        """Instances with what answers are held against."""
        track = TRACKS[self._task.info.track].load()
        for ref, key in self._sealed(track):
            yield ref, track.opened(self._task.task, ref, key)
            self._watcher.ended(1)

    def spared(self) -> None:
        """Says that no key is needed, since all scores are known."""
        self._watcher.ended(len(self._task.refs))

    def afresh(self) -> Iterator[tuple[Ref, Any]]:
        """The same with keys derived anew."""
        track, task = TRACKS[self._task.info.track].load(), self._task.task
        for ref in self._task.refs:
            yield ref, track.opened(task, ref, task.key(ref))
            self._watcher.ended(1)

    def sealed(self) -> Iterator[tuple[Ref, dict[str, Any]]]:
        """Instances with their keys as JSON."""
        track = TRACKS[self._task.info.track].load()
        return ((ref, key.model_dump(mode="json")) for ref, key in self._sealed(track))

    def _sealed(self, track: Track) -> Iterator[tuple[Ref, Any]]:
        """One by one, so that a key is used while the next is not yet derived; kept once all are."""
        stored = self._store.document("keys", self.name)
        if isinstance(stored, list) and len(stored) == len(self._task.refs):
            yield from ((ref, track.read_key(key)) for ref, key in zip(self._task.refs, stored, strict=True))
            return
        documents = []
        for ref in self._task.refs:
            key = self._task.task.key(ref)
            documents.append(key.model_dump(mode="json"))
            yield ref, key
        self._store.put_document("keys", self.name, documents)


def calibration_of(row: Row, track: str) -> BaseModel | None:
    """The scale that `calibrate` wrote for a variant, if any.

    Raises:
        PluginError: it is there but damaged.
    """
    if row.info is None:
        return TRACKS[track].load().oracle_calibration
    document = row.info.card.calibration.get(track, {}).get(row.variant or "default")
    if document is None:
        return None
    try:
        return TRACKS[track].load().read_calibration(document)
    except ValidationError as error:
        raise PluginError(f"{row.info.card_path}: calibration of {row.name}: {error.errors()[0]['msg']}") from error


def answers_of(task: PlannedTask, records: Mapping[str, AnswerRecord]) -> dict[str, BaseModel | None]:
    """Unit -> parsed answer; None where the cell failed or is missing."""
    track = TRACKS[task.info.track].load()
    out: dict[str, BaseModel | None] = {}
    for unit in task.units:
        record = records.get(unit)
        usable = (
            record is not None and record.answer is not None and record.status in {Status.OK, Status.NOT_APPLICABLE}
        )
        out[unit] = track.read_answer(record.answer.encode()) if usable and record and record.answer else None
    return out


def records_of(runner: Runner, task: PlannedTask, row: Row) -> dict[str, AnswerRecord]:
    """Unit -> stored answer of a row, for the units that have one."""
    found = {unit: runner.stored(Cell(row=row, task=task, unit=unit)) for unit in task.units}
    return {unit: record for unit, record in found.items() if record is not None}


Answered = tuple[Row, Mapping[str, AnswerRecord]]
"""A row with its answers, by unit."""


def judge(store: Store, task: PlannedTask, answered: Sequence[Answered], keys: Keys) -> list[list[ScoredCell]]:
    """All instances of a task, judged for each row; from the store if answers, keys and scorer are unchanged."""
    names = [_name(task, row, records, keys) for row, records in answered]
    found = {name: _stored(store, task, name) for name in names}
    missing = [place for place, name in enumerate(names) if found[name] is None]
    if missing:
        fresh = judge_afresh(task, [answered[place] for place in missing], keys.read())
    else:
        fresh = []
        keys.spared()
    for place, cells in zip(missing, fresh, strict=True):
        store.put_document("scores", names[place], [_written(cell) for cell in cells])
        found[names[place]] = cells
    return [found[name] or [] for name in names]


def judge_afresh(
    task: PlannedTask, answered: Sequence[Answered], keys: Iterable[tuple[Ref, Any]]
) -> list[list[ScoredCell]]:
    """The same without a look at stored scores.

    Args:
        task: with its instances.
        answered: rows with their answers.
        keys: every instance with what answers are held against.
    """
    track = TRACKS[task.info.track].load()
    asked = [(answers_of(task, records), calibration_of(row, task.info.track)) for row, records in answered]
    cells: list[list[ScoredCell]] = [[] for _ in asked]
    for ref, key in keys:
        for own, (answers, calibration) in zip(cells, asked, strict=True):
            own.append(track.judge(ref, key, answers, calibration))
    return cells


def _name(task: PlannedTask, row: Row, records: Mapping[str, AnswerRecord], keys: Keys) -> str:
    """Where a row's scores are kept: a hash of all that they depend on."""
    calibration = calibration_of(row, task.info.track)
    return digest(
        "scores",
        sorted((unit, digest(record.parts), record.status.value) for unit, record in records.items()),
        keys.name,
        None if calibration is None else calibration.model_dump(mode="json"),
    )


def _stored(store: Store, task: PlannedTask, name: str) -> list[ScoredCell] | None:
    stored = store.document("scores", name)
    if isinstance(stored, list) and len(stored) == len(task.refs):
        return [_read(ref, values, task) for ref, values in zip(task.refs, stored, strict=True)]
    return None


def _written(cell: ScoredCell) -> dict[str, Any]:
    values = {name: value for name, value in cell.values.items() if value == value}  # NaN has no place in JSON
    return {
        "values": values,
        "missing": sorted(set(cell.values) - set(values)),
        "answered": cell.answered,
        "reason": cell.reason,
    }


def _read(ref: Ref, document: Mapping[str, Any], task: PlannedTask) -> ScoredCell:
    values = dict(document["values"]) | {name: float("nan") for name in document["missing"]}
    return ScoredCell(
        ref=ref, values=values, answered=document["answered"], reason=document["reason"], family=task.name
    )
