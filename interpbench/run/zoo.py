"""Building and verifying zoos: resumable, in the same isolated slots as cells, with every key re-derived."""

import hashlib
import json
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load

import interpbench
from interpbench.bundle.outcome import Limits
from interpbench.models.forward import Params
from interpbench.models.names import digest
from interpbench.models.zoo import Manifest, ModelRecord, load_params, read_manifest, write_zoo
from interpbench.plugins.discovery import TaskInfo, load_task
from interpbench.run.isolate.job import CellJob
from interpbench.run.isolate.levels import Isolation
from interpbench.run.isolate.slot import Slot
from interpbench.run.store import Store
from interpbench.run.training import RECORD, WEIGHTS
from interpbench.tracks.instance import Problem

LIMITS = Limits(wall_seconds=120, memory_bytes=4 * 1024**3)
"""Of one recipe with all its attempts."""

FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Training:
    """One recipe to train."""

    info: TaskInfo
    size: str
    recipe: str
    role: str
    name: str
    """Under which the result is cached."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a training ended with; `record` is None where no attempt passed its gate."""

    training: Training
    record: ModelRecord | None
    refused: Sequence[str]
    cached: bool


def trainings(info: TaskInfo) -> list[Training]:
    """All recipes of all sizes of a task, each once."""
    task = load_task(info)
    root = Path(interpbench.__file__).parent
    names = ("train.py", "forward.py", "transformer.py", "mlp.py", "recurrent.py")
    trainer = [hashlib.sha256((root / "models" / name).read_bytes()).hexdigest() for name in names]
    found: dict[str, Training] = {}
    for size in info.card.sizes:
        for recipe in task.recipes(size):
            if recipe.id in found:
                continue
            name = digest("zoo", info.name, recipe.model_dump(mode="json"), task.data_hash(recipe), trainer)
            found.setdefault(
                recipe.id,
                Training(info=info, size=size, recipe=recipe.id, role=f"{recipe.stratum}/{recipe.role}", name=name),
            )
    return list(found.values())


def build(
    infos: Sequence[TaskInfo],
    store: Store,
    jobs: int,
    progress: Callable[[Outcome, int], None],
) -> dict[str, Manifest]:
    """Trains what is not cached in the store, and packs a zoo beside each task.

    Args:
        infos: tasks to build.
        store: keeps every finished network, so that an interrupted build goes on.
        jobs: networks trained at a time.
        progress: called with each outcome and the total.

    Returns:
        Task name -> manifest, as written.
    """
    work = [training for info in infos for training in trainings(info)]
    done: dict[str, list[Outcome]] = {info.name: [] for info in infos}
    waiting: queue.SimpleQueue[Training] = queue.SimpleQueue()
    missing = 0
    for training in work:
        cached = _cached(store, training)
        if cached is None:
            waiting.put(training)
            missing += 1
        else:
            done[training.info.name].append(cached)
            progress(cached, len(work))
    if missing:
        for outcome in _train_all(waiting, store, min(jobs, missing)):
            done[outcome.training.info.name].append(outcome)
            progress(outcome, len(work))
    return {info.name: _pack(info, store, done[info.name]) for info in infos}


def _cached(store: Store, training: Training) -> Outcome | None:
    document = store.document("zoo", training.name)
    if document is None:
        return None
    record = document["record"]
    return Outcome(
        training=training,
        record=None if record is None else ModelRecord.model_validate(record),
        refused=document["refused"],
        cached=True,
    )


def _train_all(waiting: "queue.SimpleQueue[Training]", store: Store, slots: int) -> Iterator[Outcome]:
    outcomes: queue.SimpleQueue[Outcome | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()
    empty = store.root / "zoo" / "empty"
    empty.mkdir(parents=True, exist_ok=True)
    opened: list[Slot] = []

    def work() -> None:
        try:
            with Slot(
                level=Isolation.PROCESS, entry="interpbench.run.training:train_recipe", hidden=(), bundles=empty.parent
            ) as slot:
                opened.append(slot)
                while not stop.is_set():
                    try:
                        training = waiting.get_nowait()
                    except queue.Empty:
                        break
                    outcomes.put(_train_one(slot, training, store, empty))
        except BaseException as error:
            outcomes.put(error)
        outcomes.put(None)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(slots)]
    for thread in threads:
        thread.start()
    try:
        running = slots
        while running:
            outcome = outcomes.get()
            if outcome is None:
                running -= 1
            elif isinstance(outcome, BaseException):
                raise outcome
            else:
                yield outcome
    finally:
        stop.set()
        if any(thread.is_alive() for thread in threads):
            for slot in opened:
                slot.close()


