"""Building and verifying zoos: resumable, in the same isolated slots as cells, with every key re-derived."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from safetensors.torch import load

import interpbench
from interpbench.bundle.outcome import Limits
from interpbench.models.forward import Params
from interpbench.models.names import SALT, digest
from interpbench.models.zoo import Manifest, ModelRecord, load_params, read_manifest, write_zoo
from interpbench.plugins.discovery import TaskInfo, load_task
from interpbench.run.isolate.job import CellJob
from interpbench.run.isolate.slot import Slot
from interpbench.run.slots import in_slots
from interpbench.run.store import Store
from interpbench.run.training import RECORD, WEIGHTS
from interpbench.tracks.instance import Problem

LIMITS = Limits(wall_seconds=1200, memory_bytes=4 * 1024**3)
"""Of one recipe with all its attempts."""

FAILED = "failed"

TRAINER = tuple(f"models/{name}.py" for name in ("train", "forward", "transformer", "mlp", "recurrent", "stream"))
"""Source that the weights of a trained network depend on."""
STEERER = (
    *("models/steer.py", "models/subject.py"),
    *(f"toolkit/{name}.py" for name in ("balance", "energy", "row_loss", "tempering", "unlabelled")),
    *(f"tracks/generalization/{name}.py" for name in ("matched", "steering")),
)
"""The same of one that is made from others, beside the trainer's."""


@dataclass(frozen=True, kw_only=True)
class Training:
    """One recipe to train."""

    info: TaskInfo
    recipe: str
    role: str
    name: str
    """Under which the result is cached."""
    document: Mapping[str, Any]
    """The recipe as data."""
    sources: tuple[str, ...] = ()
    """Recipes whose networks it is made from; `name` is final once they are known."""
    given: Mapping[str, Path] = field(default_factory=dict)
    """Their weights."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a training ended with; `record` is None where no attempt passed its gate."""

    training: Training
    record: ModelRecord | None
    refused: Sequence[str]
    cached: bool


def trainings(info: TaskInfo, sizes: Sequence[str] = ()) -> list[Training]:
    """All recipes of some sizes of a task, each once; of all sizes where none is named."""
    task = load_task(info)
    trainer, steerer = _hashes(TRAINER), _hashes(STEERER)
    found: dict[str, Training] = {}
    for size in sizes or info.card.sizes:
        for recipe in task.recipes(size):
            if recipe.id in found:
                continue
            source = [*trainer, *steerer] if recipe.sources else trainer
            name = digest("zoo", info.name, recipe.model_dump(mode="json"), task.data_hash(recipe), source)
            found[recipe.id] = Training(
                info=info,
                recipe=recipe.id,
                role=f"{recipe.stratum}/{recipe.role}",
                name=name,
                document=recipe.model_dump(mode="json"),
                sources=recipe.sources,
            )
    return list(found.values())


def _hashes(files: Sequence[str]) -> list[str]:
    root = Path(interpbench.__file__).parent
    return [hashlib.sha256((root / name).read_bytes()).hexdigest() for name in files]


def build(
    infos: Sequence[TaskInfo],
    store: Store,
    jobs: int,
    progress: Callable[[Outcome, int], None],
    sizes: Mapping[str, str] | None = None,
) -> dict[str, Manifest]:
    """Trains what is not cached in the store, and packs a zoo beside each task.

    Networks that are made from others come in a second wave, when those others are there.

    Args:
        infos: tasks to build.
        store: keeps every finished network, so that an interrupted build goes on.
        jobs: networks trained at a time.
        progress: called with each outcome and the total.
        sizes: task name -> the only size whose networks are wanted; all sizes where it is left out.

    Returns:
        Task name -> manifest, as written.
    """
    work = [one for info in infos for one in trainings(info, [sizes[info.name]] if sizes else ())]
    done: dict[str, list[Outcome]] = {info.name: [] for info in infos}
    for made_from_others in (False, True):
        known = {(name, one.training.recipe): one for name, outcomes in done.items() for one in outcomes}
        wave = [_prepared(one, known, store) for one in work if bool(one.sources) is made_from_others]
        for outcome in _wave(wave, store, jobs):
            done[outcome.training.info.name].append(outcome)
            progress(outcome, len(work))
    return {info.name: _pack(info, store, done[info.name]) for info in infos if info.card.networks}


def retrained(info: TaskInfo, size: str, recipe: str, store: Store) -> Outcome:
    """One network trained again from its recipe; and those that it is made from, of the same zoo.

    Raises:
        KeyError: the size has no such recipe.
    """
    known = {one.recipe: one for one in trainings(info, [size])}
    wanted = known[recipe]
    done: dict[tuple[str, str], Outcome] = {}
    for name in (*wanted.sources, recipe):
        prepared = _prepared(known[name], done, store)
        (outcome,) = _wave([prepared], store, 1)
        done[info.name, name] = outcome
    return done[info.name, recipe]


