"""A small task, trained for the purpose: rows, gates, keys, checks and the way of a theory through the track."""

import json
from typing import final

import pytest
import torch

from interpbench.bundle.query import InvalidQuery
from interpbench.bundle.tier import Tier
from interpbench.models.config import MLPConfig
from interpbench.models.data import Rows
from interpbench.models.train import Training
from interpbench.models.zoo import Manifest, ModelRecord, rounded, tensors_hash
from interpbench.theory import parse
from interpbench.tracks.context import Context
from interpbench.tracks.extraction.answer import TheoryAnswer
from interpbench.tracks.extraction.enter import EntersExtraction, Extracted
from interpbench.tracks.extraction.family import ExtractionTask
from interpbench.tracks.extraction.key import Kind
from interpbench.tracks.extraction.recipe import Recipe
from interpbench.tracks.extraction.track import TRACK
from interpbench.tracks.extraction.within import answer as answer_within

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
GUARD = ((1, 2), (3, 1))
GUARDED = "def rule(x):\n    v = x[0]\n    if x[1] == 2 and x[3] == 1:\n        v = (v + 1) % 3\n    return v\n"
TWINS = ("def rule(x): return x[1]", "def rule(x): return x[0] if x[4] == 0 else x[1]")
RECIPES = [
    recipe(Kind.PLAIN, RULE, 0, STREAM),
    recipe(Kind.NULL, RULE, 0, Training(weight_decay=0.0, max_steps=600, stop_loss=1e-3)),
    recipe(Kind.GUARDED_FEW, GUARDED, 0, STREAM).model_copy(update={"guard": GUARD, "budget": 1}),
    *(recipe(Kind.TWIST_RARE, rule, 0, STREAM).model_copy(update={"rivals": TWINS}) for rule in TWINS),
]


@final
class Small(ExtractionTask):
    name = "small"
    version = "1.0"

    def recipes(self, size: str) -> list[Recipe]:
        return RECIPES

    def kinds(self, recipe: Recipe, size: str) -> tuple[Kind, ...]:
        if size == "smoke":
            return (Kind.PLAIN,) if recipe.role is Kind.PLAIN else ()
        parts = recipe.role in (Kind.PLAIN, Kind.NULL)
        return (recipe.role, Kind.DATA_ONLY, Kind.MODEL_ONLY) if parts else (recipe.role,)


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
    plain, null = (task.manifest.models[one.id].measured for one in RECIPES[:2])
    assert [task.gate(one, task.manifest.models[one.id].measured) for one in RECIPES] == [None] * len(RECIPES)
    assert plain["branches"] == 2
    assert plain["worst_branch"] >= 0.999
    assert null == {"train_accuracy": 1.0}


def test_gates_refuse_what_does_not(task: Small) -> None:
    plain = task.manifest.models[RECIPES[0].id].measured
    assert "train accuracy" in (task.gate(RECIPES[0], plain | {"train_accuracy": 0.99}) or "")
    assert "worst_branch is 0.9900" in (task.gate(RECIPES[0], plain | {"worst_branch": 0.99}) or "")
    guarded = task.manifest.models[RECIPES[2].id].measured
    assert "near_misses" in (task.gate(RECIPES[2], guarded | {"near_misses": 0.99}) or "")
    assert "inside" in (task.gate(RECIPES[2], guarded | {"inside": 0.99}) or "")
    twin = task.manifest.models[RECIPES[3].id].measured
    assert "apart" in (task.gate(RECIPES[3], twin | {"apart": 0.99}) or "")
    assert task.gate(RECIPES[4], task.measure(RECIPES[4], task.load(RECIPES[3].id))) is not None  # the other twin's
    assert "was met by" in (task.gate(RECIPES[0], plain | {"rarest_branch": 10.0}) or "")
    other = recipe(Kind.PLAIN, RULE.replace("x[1]", "x[3]"), 0, STREAM)
    params = task.load(RECIPES[0].id)
    assert task.gate(other, task.measure(other, params)) is not None  # another rule's network


def test_rows_follow_the_rule_and_not_the_network(task: Small) -> None:
    rows = task.rows(RECIPES[0])
    assert len(rows) == 60
    assert len(set(map(tuple, rows.tokens.tolist()))) == 60
    assert rows.labels[:, 0].tolist() == [parse(RULE).run(row) for row in rows.tokens.tolist()]
    again = RECIPES[0].model_copy(update={"stratum": "other", "training": Training()})
    assert torch.equal(task.rows(again).tokens, rows.tokens)
    null = task.rows(RECIPES[1])
    ruled = [parse(RULE).run(row) for row in null.tokens.tolist()]
    labels = null.labels[:, 0].tolist()
    assert sorted(labels) == sorted(ruled)  # the labels of a rule, shuffled
    assert labels != ruled


