"""Keys and answers of judged questions, as the store holds them: no key is derived for a page."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from interpbench.run.execute import Runner
from interpbench.run.judge import Keys, answers_of
from interpbench.run.judged import JudgedTrack
from interpbench.run.plan import PlannedTask
from interpbench.run.zoo_hash import zoo_hash
from interpbench.tracks.instance import Ref
from interpbench.tracks.registry import TRACKS


def keyed(runner: Runner, task: PlannedTask) -> list[tuple[Ref, Any]]:
    """Instances of a task with their keys; nothing where the store does not hold them."""
    track = TRACKS[task.info.track].load()
    stored = runner.store.document("keys", Keys(runner.store, task, zoo_hash(task.info)).name)
    if not isinstance(stored, list) or len(stored) != len(task.refs):
        return []
    try:
        return [(ref, track.read_key(key)) for ref, key in zip(task.refs, stored, strict=True)]
    except ValidationError:
        return []


def answered(of: JudgedTrack, task: PlannedTask) -> Iterator[tuple[str, Mapping[str, BaseModel | None]]]:
    """Row -> its answers to a task's units; rows that answered nothing are left out."""
    for row in of.rows:
        records = of.records[row.name].get(task.name, {})
        if records:
            yield row.name, answers_of(task, records)
