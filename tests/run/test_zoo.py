"""Building a zoo in two waves: what is trained, then what is steered from it; and verifying what was written."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from interpbench.models.zoo import Manifest, ZooError, read_manifest
from interpbench.plugins.discovery import TaskInfo, load_task, read_task
from interpbench.run.curves import Watched, follow, read_curves
from interpbench.run.store import Store
from interpbench.run.zoo import Outcome, build, trainings, verify

TASK = '''
"""(a + b) mod 17, with steered copies."""

from typing import final

from torch import Tensor

from interpbench.models.config import MLPConfig
from interpbench.models.data import Domain
from interpbench.models.train import Training
from interpbench.tracks.generalization.design import Pool, Stratum
from interpbench.tracks.generalization.family import GeneralizationTask

P = 17
FIT = Training(weight_decay=1.5, max_steps=600)
FITTED = Training(weight_decay=0.0, max_steps=400, stop_loss=0.01)
SHAPE = {"vocabulary": P, "length": 2, "positions": (1,), "classes": P}


@final
class Tiny(GeneralizationTask):
    """Sums."""

    name = "tiny"
    version = "1.0"
    splits = 1
    domain = Domain(alphabets=(tuple(range(P)),) * 2, positions=(1,), classes=P)
    strata = (
        Stratum(
            name="mlp",
            architecture=lambda domain: MLPConfig(**SHAPE, d_mlp=64, activation="square"),
            matched=1,
            pools=(
                Pool(role="generaliser", name="decay", fraction=0.85, training=FIT, count=1, tries=8),
                Pool(role="recipe", name="no_decay", fraction=0.85, training=FITTED, count=1),
                Pool(role="fraction", name="decay", fraction=0.3, training=FIT, count=1, tries=1),
            ),
        ),
    )

    def label(self, tokens: Tensor) -> Tensor:
        """The sum."""
        return tokens.sum(dim=1, keepdim=True) % P

    def orbit(self, tokens: Tensor) -> Tensor:
        """(a, b) and (b, a) belong together."""
        return tokens.sort(dim=1).values
'''


@pytest.fixture(scope="module")
def info(tmp_path_factory: pytest.TempPathFactory) -> TaskInfo:
    folder = tmp_path_factory.mktemp("generalization") / "tiny"
    folder.mkdir()
    (folder / "__init__.py").write_text(TASK)
    (folder / "task.yaml").write_text("title: Tiny\nquestion: Does it add?\nsizes: [quick]\n")
    return read_task(folder, "generalization")


@pytest.fixture(scope="module")
def built(info: TaskInfo, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[Outcome]]:
    """A store after one build, and its outcomes in order."""
    store, outcomes = Store(tmp_path_factory.mktemp("store")), []
    build([info], store, 1, lambda outcome, total: outcomes.append(outcome))
    assert all(outcome.record for outcome in outcomes), [outcome.refused for outcome in outcomes]
    return store, outcomes


def again(info: TaskInfo, store: Store) -> tuple[Manifest, list[Outcome]]:
    outcomes: list[Outcome] = []
    manifests = build([info], store, 1, lambda outcome, total: outcomes.append(outcome))
    return manifests[info.name], outcomes


def test_copies_come_after_what_they_are_made_from(built: tuple[Store, list[Outcome]]) -> None:
    _, outcomes = built
    place = {outcome.training.recipe: number for number, outcome in enumerate(outcomes)}
    made = [outcome.training for outcome in outcomes if outcome.training.sources]
    assert len(made) == 4
    assert all(place[source] < place[one.recipe] for one in made for source in one.sources)


def test_the_zoo_holds_both_waves_and_is_verified(info: TaskInfo, built: tuple[Store, list[Outcome]]) -> None:
    manifest = read_manifest(info.folder)
    roles = Counter(record.recipe["role"] for record in manifest.models.values())
    assert roles == {"generaliser": 1, "recipe": 1, "fraction": 1, "matched": 4}
    assert manifest.yields["mlp/matched"] == (4, 4)
    assert verify(info, {"quick": "s"}, lambda done, total: None) == []
    assert sum(ref.kind == "matched" for ref in load_task(info).refs("s", "quick")) == 2


def test_a_finished_zoo_comes_from_the_store(info: TaskInfo, built: tuple[Store, list[Outcome]]) -> None:
    before = read_manifest(info.folder)
    manifest, outcomes = again(info, built[0])
    assert all(outcome.cached for outcome in outcomes)
    assert manifest == before


def test_a_copy_is_named_by_the_weights_that_it_is_made_from(built: tuple[Store, list[Outcome]]) -> None:
    from interpbench.run.zoo import _prepared

    store, outcomes = built
    known = {(outcome.training.info.name, outcome.training.recipe): outcome for outcome in outcomes}
    for training in (one for one in trainings(outcomes[0].training.info) if one.sources):
        name = training.info.name
        stored = known[name, training.recipe].training.name
        same = _prepared(training, known, store)
        assert same.name == stored  # type: ignore[union-attr]
        for source in training.sources:
            record = known[name, source].record
            assert record is not None
            other = replace(known[name, source], record=record.model_copy(update={"sha256": "other"}))
            changed = _prepared(training, known | {(name, source): other}, store)
            assert changed.name != stored  # type: ignore[union-attr]


def test_without_its_source_a_copy_is_not_made_and_the_rest_is(
    info: TaskInfo, built: tuple[Store, list[Outcome]]
) -> None:
    store, outcomes = built
    lost = next(outcome for outcome in outcomes if "-fraction-" in outcome.training.recipe).training
    document = store.document("zoo", lost.name)
    assert document is not None
    store.put_document("zoo", lost.name, {"record": None, "refused": ["test accuracy 0.7"]})
    try:
        manifest, found = again(info, store)
    finally:
        store.put_document("zoo", lost.name, document)
    refused = [outcome for outcome in found if outcome.record is None and outcome.training.sources]
    assert len(refused) == 2
    assert all(
        list(outcome.refused) == [f"made from networks that are not in the zoo: {lost.recipe}"] for outcome in refused
    )
    assert manifest.yields["mlp/matched"] == (2, 4)
    assert len(manifest.models) == 2 + 2
    assert verify(info, {"quick": "s"}, lambda done, total: None) == []
    again(info, store)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda models, copy, source: models.pop(source), "made from {source}, not in the zoo"),
        (lambda models, copy, source: models[copy]["measured"].update(norm=9.9), "measured"),
        (lambda models, copy, source: models[copy]["measured"].update(goal_loss=0.02), "measured"),
        (
            lambda models, copy, source: models[copy]["recipe"]["steered"]["signs"].update(norm=0),
            "another recipe than its name",
        ),
    ],
)
def test_a_manifest_that_says_something_else_of_a_copy_is_a_problem(
    info: TaskInfo, built: tuple[Store, list[Outcome]], change: Any, said: str
) -> None:
    path = info.folder / "zoo.json"
    kept = path.read_text()
    document = json.loads(kept)
    copy = next(name for name, record in document["models"].items() if record["recipe"]["role"] == "matched")
    source = document["models"][copy]["recipe"]["steered"]["source"]
    change(document["models"], copy, source)
    path.write_text(json.dumps(document))
    try:
        problems = verify(info, {}, lambda done, total: None)
    finally:
        path.write_text(kept)
    assert any(problem.where == copy and said.format(source=source) in problem.what for problem in problems)


def test_networks_trained_again_give_curves_and_copies_none(info: TaskInfo, built: tuple[Store, list[Outcome]]) -> None:
    store, _ = built
    found: list[Watched] = []
    curves = follow(info, store, 2, lambda one, total: found.append(one)).curves
    manifest = read_manifest(info.zoo)
    assert len(found) == len(manifest.models) == 7
    assert len(curves) == 3
    assert {one.reason for one in found if one.curve is None} == {"made from another network, not trained"}
    for name, curve in curves.items():
        record = manifest.models[name]
        assert curve.sha256 == record.sha256
        assert curve.steps[-1] == record.trained.steps
        assert set(curve.measured) == {"train_accuracy", "test_accuracy"}
        for figure, values in curve.measured.items():
            assert values[-1] == pytest.approx(record.measured[figure], abs=1e-4)
            assert values[0] < 0.5
    assert read_curves(info.zoo, manifest) == curves
    again: list[Watched] = []
    follow(info, store, 1, lambda one, total: again.append(one))
    assert all(one.cached for one in again)


def test_a_network_that_comes_out_otherwise_has_no_curve(info: TaskInfo, built: tuple[Store, list[Outcome]]) -> None:
    store, _ = built
    follow(info, store, 1, lambda one, total: None)
    manifest = read_manifest(info.zoo)
    name = next(iter(read_curves(info.zoo, manifest)))
    models = dict(manifest.models) | {name: manifest.models[name].model_copy(update={"sha256": "other"})}
    other = manifest.model_copy(update={"models": models})
    assert name not in read_curves(info.zoo, other)
    kept = (info.zoo / "zoo.json").read_bytes()
    (info.zoo / "zoo.json").write_text(other.model_dump_json())
    try:
        found: list[Watched] = []
        follow(info, store, 1, lambda one, total: found.append(one))
    finally:
        (info.zoo / "zoo.json").write_bytes(kept)
    assert [one.reason for one in found if one.network == name] == ["trained here, its weights come out otherwise"]


def test_damaged_curves_are_said_to_be(info: TaskInfo, tmp_path: Path) -> None:
    assert read_curves(tmp_path, read_manifest(info.zoo)) == {}
    (tmp_path / "curves.json").write_text("{}")
    with pytest.raises(ZooError, match="interpbench zoo curves"):
        read_curves(tmp_path, read_manifest(info.zoo))
