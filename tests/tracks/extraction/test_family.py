"""A small task, trained for the purpose: rows, gates, keys, checks and the way of a theory through the track."""

import json
from typing import final

import pytest
import torch

from interpbench.bundle.tier import Tier
from interpbench.models.config import MLPConfig
from interpbench.models.train import Training
from interpbench.models.zoo import Manifest, ModelRecord, rounded, tensors_hash
from interpbench.theory import parse
from interpbench.tracks.context import Context
from interpbench.tracks.extraction.enter import EntersExtraction, Extracted
from interpbench.tracks.extraction.family import ExtractionTask
from interpbench.tracks.extraction.key import Kind
from interpbench.tracks.extraction.recipe import Recipe
from interpbench.tracks.extraction.track import TRACK

ALPHABETS = ((0, 1, 2),) * 5
RULE = "def rule(x):\n    if x[4] == 0:\n        return x[1]\n    return (x[0] + x[2]) % 3\n"
CONFIG = MLPConfig(vocabulary=3, length=5, positions=(4,), classes=3, d_mlp=96)


def recipe(role: Kind, rule: str, number: int, training: Training, shown: int = 60) -> Recipe:
    return Recipe(
        role=role,
        name="selection",
        stratum="mlp",
        config=CONFIG,
        number=number,
        theory=rule,
        alphabets=ALPHABETS,
        classes=3,
        shown=shown,
        training=training,
    )


STREAM = Training(learning_rate=1e-2, weight_decay=0.01, max_steps=1500, decay=0.5, stop_loss=1e-4)
RECIPES = [
    recipe(Kind.PLAIN, RULE, 0, STREAM),
    recipe(Kind.NULL, "def rule(x): return 0", 0, Training(weight_decay=0.0, max_steps=600, stop_loss=1e-3)),
]


@final
class Small(ExtractionTask):
    name = "small"
    version = "1.0"

    def recipes(self, size: str) -> list[Recipe]:
        return RECIPES

    def within(self, recipe: Recipe, size: str) -> bool:
        return size != "smoke" or recipe.role is Kind.PLAIN


@pytest.fixture(scope="module")
def task() -> Small:
    untrained = Small()
    weights, records = {}, {}
    for one in untrained.recipes("quick"):
        params, trained = untrained.train(one, 0)
        weights[one.id] = rounded(params)
        records[one.id] = ModelRecord(
            config=one.config,
            sha256=tensors_hash(params),
            recipe=one.model_dump(mode="json"),
            trained=trained,
            measured=untrained.measure(one, weights[one.id]),
        )
    return Small(Manifest(task="extraction/small", version="1.0", models=records), weights.__getitem__)


def test_the_network_implements_its_rule_on_every_branch(task: Small) -> None:
    plain, null = (task.manifest.models[one.id].measured for one in RECIPES)
    assert [task.gate(one, task.manifest.models[one.id].measured) for one in RECIPES] == [None, None]
    assert plain["branches"] == 2
    assert plain["worst_branch"] >= 0.999
    assert null == {"train_accuracy": 1.0}


def test_gates_refuse_what_does_not(task: Small) -> None:
    plain = task.manifest.models[RECIPES[0].id].measured
    assert "train accuracy" in (task.gate(RECIPES[0], plain | {"train_accuracy": 0.99}) or "")
    assert "on a branch" in (task.gate(RECIPES[0], plain | {"worst_branch": 0.99}) or "")
    assert "was met by" in (task.gate(RECIPES[0], plain | {"rarest_branch": 10.0}) or "")
    other = recipe(Kind.PLAIN, RULE.replace("x[1]", "x[3]"), 0, STREAM)
    params = task.load(RECIPES[0].id)
    assert task.gate(other, task.measure(other, params)) is not None  # another rule's network


def test_rows_follow_the_rule_and_not_the_network(task: Small) -> None:
    rows = task.rows(RECIPES[0])
    assert len(rows) == 60
    assert len(torch.unique(rows.tokens, dim=0)) == 60
    assert rows.labels[:, 0].tolist() == [parse(RULE).run(row) for row in rows.tokens.tolist()]
    again = RECIPES[0].model_copy(update={"stratum": "other", "training": Training()})
    assert torch.equal(task.rows(again).tokens, rows.tokens)
    null = task.rows(RECIPES[1])
    assert len(set(null.labels[:, 0].tolist())) == 3


def test_training_repeats(task: Small) -> None:
    short = RECIPES[0].model_copy(update={"training": STREAM.model_copy(update={"max_steps": 20})})
    first, second = (task.train(short, 1)[0] for _ in range(2))
    other = task.train(short, 2)[0]
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_keys_are_derived_again_from_what_a_method_sees(task: Small) -> None:
    for ref in task.refs("s", "quick"):
        instance = task.build(ref)
        assert task.check(instance) == []
        assert len(instance.questions) == 1
        wrong = instance.key.model_copy(update={"model": tuple((one + 1) % 3 for one in instance.key.model)})
        assert task.check(type(instance)(ref=ref, questions=instance.questions, key=wrong))
        lied = instance.key.model_copy(update={"theory": "def rule(x): return 1"})
        assert task.check(type(instance)(ref=ref, questions=instance.questions, key=lied))


def test_bundles_are_cut_to_their_tier(task: Small) -> None:
    question = task.question(RECIPES[0].id, "s")
    data, weights = (TRACK.bundle(question, tier, None) for tier in (Tier.DATA, Tier.WEIGHTS))
    assert not any(name.startswith("subject/") for name in data.tensors)
    assert any(name.startswith("subject/") for name in weights.tensors)
    assert "config" not in data.question
    assert RULE.partition("return")[2].strip() not in json.dumps(weights.question)


class Knows(EntersExtraction):
    """Writes down the rule, having been told."""

    def extract(self, subject, rows, domain, budget, ctx):  # type: ignore[no-untyped-def]
        assert subject.predict(rows.tokens)[:, 0].tolist() == rows.labels[:, 0].tolist()
        assert budget > 0
        return Extracted(theory=RULE, p_present=0.9)


def test_a_theory_finds_its_way_from_the_method_to_the_score(task: Small) -> None:
    by_kind = {ref.kind: ref for ref in task.refs("s", "quick")}
    ref = by_kind["plain"]
    bundle = TRACK.bundle(task.question(ref.units[0], "s"), Tier.WEIGHTS, None)
    answer = TRACK.read_answer(TRACK.answer(Knows(), bundle, None, Context.seeded("x")))
    cell = TRACK.judge(ref, task.key(ref), {ref.units[0]: answer}, None)
    assert cell.values["plain"] == 1
    assert cell.values["fidelity"] > 0.998


def test_the_oracle_knows_everything(task: Small) -> None:
    for ref in task.refs("s", "quick"):
        answer = TRACK.read_answer(TRACK.oracle(task, ref.units[0]))
        values = TRACK.judge(ref, task.key(ref), {ref.units[0]: answer}, TRACK.oracle_calibration).values
        assert values["present_brier"] == 0
        assert values.get("plain", 1) == 1
        assert values.get("false_positive", 0) == 0


def test_smaller_sizes_have_some_of_the_instances(task: Small) -> None:
    quick, smoke = ({ref.units for ref in task.refs("s", size)} for size in ("quick", "smoke"))
    assert smoke < quick
    assert len(quick) == 2
    assert {ref.index for ref in task.refs("s", "quick")} == {0, 1}
