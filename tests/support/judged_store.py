"""A store as judging leaves it, of public tasks: keys, bundles of questions, and answers that a test makes up."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from interpbench.bundle.outcome import Status
from interpbench.bundle.tier import Tier
from interpbench.plugins.discovery import load_task, tasks
from interpbench.report.site.views import view_of
from interpbench.report.site.views.panel import Panels
from interpbench.run.execute import Runner
from interpbench.run.judge import Keys
from interpbench.run.judged import JudgedTrack
from interpbench.run.plan import PlannedTask, Row
from interpbench.run.provenance import provenance
from interpbench.run.store import AnswerRecord, Store
from interpbench.run.zoo_hash import zoo_hash

SEED = "quick-1"
ROW = Row(name="mine", info=None)


def planned(name: str, *kinds: str, size: str = "quick") -> PlannedTask:
    """A public task with its first instance of each kind; with all of them where no kind is named."""
    info = tasks()[name]
    task: Any = load_task(info)
    refs = task.refs(SEED, size)
    first = {ref.kind: ref for ref in reversed(refs)}
    return PlannedTask(
        info=info, size=size, seed=SEED, task=task, refs=[first[kind] for kind in kinds] if kinds else refs
    )


def panels(
    folder: Path,
    task: PlannedTask,
    answer: Callable[[str, Any], str | None],
    *,
    keys: bool = True,
    bundles: bool = True,
) -> Panels:
    """What the track's plug makes of a store.

    Args:
        folder: of the store.
        task: its questions.
        answer: unit and key to the answer file of the one row that there is, or None where the cell failed.
        keys: whether the store holds the keys.
        bundles: whether it holds what was asked.
    """
    store, told = Store(folder), cast(Any, task.task)
    records: Mapping[str, AnswerRecord] = {
        unit: AnswerRecord(
            parts={"question": _bundle(store, told.question(unit, SEED)) if bundles else "none"},
            row=ROW.name,
            task=task.name,
            unit=unit,
            status=Status.CRASHED if given is None else Status.OK,
            answer=given,
            provenance=provenance("process"),
        )
        for unit in task.units
        for given in [answer(unit, told.truth(unit))]
    }
    if keys:
        list(Keys(store, task, zoo_hash(task.info)).sealed())
    track = task.info.track
    judged = JudgedTrack(track=track, tasks=[task], rows=[ROW], cells={}, records={ROW.name: {task.name: records}})
    view = view_of(track)
    assert view is not None
    return view(cast(Runner, SimpleNamespace(store=store)), judged)  # of a runner a plug looks at the store alone


def _bundle(store: Store, question: Any) -> str:
    return store.put_bundle(question.bundle(Tier.WEIGHTS).files()).name
