"""Worlds in a network: a small one is trained, asked about and checked; every planted fault is named."""

from dataclasses import replace

import pytest
import torch

from interpbench.bundle.tier import Tier
from interpbench.models.config import TransformerConfig
from interpbench.models.data import Rows
from interpbench.models.forward import Params
from interpbench.models.train import Training
from interpbench.models.zoo import Manifest, ModelRecord, rounded, tensors_hash
from interpbench.tracks.features.gain import LEAST, ridge
from interpbench.tracks.features.key import Kind
from interpbench.tracks.features.network import Inputs, NetworkTask
from interpbench.tracks.features.question import Wants
from interpbench.tracks.features.recipe import Recipe
from interpbench.tracks.instance import Instance
from interpbench.tracks.registry import TRACKS

P = 10
"""Tokens; what is planted is their sum modulo 2, whose only frequency every network uses."""
SHAPE = TransformerConfig(vocabulary=P, length=2, positions=(1,), classes=2, d_model=16, n_heads=2, d_mlp=64)
TRAINING = Training(learning_rate=1e-2, weight_decay=0.01, max_steps=400)


def recipe(**more: object) -> Recipe:
    known: dict[str, object] = {
        "role": Kind.CIRCULAR,
        "name": "sum",
        "config": SHAPE,
        "training": TRAINING,
        "site": "blocks.0.hook_resid_post",
        "shown": 60,
        "labelled": 40,
        "asked": 40,
    }
    return Recipe.model_validate(known | more)


RECIPES = {
    "planted": recipe(),
    "untrained": recipe(role=Kind.NULL, null="untrained"),
    "shuffled": recipe(role=Kind.NULL, null="shuffled"),
    "heads": recipe(
        role=Kind.ATTENTION_FEATURES, site="blocks.0.attn.hook_z", wants=Wants.CODES, labelled=0, size=8, active=2
    ),
}


class SumTask(NetworkTask):
    """The sum of two tokens modulo 2, on a circle; pairs with a 0 are kept for the asked inputs."""

    name = "sum"
    version = "1.0"

    def recipes(self, size: str) -> list[Recipe]:
        return list(RECIPES.values())

    def within(self, recipe: Recipe, size: str) -> bool:
        return True

    def batch(self, recipe: Recipe, count: int, rng: torch.Generator) -> Rows:
        tokens = torch.randint(P, (count, 2), generator=rng)
        return Rows(tokens=tokens, labels=tokens.sum(dim=1, keepdim=True) % 2)

    def inputs(self, recipe: Recipe, role: str, count: int, rng: torch.Generator) -> Inputs:
        tokens = torch.randint(1, P, (count, 2), generator=rng)
        if role == "asked":
            tokens[:, 0] = 0
        angle = torch.pi * tokens.sum(dim=1).double()
        values = torch.stack([angle.cos(), angle.sin()], dim=1)
        if recipe.wants is Wants.CODES:
            values = torch.nn.functional.one_hot(tokens[:, 1], P).float()
        return Inputs(tokens=tokens, at=torch.ones(count, dtype=torch.int64), variables=values)

    def variables(self, recipe: Recipe) -> tuple[str, ...]:
        return ("cosine", "sine")


@pytest.fixture(scope="module")
def task() -> SumTask:
    untrained = SumTask()
    models: dict[str, ModelRecord] = {}
    weights: dict[str, Params] = {}
    learnt = untrained.train(RECIPES["planted"], 0)
    for one in RECIPES.values():
        params, trained = untrained.train(one, 0) if one.null == "untrained" else learnt  # once: it takes seconds
        weights[one.id] = rounded(params)
        models[one.id] = ModelRecord(
            config=one.config,
            sha256=tensors_hash(params),
            recipe=one.model_dump(mode="json"),
            trained=trained,
            measured=untrained.measure(one, weights[one.id]),
        )
    return SumTask(Manifest(task="features/sum", version="1.0", models=models), lambda name: weights[name])


def instance(task: SumTask, name: str) -> Instance:
    (ref,) = [ref for ref in task.refs("s", "quick") if ref.units == (RECIPES[name].id,)]
    return task.build(ref)


def test_what_was_trained_passes_its_gate_and_its_check(task: SumTask) -> None:
    for one in RECIPES.values():
        assert task.gate(one, task.manifest.models[one.id].measured) is None
    for ref in task.refs("s", "quick"):
        assert task.check(task.build(ref)) == []
    assert sorted(ref.kind for ref in task.refs("s", "quick")) == ["attention_features", "circular", "null", "null"]