def _prepared(training: Training, known: Mapping[tuple[str, str], Outcome], store: Store) -> Training | Outcome:
    """The training with the weights of its sources, by whose hashes its result is named; or why there is none."""
    if not training.sources:
        return training
    found = {name: known[training.info.name, name] for name in training.sources}
    missing = [name for name, outcome in found.items() if outcome.record is None]
    if missing:
        refused = [f"made from networks that are not in the zoo: {', '.join(missing)}"]
        return Outcome(training=training, record=None, refused=refused, cached=False)
    hashes = [outcome.record.sha256 for outcome in found.values() if outcome.record is not None]
    given = {name: _weights(store, outcome.training) for name, outcome in found.items()}
    return replace(training, name=digest(training.name, hashes), given=given)


def _wave(wave: Sequence[Training | Outcome], store: Store, jobs: int) -> Iterator[Outcome]:
    """What is settled or cached first, then what has to be trained."""
    missing: list[Training] = []
    for one in wave:
        outcome = _cached(store, one) if isinstance(one, Training) else one
        if outcome is not None:
            yield outcome
        elif isinstance(one, Training):
            missing.append(one)
    empty = store.root / "zoo" / "empty"
    empty.mkdir(parents=True, exist_ok=True)
    yield from in_slots(
        missing,
        lambda slot, training: _train_one(slot, training, store, empty),
        entry="interpbench.run.training:train_recipe",
        bundles=empty.parent,
        slots=jobs,
    )


def _weights(store: Store, training: Training) -> Path:
    return store.root / "zoo" / f"{training.name}.safetensors"


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


def _train_one(slot: Slot, training: Training, store: Store, empty: Path) -> Outcome:
    info = training.info
    result = slot.run(
        CellJob(
            id=training.recipe,
            payload={
                "source": str(info.source),
                "module": info.module,
                "class": info.class_name,
                "recipe": dict(training.document),
                "given": {name: str(path.resolve()) for name, path in training.given.items()},
                "salt": os.environ.get(SALT, ""),
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
        store.write(_weights(store, training), result.files[WEIGHTS])
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
            weights[outcome.training.recipe] = load(_weights(store, outcome.training).read_bytes())
    for name in load_task(info).spare(models):
        del models[name], weights[name]
    manifest = Manifest(task=info.name, version=info.version, models=models, yields=dict(sorted(yields.items())))
    info.zoo.mkdir(parents=True, exist_ok=True)
    return write_zoo(info.zoo, manifest, weights)


def verify(info: TaskInfo, seeds: dict[str, str], progress: Callable[[int, int], None]) -> list[Problem]:
    """Re-derives everything that a zoo states: file hash, weights' hashes, measurements, gates, and every key.

    Of a task without networks there are keys alone.

    Args:
        info: the task.
        seeds: size -> suite seed of every suite that uses it.
        progress: called with instances done and in all.
    """
    task: Any = load_task(info)
    problems = _networks(info, task) if info.card.networks else []
    refs = [ref for size, seed in seeds.items() for ref in task.refs(seed, size)]
    for place, ref in enumerate(refs):
        problems += task.check(task.build(ref))
        progress(place + 1, len(refs))
    return problems


def _networks(info: TaskInfo, task: Any) -> list[Problem]:
    """Faults of the weights, and of what the manifest says of them."""
    manifest = read_manifest(info.zoo)
    problems: list[Problem] = []
    path = info.zoo / "zoo.safetensors"
    if hashlib.sha256(path.read_bytes()).hexdigest() != manifest.sha256:
        problems.append(Problem(where=str(path), what="the file is not the one that the manifest was written for"))
    stated: dict[str, Any] = {}
    for size in info.card.sizes:
        stated |= {recipe.id: recipe for recipe in task.recipes(size)}
    for name, record in manifest.models.items():
        params = load_params(info.zoo, name, record)
        if name not in stated:
            problems.append(Problem(where=name, what="no recipe of the task makes this network"))
            continue
        if type(stated[name]).model_validate(record.recipe).id != name:
            problems.append(Problem(where=name, what="the manifest states another recipe than its name"))
        absent = [source for source in stated[name].sources if source not in manifest.models]
        if absent:
            problems.append(Problem(where=name, what=f"made from {', '.join(absent)}, not in the zoo"))
            continue
        measured = task.measure(stated[name], params)
        wrong = [
            key
            for key, value in measured.items()
            if abs(value - record.measured.get(key, float("nan"))) > 1e-6 * max(1, abs(value))
        ]
        if wrong or set(measured) != set(record.measured):
            problems.append(Problem(where=name, what=f"measured {measured}, manifest says {record.measured}"))
        why = task.gate(stated[name], measured)
        if why is not None:
            problems.append(Problem(where=name, what=why))
    return problems
