"""Generalization: the two networks with what became of them, and for checkpoints the curve of their run.

The zoo stores test accuracies along a run for runs alone; of pairs it stores their end, and no curve is invented.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from interpbench.models.zoo import Manifest, ModelRecord
from interpbench.report.site.render import render
from interpbench.report.site.views.keys import answered, keyed
from interpbench.report.site.views.panel import Panels
from interpbench.run.execute import Runner
from interpbench.run.judged import JudgedTrack
from interpbench.tracks.generalization.answer import UnitAnswer
from interpbench.tracks.generalization.key import PairKey, RunKey
from interpbench.tracks.instance import Ref

WIDTH, HEIGHT, MARGIN = 360, 180, 34


@dataclass(frozen=True, kw_only=True)
class Network:
    """One network of a question."""

    name: str
    test: float | None
    recipe: str
    steps: int | None
    loss: float | None


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Test accuracies along a run, as points of a picture; `mark` is where the question stands."""

    points: Sequence[tuple[float, float]]
    told: Sequence[tuple[int, float]]
    mark: float
    last: int


def view(runner: Runner, of: JudgedTrack) -> Panels:
    """Pieces for every question whose key the store holds."""
    questions: dict[str, dict[str, str]] = {}
    answers: dict[str, dict[str, str]] = {}
    for task in of.tasks:
        keys = keyed(runner, task)
        questions[task.name] = {ref.id: question(ref, key, task.task.manifest) for ref, key in keys}
        for row, found in answered(of, task):
            answers.setdefault(row, {}).update({ref.id: answer(ref, key, found) for ref, key in keys})
    return Panels(questions=questions, answers=answers)


def question(ref: Ref, key: object, manifest: Manifest) -> str:
    """The networks with their truth."""
    curve = None
    if isinstance(key, RunKey):
        curve = curve_of(_model(ref.units[0]), key, manifest)
    return render(
        "generalization-question.html.jinja",
        networks=[_network(unit, place, key, manifest) for place, unit in enumerate(ref.units)],
        curve=curve,
        key=key,
        kind=ref.kind,
        pair=isinstance(key, PairKey),
        run=isinstance(key, RunKey),
        box=(WIDTH, HEIGHT, MARGIN),
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


def curve_of(model: str, key: RunKey, manifest: Manifest) -> Curve | None:
    """What the manifest holds of a run, if it holds two points at least."""
    run = model.partition("~")[0]
    points = {
        int(record.recipe.get("step") or key.last): record.measured["test_accuracy"]
        for name, record in manifest.models.items()
        if name.partition("~")[0] == run and "test_accuracy" in record.measured
    }
    if len(points) < 2:
        return None
    told = sorted(points.items())

    def across(step: int) -> float:
        return MARGIN + (WIDTH - 2 * MARGIN) * step / max(key.last, 1)

    return Curve(
        points=[(across(step), HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * value) for step, value in told],
        told=told,
        mark=across(key.step),
        last=key.last,
    )


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
