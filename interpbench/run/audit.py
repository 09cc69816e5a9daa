"""Gathers what an audit of a suite needs: every pair with what each trivial number says of its two models.

Trivial numbers are the rows of family `statistics`, the size of the true training set, and metadata: the place of a
model in its zoo file, of a unit in the plan, a hash of its name, and which of the two is called a. Of steered copies
the manifest states more: the scalars that were steered, and their gap in energy.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from interpbench.models.names import digest
from interpbench.plugins.family import Family
from interpbench.run.execute import Runner
from interpbench.run.judge import Keys, answers_of, records_of
from interpbench.run.plan import PlannedTask, Row
from interpbench.run.zoo_hash import zoo_hash
from interpbench.score.audit import COLUMNS
from interpbench.tracks.instance import Ref

METADATA = "metadata: "
COPY = "copy: "
ON_COPIES = ("norm", "loss", "margin", "confidence", "energy_gap")
ROWS = "training rows"


def trivial_numbers(runner: Runner, track: str) -> pd.DataFrame:
    """One row a (pair, feature), with the columns of `score.audit`.

    Args:
        runner: its plan holds the rows of family `statistics`, whose answers are stored.
        track: which track's pairs.
    """
    rows: list[tuple[Any, ...]] = []
    statistics = [row for row in runner.plan.rows if row.info is not None and row.info.family is Family.STATISTICS]
    for task in _tasks(runner, track):
        scores = _scores(runner, task, statistics)
        named = {row.variant or row.name: scores[row.name] for row in statistics}
        features = {**named, **_metadata(task)}
        for ref, better, worse in _decided(runner, task):
            rows += [*_pair(task, ref, features, better, worse), *_beyond(task, ref, better, worse)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def scores_of(runner: Runner, track: str, names: Collection[str]) -> pd.DataFrame:
    """The same table of what rows of the board answer, each under its name.

    Args:
        runner: its plan holds the rows.
        track: which track's pairs.
        names: of the rows.
    """
    rows: list[tuple[Any, ...]] = []
    chosen = [row for row in runner.plan.rows if row.name in names]
    for task in _tasks(runner, track):
        scores = _scores(runner, task, chosen)
        for ref, better, worse in _decided(runner, task):
            rows += _pair(task, ref, scores, better, worse)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def yields(runner: Runner, track: str) -> pd.DataFrame:
    """Networks kept and tried, by family, stratum and role."""
    rows = [
        (task.name.partition("/")[2], *group.partition("/")[::2], kept, tried)
        for task in runner.plan.tasks
        if task.info.track == track
        for group, (kept, tried) in task.task.manifest.yields.items()
    ]
    return pd.DataFrame(rows, columns=["family", "stratum", "role", "kept", "tried"])


def _tasks(runner: Runner, track: str) -> list[PlannedTask]:
    return [task for task in runner.plan.tasks if task.info.track == track]


def _decided(runner: Runner, task: PlannedTask) -> Iterator[tuple[Ref, int, int]]:
    """Pairs that hold something, with the places of the better and the worse network."""
    for ref, key in Keys(runner.store, task, zoo_hash(task.info)).read():
        if len(ref.units) == 2 and key.differ:
            yield (ref, 0, 1) if key.a_generalises else (ref, 1, 0)


def _pair(
    task: PlannedTask, ref: Ref, features: Mapping[str, Mapping[str, float]], better: int, worse: int
) -> list[tuple[Any, ...]]:
    place = _place(task, ref, better, worse)
    return [
        (*place, name, values.get(ref.units[better], float("nan")), values.get(ref.units[worse], float("nan")))
        for name, values in features.items()
    ]


def _beyond(task: PlannedTask, ref: Ref, better: int, worse: int) -> list[tuple[Any, ...]]:
    """What is known of a pair beside the scores of its networks."""
    place = _place(task, ref, better, worse)
    found: list[tuple[Any, ...]] = []
    records = [task.task.manifest.models[ref.units[one].rpartition("@")[0]] for one in (better, worse)]
    if all(record.recipe.get("steered") for record in records):
        found += [
            (*place, f"{COPY}{name.replace('_', '-')}", *(record.measured[name] for record in records))
            for name in ON_COPIES
        ]
    found.append((*place, f"{METADATA}called a", float(better == 0), float(worse == 0)))
    return found


def _place(task: PlannedTask, ref: Ref, better: int, worse: int) -> tuple[str, ...]:
    models = [model for _, model in ref.members]
    recipe = str(task.task.manifest.models[models[worse]].recipe["name"])
    return task.name.partition("/")[2], ref.group.partition("/")[0], ref.kind, recipe, models[better], models[worse]


def _scores(runner: Runner, task: PlannedTask, rows: Iterable[Row]) -> dict[str, dict[str, float]]:
    """Row -> unit -> score, as the row gives it: no sign is turned."""
    out: dict[str, dict[str, float]] = {}
    for row in rows:
        answers = answers_of(task, records_of(runner, task, row))
        scores = {unit: getattr(answer, "score", None) for unit, answer in answers.items()}
        out[row.name] = {unit: score for unit, score in scores.items() if score is not None}
    return out


def _metadata(task: PlannedTask) -> dict[str, dict[str, float]]:
    """What is known of a unit without its weights."""
    records = task.task.manifest.models
    stored = {model: float(place) for place, model in enumerate(records)}
    planned = {unit: float(place) for place, unit in enumerate(task.units)}
    of = {unit: unit.rpartition("@")[0] for unit in task.units}
    return {
        ROWS: {unit: records[model].measured["n_train"] for unit, model in of.items()},
        f"{METADATA}place in the zoo": {unit: stored[model] for unit, model in of.items()},
        f"{METADATA}place in the plan": planned,
        f"{METADATA}hash of the name": {unit: float(int(digest(unit, size=4), 16)) for unit in task.units},
    }
