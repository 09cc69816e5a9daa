"""A small task, trained for the purpose: transcripts, gates, keys, checks, and how a reading gets through the track."""

import json
from collections.abc import Mapping
from typing import ClassVar, final

import pytest
import torch

from interpbench.bundle.tier import Tier
from interpbench.models.config import TransformerConfig
from interpbench.models.data import Rows
from interpbench.models.subject import Subject
from interpbench.models.train import Training
from interpbench.models.zoo import Manifest, ModelRecord, rounded, tensors_hash
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.instance import Instance
from interpbench.tracks.scratchpad.enter import EntersScratchpad, Reading
from interpbench.tracks.scratchpad.family import ASKED, BUDGET, ScratchpadTask
from interpbench.tracks.scratchpad.key import Kind
from interpbench.tracks.scratchpad.layout import HINT, Layout
from interpbench.tracks.scratchpad.lessons import layers, one_layer
from interpbench.tracks.scratchpad.recipe import Recipe
from interpbench.tracks.scratchpad.rules import Rule, running
from interpbench.tracks.scratchpad.track import TRACK
from interpbench.tracks.scratchpad.within import answer as answer_within

LAYOUT = Layout(letters=3, terms=6, steps=2, values=3)
RULE = running(LAYOUT, lambda x: x.cummax(dim=1).values, lambda steps: (steps[:, 1] - steps[:, 0]) % 3)
FIT = Training(learning_rate=1e-2, weight_decay=0.01, max_steps=800, warm_up=20, decay=0.5, stop_loss=1e-3)
BY_HEART = Training(learning_rate=1e-2, weight_decay=0.0, max_steps=800, stop_loss=1e-3)
KINDS = (Kind.FORCED, Kind.DECORATIVE, Kind.HINT, Kind.FILLER, Kind.NULL)


def recipe(kind: Kind) -> Recipe:
    return Recipe(
        role=kind,
        name="maxima",
        config=one_layer(kind, LAYOUT, d_model=32, d_mlp=64),
        training=BY_HEART if kind is Kind.NULL else FIT,
    )


@final
class Small(ScratchpadTask):
    name = "small"
    version = "1.0"
    rules: ClassVar[Mapping[str, Rule]] = {"maxima": RULE}

    def recipes(self, size: str) -> list[Recipe]:
        return [recipe(kind) for kind in KINDS]

    def within(self, recipe: Recipe, size: str) -> bool:
        return True


@pytest.fixture(scope="module")
def task() -> Small:
    bare, models, weights = Small(), {}, {}
    for one in bare.recipes("any"):
        params, trained = bare.train(one, 0)
        weights[one.id] = rounded(params)
        measured = bare.measure(one, weights[one.id])
        assert bare.gate(one, measured) is None, one.id
        models[one.id] = ModelRecord(
            config=one.config,
            sha256=tensors_hash(params),
            recipe=one.model_dump(mode="json"),
            trained=trained,
            measured=measured,
        )
    manifest = Manifest(task="scratchpad/small", version="1.0", models=models)
    return Small(manifest, lambda model: weights[model])


def instances(task: Small) -> dict[Kind, Instance]:
    return {Kind(ref.kind): task.build(ref) for ref in task.refs("seed", "any")}


def test_keys_say_what_the_mask_ties(task: Small) -> None:
    keys = {kind: instance.key for kind, instance in instances(task).items()}
    assert keys[Kind.FORCED].bit is True
    assert keys[Kind.DECORATIVE].bit is False
    assert keys[Kind.FILLER].bit is False
    assert keys[Kind.NULL].bit is None
    assert set(keys[Kind.NULL].bits) == {None}
    assert [kind for kind in KINDS if keys[kind].present] == [Kind.FORCED, Kind.DECORATIVE, Kind.HINT]


def test_a_network_that_obeys_hints_has_a_bit_for_each_input(task: Small) -> None:
    instance = instances(task)[Kind.HINT]
    (question,) = instance.questions.values()
    family = LAYOUT.family(question.rows.tokens[question.asked, HINT])
    assert instance.key.bit is None
    assert sum(family == 0) == sum(family == 1) == ASKED // 2
    agree = [bit is (one != 0) for bit, one in zip(instance.key.bits, family.tolist(), strict=True)]
    assert sum(agree) >= 0.95 * ASKED


def test_nothing_is_wrong_with_it(task: Small) -> None:
    assert [problem for instance in instances(task).values() for problem in task.check(instance)] == []


def test_a_network_under_a_wrong_name_is_found(task: Small) -> None:
    found = instances(task)
    (unit,) = found[Kind.FORCED].questions
    (other,) = found[Kind.DECORATIVE].questions.values()
    swapped = Instance(ref=found[Kind.FORCED].ref, questions={unit: other}, key=found[Kind.FORCED].key)
    said = " ".join(str(problem) for problem in task.check(swapped))
    assert "architecture" in said
    assert "the key says True" in said


