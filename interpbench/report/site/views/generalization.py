"""Generalization: the two networks with what became of them, and the curves of their trainings."""

from collections.abc import Mapping
from dataclasses import dataclass

from interpbench.models.curve import Curve
from interpbench.models.zoo import Manifest, ModelRecord
from interpbench.report.site.render import render
from interpbench.report.site.views.curves import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, picture, up
from interpbench.report.site.views.keys import answered, keyed
from interpbench.report.site.views.panel import Panels
from interpbench.run.curves import read_curves
from interpbench.run.execute import Runner
from interpbench.run.judged import JudgedTrack
from interpbench.tracks.generalization.answer import UnitAnswer
from interpbench.tracks.generalization.key import PairKey, RunKey
from interpbench.tracks.instance import Ref


@dataclass(frozen=True, kw_only=True)
class Network:
    """One network of a question."""

    name: str
    test: float | None
    recipe: str
    steps: int | None
    loss: float | None


def view(runner: Runner, of: JudgedTrack) -> Panels:
    """Pieces for every question whose key the store holds."""
    questions: dict[str, dict[str, str]] = {}
    answers: dict[str, dict[str, str]] = {}
    for task in of.tasks:
        keys, curves = keyed(runner, task), read_curves(task.info.zoo, task.task.manifest)
        questions[task.name] = {ref.id: question(ref, key, task.task.manifest, curves) for ref, key in keys}
        for row, found in answered(of, task):
            answers.setdefault(row, {}).update({ref.id: answer(ref, key, found) for ref, key in keys})
    return Panels(questions=questions, answers=answers)


def question(ref: Ref, key: object, manifest: Manifest, curves: Mapping[str, Curve]) -> str:
    """The networks with their truth, and how they came to it."""
    pair, run = isinstance(key, PairKey), isinstance(key, RunKey)
    models = dict(zip("ab", map(_model, ref.units), strict=False)) if pair else {"": _model(ref.units[0])}
    if run:
        models = {"": _last(models[""], manifest)}
    known = {place: curves[model] for place, model in models.items() if model in curves}
    return render(
        "generalization-question.html.jinja",
        networks=[_network(unit, place, key, manifest) for place, unit in enumerate(ref.units)],
        picture=picture(known, key.step if isinstance(key, RunKey) else None),
        lacking=[place for place in models if place not in known],
        key=key,
        kind=ref.kind,
        pair=pair,
        run=run,
        box=(WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM),
        up=up,
    )


def answer(ref: Ref, key: object, found: Mapping[str, object]) -> str:
    """The score of each network, and whether the better one has the larger."""
    given = [one if isinstance(one := found.get(unit), UnitAnswer) else None for unit in ref.units]
    scores = [None if one is None else one.score for one in given]
    verdict = ""
    if isinstance(key, PairKey) and key.differ and len(scores) == 2 and None not in scores:
        first, second = (float(score or 0.0) for score in scores)
        verdict = "a tie" if first == second else "a" if first > second else "b"
    return render(
        "generalization-answer.html.jinja",
        rows=list(zip("ab", scores, [None if one is None else one.not_applicable for one in given], strict=False)),
        verdict=verdict,
        key=key,
        pair=isinstance(key, PairKey),
    )


def _last(model: str, manifest: Manifest) -> str:
    """The network at the end of a checkpoint's run, which has the curve of the whole of it."""
    run = model.partition("~")[0]
    of_run = [name for name in manifest.models if name.partition("~")[0] == run]
    return max(of_run, key=lambda name: manifest.models[name].trained.steps, default=model)


def _model(unit: str) -> str:
    """The network of a unit, without the share of rows that is shown with it."""
    return unit.rpartition("@")[0] or unit


def _network(unit: str, place: int, key: object, manifest: Manifest) -> Network:
    record: ModelRecord | None = manifest.models.get(_model(unit))
    test = (key.test_a, key.test_b)[place] if isinstance(key, PairKey) and place < 2 else getattr(key, "test", None)
    if record is None:
        return Network(name=unit, test=test, recipe="", steps=None, loss=None)
    recipe = " ".join(str(record.recipe[part]) for part in ("role", "name") if record.recipe.get(part))
    return Network(
        name=unit, test=test, recipe=recipe.replace("_", " "), steps=record.trained.steps, loss=record.trained.loss
    )