def test_untrained_weights_do_not_pass_as_planted(task: SumTask) -> None:
    measured = task.measure(RECIPES["planted"], task.twin(RECIPES["planted"]))
    assert measured["ceiling"] - measured["untrained"] < LEAST
    assert str(LEAST) in (task.gate(RECIPES["planted"], measured) or "")


def test_the_truth_and_the_ceiling_score_1_and_neither_mean_nor_twin_more_than_0(task: SumTask) -> None:
    track, made = TRACKS["features"].load(), instance(task, "planted")
    (unit,) = made.ref.units
    world = made.questions[unit]

    def score(content: bytes) -> float:
        answer = track.read_answer(content)
        assert track.refuse(world, answer) is None
        return track.judge(made.ref, made.key, {unit: answer}, None).values["score"]

    def said(x: torch.Tensor, asked: torch.Tensor) -> bytes:
        import json

        return json.dumps({"predictions": ridge(x, world.labels, asked).tolist()}).encode()

    one = RECIPES["planted"]
    labelled = len(world.labels)
    assert score(track.oracle(task, unit)) == 1
    assert score(said(world.shown[:labelled], world.asked)) == pytest.approx(1, abs=0.05)
    position = torch.ones(100, dtype=torch.int64)
    twin = [
        task.activations(one, task.twin(one), tokens, position[: len(tokens)])
        for tokens in (world.shown_tokens[:labelled], world.asked_tokens)
    ]
    assert score(said(*twin)) <= 0.05
    assert score(said(world.shown[:labelled], world.shown[:labelled].mean(dim=0).expand(40, -1))) <= 0.05


def test_a_disguise_turns_activations_and_leaves_the_key(task: SumTask) -> None:
    unit = RECIPES["planted"].id
    one, other = task.question(unit, "one"), task.question(unit, "other")
    assert not torch.allclose(one.shown, other.shown, atol=0.1)
    assert torch.allclose(
        one.shown @ one.shown.T, other.shown @ other.shown.T, atol=1e-3 * float(one.shown.norm(dim=1).max()) ** 2
    )
    assert torch.equal(one.labels, other.labels)


def test_heads_stand_side_by_side(task: SumTask) -> None:
    world = task.question(RECIPES["heads"].id, "s")
    assert world.shown.shape == (60, SHAPE.d_model)
    assert world.labels.numel() == 0
    assert world.variables == ()


def test_shuffled_labels_are_those_of_other_rows(task: SumTask) -> None:
    shuffled, planted = (task.question(RECIPES[name].id, "s").labels for name in ("shuffled", "planted"))
    assert not torch.equal(shuffled, planted)
    assert torch.equal(shuffled.sum(dim=0).round(decimals=3), planted.sum(dim=0).round(decimals=3))


@pytest.mark.parametrize("name", ["shown", "asked", "labels"])
def test_other_activations_and_labels_are_named(task: SumTask, name: str) -> None:
    made = instance(task, "planted")
    (unit,) = made.ref.units
    world = made.questions[unit]
    changed = replace(world, **{name: getattr(world, name).flip(0)})
    what = [str(problem) for problem in task.check(replace(made, questions={unit: changed}))]
    assert any(name in text for text in what)


def test_another_network_is_named(task: SumTask) -> None:
    made = instance(task, "planted")
    (unit,) = made.ref.units
    changed = replace(made.questions[unit], network=(SHAPE, task.twin(RECIPES["planted"])))
    what = " ".join(str(problem) for problem in task.check(replace(made, questions={unit: changed})))
    assert "activations are not those" in what
    assert "trained; wanted" in what


def test_another_key_is_named(task: SumTask) -> None:
    made = instance(task, "planted")
    for change in ({"ceiling": 0.5}, {"truths": made.key.truths[::-1]}):
        key = made.key.model_copy(update=change)
        assert any(next(iter(change)) in str(problem) for problem in task.check(replace(made, key=key)))


def test_a_null_says_how_it_is_one() -> None:
    with pytest.raises(ValueError, match="wanted `null` with role null"):
        recipe(role=Kind.NULL)
    with pytest.raises(ValueError, match="wanted `null` with role null"):
        recipe(null="shuffled")


def test_tokens_are_all_that_the_data_tier_sees_of_inputs(task: SumTask) -> None:
    bundle = task.question(RECIPES["planted"].id, "s").bundle(Tier.DATA)
    assert bundle.tensors["shown"].numel() == 0
    assert bundle.tensors["asked_tokens"].shape == (40, 2)
