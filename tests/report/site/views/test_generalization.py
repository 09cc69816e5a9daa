"""On the zoo of a task of this track, as it lies in the repository."""

import re

import pytest

from interpbench.models.zoo import Manifest
from interpbench.plugins.discovery import tasks
from interpbench.report.site.views.generalization import answer, curve_of, question
from interpbench.tracks.generalization.answer import UnitAnswer
from interpbench.tracks.generalization.key import GradedKey, PairKey, RunKey
from interpbench.tracks.generalization.recipe import Kind
from interpbench.tracks.instance import Ref


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    folder = tasks()["generalization/modular_addition"].folder
    return Manifest.model_validate_json((folder / "zoo.json").read_bytes())


def ref(*units: str) -> Ref:
    return Ref(
        task="generalization/modular_addition",
        suite_seed="s",
        index=0,
        kind="recipe",
        units=units,
        group="g",
        members=tuple(("generaliser", unit) for unit in units),
    )


def test_a_pair_shows_the_ends_and_says_that_no_curve_is_stored(manifest: Manifest) -> None:
    first, second = [name for name, one in manifest.models.items() if one.recipe["role"] in {"generaliser", "recipe"}][
        :2
    ]
    text = question(ref(f"{first}@0.7", f"{second}@0.7"), PairKey(kind=Kind.RECIPE, test_a=1.0, test_b=0.01), manifest)
    assert "Network a generalises better" in text
    assert "1.000" in text
    assert "0.010" in text
    assert str(manifest.models[first].trained.steps) in text
    assert "stores no training curve of pairs" in text
    assert "<svg" not in text


def test_the_curve_of_a_run_is_what_the_manifest_holds(manifest: Manifest) -> None:
    model = next(name for name in manifest.models if "~" in name)
    run = model.partition("~")[0]
    key = RunKey(test=1.0, step=100, arrival=300, last=450)
    curve = curve_of(model, key, manifest)
    assert curve is not None
    held = {
        int(one.recipe.get("step") or 450): one.measured["test_accuracy"]
        for name, one in manifest.models.items()
        if name.partition("~")[0] == run
    }
    assert dict(curve.told) == held
    heights = [y for _, y in curve.points]
    assert [value for _, value in curve.told] == pytest.approx([(146 - y) / 112 for y in heights])
    text = question(ref(f"{model}@0.62"), key, manifest)
    assert len(re.findall(r"<circle", text)) == len(held)
    assert "from step 300 on" in text


def test_a_run_without_checkpoints_has_no_curve() -> None:
    empty = Manifest(task="generalization/x", version="1.0")
    key = RunKey(test=1.0, step=100, arrival=None, last=450)
    assert curve_of("run~100", key, empty) is None
    text = question(ref("run~100@0.5"), key, empty)
    assert "stores no training curve of this run" in text
    assert "ends as a memoriser" in text


def test_answers_stand_beside_the_truth() -> None:
    key = PairKey(kind=Kind.RECIPE, test_a=0.1, test_b=1.0)
    text = answer(ref("a", "b"), key, {"a": UnitAnswer(score=1.0), "b": UnitAnswer(score=2.5)})
    assert "The larger score is that of b" in text
    assert "The better network is b" in text
    text = answer(ref("a", "b"), key, {"a": UnitAnswer(not_applicable="no <rows>"), "b": None})
    assert "no &lt;rows&gt;" in text
    assert "no answer" in text
    assert "larger score" not in text
    null = PairKey(kind=Kind.NULL, test_a=1.0, test_b=1.0)
    assert "larger score" not in answer(ref("a", "b"), null, {"a": UnitAnswer(score=1.0), "b": UnitAnswer(score=2.0)})


def test_one_network_alone_is_a_question_too(manifest: Manifest) -> None:
    key = GradedKey(test=0.5, log_norm=1.0, log_loss=-2.0, n_train=100.0)
    assert "to be ranked" in question(ref("unknown@0.5"), key, manifest)
