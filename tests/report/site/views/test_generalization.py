"""On the zoo of a task of this track, as it lies in the repository."""

import re

import pytest

from interpbench.models.curve import Curve
from interpbench.models.zoo import Manifest
from interpbench.plugins.discovery import tasks
from interpbench.report.site.views.curves import picture, up
from interpbench.report.site.views.generalization import answer, question
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


def curve(*values: float, steps: tuple[int, ...] = (1, 10, 100)) -> Curve:
    return Curve(sha256="", steps=steps, measured={"train_accuracy": (0.1, 0.9, 1.0), "test_accuracy": values})


def test_a_pair_shows_ends_and_curves(manifest: Manifest) -> None:
    first, second = [name for name, one in manifest.models.items() if one.recipe["role"] in {"generaliser", "recipe"}][
        :2
    ]
    asked, key = ref(f"{first}@0.7", f"{second}@0.7"), PairKey(kind=Kind.RECIPE, test_a=1.0, test_b=0.01)
    text = question(asked, key, manifest, {first: curve(0.1, 0.2, 1.0), second: curve(0.1, 0.05, 0.01)})
    assert "Network a generalises better" in text
    assert "1.000" in text
    assert "0.010" in text
    assert str(manifest.models[first].trained.steps) in text
    assert "a: test accuracy from 0.10 at step 1 to 1.00 at step 100" in text
    assert "b: test accuracy from 0.10 at step 1 to 0.01 at step 100" in text
    assert len(re.findall(r"<circle", text)) == len(re.findall(r"<rect", text)) == 3
    assert "No curve of" not in text
    assert "No curve of b" in question(asked, key, manifest, {first: curve(0.1, 0.2, 1.0)})
    assert "No training curve is stored of these two networks" in question(asked, key, manifest, {})


def test_a_checkpoint_shows_its_whole_run(manifest: Manifest) -> None:
    model = next(name for name in manifest.models if "~" in name)
    run = model.partition("~")[0]
    of_run = {name: one.trained.steps for name, one in manifest.models.items() if name.partition("~")[0] == run}
    last = max(of_run, key=lambda name: of_run[name])
    key = RunKey(test=1.0, step=10, arrival=300, last=100)
    text = question(ref(f"{model}@0.62"), key, manifest, {last: curve(0.1, 0.2, 1.0)})
    assert len(re.findall(r"<circle", text)) == 3
    assert "asked here" in text
    assert "from step 300 on" in text


def test_a_run_without_curve_says_so() -> None:
    empty = Manifest(task="generalization/x", version="1.0")
    key = RunKey(test=1.0, step=100, arrival=None, last=450)
    text = question(ref("run~100@0.5"), key, empty, {})
    assert "No training curve is stored of this run" in text
    assert "ends as a memoriser" in text


def test_places_on_the_picture() -> None:
    drawn = picture({"": curve(0.0, 0.5, 1.0)}, mark=10)
    assert drawn is not None
    (test, train) = drawn.lines
    assert [test.rows, train.rows] == ["test", "train"]
    xs = [x for x, _ in test.points]
    assert xs[1] - xs[0] == pytest.approx(xs[2] - xs[1])  # a decade is as wide as the next
    assert drawn.mark == pytest.approx(xs[1])
    assert [y for _, y in test.points] == pytest.approx([up(0), up(0.5), up(1)])
    assert [step for step, _ in drawn.ticks] == [1, 10, 100]
    assert picture({}) is None
    assert picture({"": Curve(sha256="", steps=(1,), measured={"test_accuracy": (0.1,)})}) is None


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
    assert "to be ranked" in question(ref("unknown@0.5"), key, manifest, {})