def _train_one(slot: Slot, training: Training, store: Store, empty: Path) -> Outcome:
    info = training.info
    result = slot.run(
        CellJob(
            id=training.recipe,
            payload={
                "source": str(info.source),
                "module": info.module,
                "class": info.class_name,
                "size": training.size,
                "recipe": training.recipe,
            },
            bundle=empty,
            plugin=info.folder,
            limits=LIMITS,
        )
    )
    if RECORD not in result.files:
        return Outcome(
            training=training,
            record=None,
            refused=[f"{result.status}: {result.reason} {result.log[-500:]}"],
            cached=False,
        )
    document = json.loads(result.files[RECORD])
    if document["record"] is not None:
        store.write(store.root / "zoo" / f"{training.name}.safetensors", result.files[WEIGHTS])
    store.put_document("zoo", training.name, document)
    outcome = _cached(store, training)
    assert outcome is not None
    return Outcome(training=training, record=outcome.record, refused=outcome.refused, cached=False)


def _pack(info: TaskInfo, store: Store, outcomes: Sequence[Outcome]) -> Manifest:
    yields: dict[str, tuple[int, int]] = {}
    models: dict[str, ModelRecord] = {}
    weights: dict[str, Params] = {}
    for outcome in sorted(outcomes, key=lambda outcome: digest(outcome.training.recipe)):
        passed, tried = yields.get(outcome.training.role, (0, 0))
        kept = outcome.record is not None
        yields[outcome.training.role] = (passed + kept, tried + len(outcome.refused) + kept)
        if outcome.record is not None:
            models[outcome.training.recipe] = outcome.record
            weights[outcome.training.recipe] = load(
                (store.root / "zoo" / f"{outcome.training.name}.safetensors").read_bytes()
            )
    for name in load_task(info).spare(models):
        del models[name], weights[name]
    manifest = Manifest(task=info.name, version=info.version, models=models, yields=dict(sorted(yields.items())))
    return write_zoo(info.folder, manifest, weights)


def verify(info: TaskInfo, seeds: dict[str, str], progress: Callable[[int, int], None]) -> list[Problem]:
    """Re-derives everything that a zoo states: file hash, weights' hashes, measurements, gates, and every key.

    Args:
        info: the task.
        seeds: size -> suite seed of every suite that uses it.
        progress: called with instances done and in all.
    """
    manifest = read_manifest(info.folder)
    problems: list[Problem] = []
    path = info.folder / "zoo.safetensors"
    if hashlib.sha256(path.read_bytes()).hexdigest() != manifest.sha256:
        problems.append(Problem(where=str(path), what="the file is not the one that the manifest was written for"))
    task: Any = load_task(info)
    stated: dict[str, Any] = {}
    for size in info.card.sizes:
        stated |= {recipe.id: recipe for recipe in task.recipes(size)}
    for name, record in manifest.models.items():
        params = load_params(info.folder, name, record)
        if name not in stated:
            problems.append(Problem(where=name, what="no recipe of the task makes this network"))
            continue
        measured = task.measure(stated[name], params)
        wrong = [key for key, value in measured.items() if abs(value - record.measured.get(key, float("nan"))) > 1e-6]
        if wrong or set(measured) != set(record.measured):
            problems.append(Problem(where=name, what=f"measured {measured}, manifest says {record.measured}"))
        why = task.gate(stated[name], measured)
        if why is not None:
            problems.append(Problem(where=name, what=why))
    refs = [ref for size, seed in seeds.items() for ref in task.refs(seed, size)]
    for place, ref in enumerate(refs):
        problems += task.check(task.build(ref))
        progress(place + 1, len(refs))
    return problems