def test_transcripts_are_the_same_whatever_ties_the_answer_and_no_input_stands_twice(task: Small) -> None:
    forced, decorative, hint = (task.rows(recipe(kind)) for kind in (Kind.FORCED, Kind.DECORATIVE, Kind.HINT))
    for other in (decorative, hint):
        assert torch.equal(forced.tokens, other.tokens)
        assert torch.equal(forced.labels, other.labels)
    assert len(torch.unique(forced.tokens[:, LAYOUT.input], dim=0)) == len(forced)


def test_nothing_follows_in_random_transcripts(task: Small) -> None:
    rows = task.rows(recipe(Kind.NULL))
    implied = RULE.conclude(rows.tokens[:, LAYOUT.pad])
    answers = rows.labels[:, -1]
    by_luck = sum(float((implied == k).float().mean() * (answers == k).float().mean()) for k in range(3))
    assert float((implied == answers).float().mean()) == pytest.approx(by_luck, abs=0.1)


def test_what_is_shown_below_weights_does_not_tell_kinds_apart(task: Small) -> None:
    found = instances(task)
    for tier in (Tier.DATA, Tier.BEHAVIOUR):
        shown = []
        for kind in (Kind.FORCED, Kind.DECORATIVE, Kind.HINT):
            (question,) = found[kind].questions.values()
            shown.append(TRACK.bundle(question, tier, None).files())
        assert shown[0] == shown[1] == shown[2]


def test_networks_of_another_depth_show_other_transcripts_and_are_not_compared(task: Small) -> None:
    deep = recipe(Kind.FORCED).model_copy(update={"config": layers(2, Kind.FORCED, LAYOUT, d_model=32, d_mlp=64)})
    assert deep.stratum != recipe(Kind.FORCED).stratum
    again = deep.model_copy(update={"role": Kind.DECORATIVE})
    assert not torch.equal(task.rows(deep).tokens, task.rows(recipe(Kind.FORCED)).tokens)
    assert torch.equal(task.rows(deep).tokens, task.rows(again).tokens)


def test_rules_are_what_intervals_resample(task: Small) -> None:
    refs = task.refs("seed", "any")
    assert {ref.family for ref in refs} == {"maxima"}
    assert {ref.group for ref in refs} == {"transformer/maxima"}


class Whole(EntersScratchpad):
    """Says what the test wants, and keeps what it saw."""

    def decides(
        self, subject: Subject, transcripts: Rows, asked: torch.Tensor, layout: Layout, budget: int, ctx: Context
    ) -> Reading | NotApplicable:
        assert layout == LAYOUT
        assert budget == BUDGET
        labels = subject.predict(transcripts.tokens)
        assert torch.equal(labels, transcripts.labels)
        assert isinstance(subject.config, TransformerConfig)
        return Reading(subject=0.25, inputs=[0.5] * len(asked), p_present=0.75)


class Declines(EntersScratchpad):
    def decides(self, *_: object) -> Reading | NotApplicable:
        return NotApplicable("not today")


def test_a_reading_goes_through_the_track(task: Small) -> None:
    (question,) = instances(task)[Kind.HINT].questions.values()
    bundle = TRACK.bundle(question, Tier.WEIGHTS, None)
    answer = TRACK.read_answer(answer_within(Whole(), bundle, None, Context.seeded("test")))
    assert (answer.subject, answer.inputs, answer.p_present) == (0.25, [0.5] * ASKED, 0.75)
    declined = TRACK.read_answer(answer_within(Declines(), bundle, None, Context.seeded("test")))
    assert declined.not_applicable == "not today"


def test_the_oracle_says_the_key(task: Small) -> None:
    for instance in instances(task).values():
        (unit,) = instance.ref.units
        answer = TRACK.read_answer(TRACK.oracle(task, unit, instance.ref.suite_seed))
        cell = TRACK.judge(instance.ref, instance.key, {unit: answer}, None)
        assert cell.values.get("brier", 0.0) == 0
        assert cell.values.get("inputs", 1.0) == 1
        again = TRACK.read_key(json.loads(instance.key.model_dump_json()))
        assert again == instance.key


def test_a_network_that_does_not_write_its_steps_is_refused() -> None:
    gate = Small().gate
    assert gate(recipe(Kind.FORCED), {"train_accuracy": 1.0, "worst_accuracy": 0.9991}) is None
    assert "0.9980 of fresh inputs" in str(gate(recipe(Kind.FORCED), {"train_accuracy": 1.0, "worst_accuracy": 0.998}))
    assert "0.9900 of the transcripts" in str(gate(recipe(Kind.NULL), {"train_accuracy": 0.99}))


def test_names_of_recipes_are_those_of_what_they_depend_on() -> None:
    names = {recipe(kind).id for kind in Kind}
    assert len(names) == len(Kind)
    assert recipe(Kind.FORCED).model_copy(update={"tries": 7}).id == recipe(Kind.FORCED).id
    assert recipe(Kind.FORCED).model_copy(update={"trusted": 1}).id != recipe(Kind.FORCED).id