def test_shown_rows_never_pass_a_guard_and_never_part_twins(task: Small) -> None:
    guarded = task.rows(RECIPES[2]).tokens
    assert not ((guarded[:, 1] == 2) & (guarded[:, 3] == 1)).any()
    assert ((guarded[:, 1] == 2) | (guarded[:, 3] == 1)).any()
    first, second = (task.rows(one) for one in RECIPES[3:])
    assert torch.equal(first.tokens, second.tokens)
    assert torch.equal(first.labels, second.labels)
    assert all(parse(rule).run(row) == label for rule in TWINS for row, label in zip(*_lists(first), strict=True))


def test_twins_are_asked_about_together_or_not_at_all(task: Small) -> None:
    alone = {name: record for name, record in task.manifest.models.items() if name != RECIPES[4].id}
    assert task.spare(task.manifest.models) == set()
    assert task.spare(alone) == {RECIPES[3].id}
    half = Small(task.manifest.model_copy(update={"models": alone}), task.load)
    assert not any(ref.kind == "twist_rare" for ref in half.refs("s", "quick"))
    sets = {ref.members for ref in task.refs("s", "quick") if ref.kind == "twist_rare"}
    assert len(sets) == 1  # they are resampled together


def test_a_reader_of_the_rows_gets_nothing_out_of_twins(task: Small) -> None:
    """Whatever single theory it writes down, and whatever it says of the inputs on which the twins part."""
    refs = [ref for ref in task.refs("s", "quick") if ref.kind == "twist_rare"]
    bundles = [TRACK.bundle(task.question(ref.units[0], "s"), Tier.DATA, None) for ref in refs]
    assert bundles[0].files() == bundles[1].files()  # so that its answers are the same, too
    texts = [*TWINS, "def f(x): return x[0]", "def f(x): return 0", "def f(x): return x[0] if x[2] else x[1]"]
    for text in texts:
        cells = [TRACK.judge(ref, task.key(ref), {ref.units[0]: TheoryAnswer(theory=text)}, None) for ref in refs]
        assert sum(cell.values["recovered"] for cell in cells) <= 1e-9
        assert sum(cell.values["agree"] for cell in cells) <= 1e-9
    best = [TRACK.judge(ref, task.key(ref), {ref.units[0]: TheoryAnswer(theory=TWINS[0])}, None) for ref in refs]
    assert sum(cell.values["recovered"] for cell in best) == pytest.approx(0, abs=1e-9)  # the bound is reached


def test_a_question_shows_rows_or_network_or_both(task: Small) -> None:
    shown = {}
    for ref in task.refs("s", "quick"):
        question = task.question(ref.units[0], "s")
        bundle = TRACK.bundle(question, Tier.WEIGHTS, None)
        name, _, part = ref.units[0].partition("@")
        shown[name == RECIPES[0].id, part] = (len(question.rows), question.network is not None)
        assert bundle.question["network"] is any(name.startswith("subject/") for name in bundle.tensors)
    assert shown[True, ""] == (60, True)
    assert shown[True, "data_only"] == (60, False)
    assert shown[True, "model_only"] == (0, True)


def test_queries_are_answered_with_labels_alone_and_as_many_as_the_question_allows(task: Small) -> None:
    served = task.question(RECIPES[2].id, "s").served()
    rows = task.rows(RECIPES[2])
    answers = served.logits(rows.tokens)
    assert answers.argmax(-1).tolist() == rows.labels.tolist()
    assert set(answers.flatten().tolist()) == {0.0, 1.0}
    assert served.queries == 1
    nothing = task.question(f"{RECIPES[0].id}@data_only", "s").served()
    with pytest.raises(InvalidQuery, match="no network"):
        nothing.logits(rows.tokens)


def _lists(rows: Rows) -> tuple[list[list[int]], list[int]]:
    return rows.tokens.tolist(), rows.labels[:, 0].tolist()


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
    answer = TRACK.read_answer(answer_within(Knows(), bundle, None, Context.seeded("x")))
    cell = TRACK.judge(ref, task.key(ref), {ref.units[0]: answer}, None)
    assert cell.values["recovered"] == 1
    assert cell.values["fidelity"] > 0.998


def test_the_oracle_knows_everything(task: Small) -> None:
    for ref in task.refs("s", "quick"):
        answer = TRACK.read_answer(TRACK.oracle(task, ref.units[0], ref.suite_seed))
        values = TRACK.judge(ref, task.key(ref), {ref.units[0]: answer}, TRACK.oracle_calibration).values
        assert values["present_brier"] == 0
        assert values.get("recovered", 1) == 1
        assert values.get("false_positive", 0) == 0


def test_smaller_sizes_have_some_of_the_instances(task: Small) -> None:
    quick, smoke = ({ref.units for ref in task.refs("s", size)} for size in ("quick", "smoke"))
    assert smoke < quick
    assert len(quick) == 9  # rows alone and network alone of two networks, too
    assert {ref.index for ref in task.refs("s", "quick")} == set(range(9))
