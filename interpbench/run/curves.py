"""Training curves of a zoo: each network is trained again, and what it measured on the way lies beside the zoo.

A network whose weights do not come out as they are stored, to the bit, gets no curve: what was seen would be another
network's.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from interpbench.bundle.outcome import Limits
from interpbench.bundle.whole import write_whole
from interpbench.models.curve import Curve
from interpbench.models.names import SALT
from interpbench.models.zoo import Manifest, ModelRecord, ZooError, read_manifest
from interpbench.plugins.discovery import TaskInfo
from interpbench.run.isolate.job import CellJob
from interpbench.run.isolate.slot import Slot
from interpbench.run.slots import in_slots
from interpbench.run.store import Store
from interpbench.run.watching import CURVE
from interpbench.run.zoo import Training, trainings

FILE = "curves.json"
LIMITS = Limits(wall_seconds=1200, memory_bytes=4 * 1024**3)
FIGURES = ("train_accuracy", "test_accuracy")
"""That are followed, where a task measures them."""


class Curves(BaseModel):
    """The curves of a zoo's networks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = 1
    task: str
    curves: dict[str, Curve]


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What became of one network: its curve, or why it has none."""

    network: str
    curve: Curve | None
    reason: str = ""
    cached: bool = True


def follow(info: TaskInfo, store: Store, jobs: int, progress: Callable[[Watched, int], None]) -> Curves:
    """Trains the networks of a zoo again and writes `curves.json` beside it.

    Args:
        info: the task.
        store: keeps every curve, so that an interrupted run goes on.
        jobs: networks at a time.
        progress: called with what became of each network, and their number.

    Raises:
        ZooError: there is no zoo.
    """
    manifest = read_manifest(info.zoo)
    known = {one.recipe: one for one in trainings(info)}
    work = [(known[name], record) for name, record in manifest.models.items() if name in known]
    found: dict[str, Curve] = {}
    missing: list[tuple[Training, ModelRecord]] = []
    for one, record in work:
        settled = _settled(store, one, record)
        if settled is None:
            missing.append((one, record))
        else:
            _take(settled, found)
            progress(settled, len(work))
    empty = store.root / "curves" / "empty"
    empty.mkdir(parents=True, exist_ok=True)
    for watched in in_slots(
        missing,
        lambda slot, job: _watch(slot, *job, store, empty),
        entry="interpbench.run.watching:watch_recipe",
        bundles=empty.parent,
        slots=jobs,
    ):
        _take(watched, found)
        progress(watched, len(work))
    curves = Curves(task=info.name, curves=dict(sorted(found.items())))
    _write(info.zoo / FILE, curves)
    return curves


def followed(manifest: Manifest) -> bool:
    """Whether a zoo measures what curves show."""
    return any(_figures(record) for record in manifest.models.values())


def read_curves(folder: Path, manifest: Manifest) -> Mapping[str, Curve]:
    """Curves of the networks as the manifest has them; none where no file lies there.

    Raises:
        ZooError: the file is damaged.
    """
    path = folder / FILE
    try:
        curves = Curves.model_validate_json(path.read_bytes()).curves
    except FileNotFoundError:
        return {}
    except ValidationError as error:
        raise ZooError(
            f"{path}: damaged: {error.errors()[0]['msg']}; make it again with `interpbench zoo curves`"
        ) from error
    models = manifest.models
    return {name: curve for name, curve in curves.items() if name in models and models[name].sha256 == curve.sha256}


def _take(watched: Watched, found: dict[str, Curve]) -> None:
    if watched.curve is not None:
        found[watched.network] = watched.curve


def _settled(store: Store, one: Training, record: ModelRecord) -> Watched | None:
    """What needs no training: made from another network, without the figures, or in the store."""
    if one.sources:
        return Watched(network=one.recipe, curve=None, reason="made from another network, not trained")
    if not _figures(record):
        return Watched(network=one.recipe, curve=None, reason="its task measures no accuracy")
    document = store.document("curves", one.name)
    return None if document is None else _judged(one, record, Curve.model_validate(document))


def _judged(one: Training, record: ModelRecord, curve: Curve) -> Watched:
    if curve.sha256 != record.sha256:
        return Watched(network=one.recipe, curve=None, reason="trained here, its weights come out otherwise")
    return Watched(network=one.recipe, curve=curve)


def _figures(record: ModelRecord) -> Sequence[str]:
    return [name for name in FIGURES if name in record.measured]


def _watch(slot: Slot, one: Training, record: ModelRecord, store: Store, empty: Path) -> Watched:
    payload: dict[str, Any] = {
        "source": str(one.info.source),
        "module": one.info.module,
        "class": one.info.class_name,
        "recipe": dict(one.document),
        "attempt": record.attempts - 1,
        "figures": list(_figures(record)),
        "salt": os.environ.get(SALT, ""),
    }
    job = CellJob(id=one.recipe, payload=payload, bundle=empty, plugin=one.info.folder, limits=LIMITS)
    result = slot.run(job)
    if CURVE not in result.files:
        return Watched(network=one.recipe, curve=None, reason=f"{result.status}: {result.reason} {result.log[-300:]}")
    curve = Curve.model_validate_json(result.files[CURVE])
    store.put_document("curves", one.name, curve.model_dump(mode="json"))
    return replace(_judged(one, record, curve), cached=False)


def _write(path: Path, curves: Curves) -> None:
    """A network a line, so that differences can be read."""
    lines = [f"  {json.dumps(name)}: {curve.model_dump_json()}" for name, curve in curves.curves.items()]
    text = '{"schema_version": %d, "task": %s, "curves": {\n%s\n}}\n'
    write_whole(path, (text % (curves.schema_version, json.dumps(curves.task), ",\n".join(lines))).encode())
