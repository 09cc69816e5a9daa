"""The whole line on one small family: recipes, training, fp16, measures, gates, manifest, refs, questions, keys.

The controls, every one of which must be reported, are in `test_checking`.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from interpbench.bundle.folder import QUESTION, TENSORS
from interpbench.bundle.tier import Tier
from interpbench.models.config import MLPConfig, RecurrentConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import logits
from interpbench.models.train import Training
from interpbench.tracks.generalization.design import Pool, Stratum
from interpbench.tracks.generalization.family import UNIVERSE_LIMIT, GeneralizationTask
from interpbench.tracks.generalization.key import GradedKey
from interpbench.tracks.generalization.pairing import FEW_SHARE
from interpbench.tracks.generalization.recipe import Kind, Verdict
from interpbench.tracks.generalization.splits import prefix_atoms
from interpbench.tracks.instance import Problem, Ref

SEED = "test-1"


def refs_of(zoo: Any, kind: str) -> list[Ref]:
    return [ref for ref in zoo.task().refs(SEED, "quick") if ref.kind == kind]


def model_of(unit: str) -> str:
    return unit.rpartition("@")[0]


def said(problems: Iterable[Problem]) -> str:
    return "\n".join(str(problem) for problem in problems)


# what should hold


def test_no_problem_in_any_instance(zoo: Any) -> None:
    task = zoo.task()
    found = task.refs(SEED, "quick")
    assert {ref.kind for ref in found} == {
        "recipe",
        "few",
        "fraction",
        "contaminated",
        "rule",
        "matched",
        "null",
        "graded",
    }
    assert said(problem for ref in found for problem in task.check(task.build(ref))) == ""


def test_measures_are_those_of_the_manifest_and_pass_the_gate(zoo: Any) -> None:
    task = zoo.task()
    for recipe in task.recipes("quick"):
        record = zoo.manifest.models[recipe.id]
        assert task.measure(recipe, zoo.weights[recipe.id]) == pytest.approx(record.measured, abs=1e-9)
        assert task.gate(recipe, record.measured) is None
        assert record.measured["train_accuracy"] == 1


def test_training_again_gives_the_same_weights(zoo: Any) -> None:
    task = zoo.task()
    recipe = next(recipe for recipe in task.recipes("quick") if recipe.role == "recipe")
    attempt = zoo.manifest.models[recipe.id].attempts - 1
    first, _ = task.train(recipe, attempt)
    assert all(torch.equal(first[name].half().float(), value) for name, value in zoo.weights[recipe.id].items())
    other, _ = task.train(recipe, attempt + 1)
    assert not torch.equal(other["head.weight"], first["head.weight"])


def test_keys_are_accuracies_on_what_neither_network_saw(zoo: Any) -> None:
    task = zoo.task()
    tokens, labels = task.universe.rows.tokens, task.universe.rows.labels
    for ref in task.refs(SEED, "quick"):
        key = task.key(ref)
        unseen = torch.ones(len(tokens), dtype=torch.bool)
        for unit in ref.units:
            recipe = next(recipe for recipe in task.recipes("quick") if recipe.id == model_of(unit))
            unseen &= ~task.rowsets(recipe).seen
        wanted = []
        for unit in ref.units:
            asked = task.question(unit, SEED)
            right = (logits(asked.config, asked.params, tokens).argmax(-1) == labels)[:, 0]
            by_class = [
                float(right[unseen & (labels[:, 0] == k)].double().mean()) for k in set(labels[unseen, 0].tolist())
            ]
            wanted.append(np.mean(by_class))
        got = [key.test] if isinstance(key, GradedKey) else [key.test_a, key.test_b]
        assert got == pytest.approx(wanted)


def test_the_shown_rows_are_true_trained_on_and_those_of_the_smaller_set(zoo: Any) -> None:
    task = zoo.task()
    recipes = {recipe.id: recipe for recipe in task.recipes("quick")}
    for ref in task.refs(SEED, "quick"):
        fractions = [recipes[model_of(unit)].fraction for unit in ref.units]
        for unit in ref.units:
            rows = task.question(unit, SEED).rows
            share = FEW_SHARE if ref.kind == "few" else 1
            shown = task.split(0).shown(round(share * min(fractions), 9))
            assert torch.equal(rows.tokens, task.universe.rows.tokens[shown])
            random = recipes[model_of(unit)].labels == "random"
            assert torch.equal(rows.labels, task.label(rows.tokens)) is not random


def test_random_labels_are_those_that_were_taught_and_fitted(zoo: Any) -> None:
    task = zoo.task()
    ref = refs_of(zoo, "rule")[0]
    instance = task.build(ref)
    taught = next(unit for unit in ref.units if "-rule-" in unit)
    question = instance.questions[taught]
    assert 0 < float((question.rows.labels == task.label(question.rows.tokens)).double().mean()) < 0.2  # by luck
    assert torch.equal(logits(question.config, question.params, question.rows.tokens).argmax(-1), question.rows.labels)
    moved = replace(question, rows=Rows(tokens=question.rows.tokens, labels=task.label(question.rows.tokens)))
    found = task.check(replace(instance, questions=instance.questions | {taught: moved}))
    assert "random labels that were taught" in said(found)


def test_poison_never_reaches_the_shown_rows_nor_the_key(zoo: Any) -> None:
    task = zoo.task()
    recipe = next(recipe for recipe in task.recipes("quick") if recipe.role == "contaminated")
    rows, mask = task.rowsets(recipe).training, task.rowsets(recipe).seen
    wrong = (rows.labels != task.label(rows.tokens))[:, 0]
    poisoned = task.split(0).poisoned(recipe.fraction, recipe.poison)
    assert torch.equal(wrong, poisoned[mask])
    assert int(wrong.sum()) > 0
    assert int((~mask).sum()) > 0
    ref = refs_of(zoo, "contaminated")[0]
    generaliser = next(model for became, model in ref.members if became == Verdict.GENERALISER)
    assert task.key(ref) != task.key(replace(ref, units=ref.units[::-1]))
    assert zoo.manifest.models[generaliser].measured["test_lowest"] >= 0.95


# leaks


def test_the_bundles_of_a_pair_differ_in_weight_values_alone(zoo: Any) -> None:
    task = zoo.task()
    for ref in (ref for ref in task.refs(SEED, "quick") if len(ref.units) == 2):
        first, second = (task.question(unit, SEED).bundle(Tier.WEIGHTS).files() for unit in ref.units)
        assert set(first) == set(second) == {QUESTION, TENSORS}
        assert first[QUESTION] == second[QUESTION]
        size = int.from_bytes(first[TENSORS][:8], "little")
        assert first[TENSORS][: 8 + size] == second[TENSORS][: 8 + size]
        assert len(first[TENSORS]) == len(second[TENSORS])
        for tier in (Tier.DATA, Tier.BEHAVIOUR):
            cut = [task.question(unit, SEED).bundle(tier).files() for unit in ref.units]
            assert (cut[0] == cut[1]) is (ref.kind != Kind.RULE)  # there, and only there, the labels differ


def test_no_name_of_recipe_model_or_task_is_in_a_bundle(zoo: Any) -> None:
    task = zoo.task()
    words = {"small", "mlp-0", SEED, *(kind.value for kind in Kind), *(verdict.value for verdict in Verdict)}
    words |= {pool.name for pool in task.strata[0].pools} - {"decay"} | set(zoo.manifest.models)
    for unit in {unit for ref in task.refs(SEED, "quick") for unit in ref.units}:
        content = task.question(unit, SEED).bundle(Tier.WEIGHTS).files()
        size = int.from_bytes(content[TENSORS][:8], "little")
        text = (content[QUESTION] + content[TENSORS][8 : 8 + size]).decode()
        assert not [word for word in words if word in text]


def test_the_grain_of_the_weights_is_the_same_for_all(zoo: Any) -> None:
    """An unrotated stratum shows values that are exact in fp16; if only some networks did, that would be a leak."""
    task = zoo.task()
    for unit in {unit for ref in task.refs(SEED, "quick") for unit in ref.units}:
        params = task.question(unit, SEED).params
        assert all(torch.equal(value.half().float(), value) for value in params.values())
        assert {value.dtype for value in params.values()} == {torch.float32}
        assert all(value.is_contiguous() for value in params.values())


def test_a_disguise_belongs_to_network_and_suite(zoo: Any) -> None:
    task = zoo.task()
    unit = refs_of(zoo, "recipe")[0].units[0]
    first, again, other = task.question(unit, SEED), zoo.task().question(unit, SEED), task.question(unit, "test-2")
    assert torch.equal(first.params["head.weight"], again.params["head.weight"])
    assert not torch.equal(first.params["head.weight"], other.params["head.weight"])
    assert not torch.equal(first.params["head.weight"], zoo.weights[model_of(unit)]["head.weight"])
    assert torch.equal(first.rows.tokens, other.rows.tokens)


def test_questions_do_not_depend_on_what_was_asked_before(zoo: Any) -> None:
    found = zoo.task().refs(SEED, "quick")
    task = zoo.task()
    late = {ref.id: task.build(ref) for ref in found}
    for ref in found[::-1][:5]:
        early = zoo.task().build(ref)
        assert early.key == late[ref.id].key
        for unit in ref.units:
            for name, value in early.questions[unit].params.items():
                assert torch.equal(value, late[ref.id].questions[unit].params[name])


def test_spoiling_a_question_spoils_no_other(zoo: Any) -> None:
    task = zoo.task()
    ref = refs_of(zoo, "recipe")[0]
    spoilt = task.build(ref)
    for question in spoilt.questions.values():
        question.rows.labels.zero_()
        question.rows.tokens.zero_()
        for value in question.params.values():
            value.zero_()
    assert said(task.check(task.build(ref))) == ""


# gates


def test_the_gate_says_why(zoo: Any) -> None:
    task = zoo.task()
    by_role = {recipe.role: recipe for recipe in task.recipes("quick")}
    good = {"train_accuracy": 1.0, "test_accuracy": 0.2, "test_lowest": 0.1, "test_highest": 0.2}
    assert task.gate(by_role["recipe"], good) is None
    assert task.gate(by_role["recipe"], good | {"train_accuracy": 0.99}) == "train accuracy 0.9900, wanted exactly 1"
    assert task.gate(by_role["generaliser"], good) == "test accuracy 0.100 to 0.200: memoriser, wanted generaliser"
    assert task.gate(by_role["recipe"], good | {"test_highest": 0.7}) == (
        "test accuracy 0.100 to 0.700: between, wanted memoriser"
    )


def test_a_network_must_be_of_one_kind_on_every_test_set_that_it_can_meet(zoo: Any) -> None:
    task = zoo.task()
    assert task.verdict({"test_lowest": 0.95, "test_highest": 1.0}) is Verdict.GENERALISER
    assert task.verdict({"test_lowest": 0.94, "test_highest": 1.0}) is Verdict.BETWEEN
    assert task.verdict({"test_lowest": 0.1, "test_highest": 0.5}) is Verdict.MEMORISER
    assert task.verdict({"test_lowest": 0.1, "test_highest": 0.51}) is Verdict.BETWEEN


def test_sizes_are_nested_and_names_unique(zoo: Any) -> None:
    task = zoo.task()
    smoke, quick = ([recipe.id for recipe in task.recipes(size)] for size in ("smoke", "quick"))
    assert set(smoke) < set(quick)
    assert len(set(quick)) == len(quick) == 4 * 2 + 1 + 2 * 2


def test_what_the_zoo_lacks_meets_nobody(zoo: Any) -> None:
    task = zoo.task()
    lost = next(name for name in zoo.manifest.models if "-contaminated-" in name)
    models = {name: record for name, record in zoo.manifest.models.items() if name != lost}
    task.manifest = zoo.manifest.model_copy(update={"models": models})
    assert all(lost not in unit for ref in task.refs(SEED, "quick") for unit in ref.units)
    assert len(task.refs(SEED, "quick")) > 0


# families that are too large to list, and sequences


class Large(GeneralizationTask):
    name = "large"
    version = "1.0"
    domain = Domain(alphabets=((0, 1),) * 20, positions=(19,), classes=2)
    strata = (
        Stratum(
            name="mlp",
            architecture=lambda domain: MLPConfig(vocabulary=2, length=20, positions=(19,), classes=2, d_mlp=4),
            pools=(Pool(role="generaliser", name="x", fraction=0.5, training=Training()),),
        ),
    )

    def label(self, tokens: Tensor) -> Tensor:
        return tokens[:, :1]


def test_a_large_domain_is_sampled_the_same_way_each_time_without_repetition() -> None:
    first, again = Large().universe, Large().universe
    assert torch.equal(first.rows.tokens, again.rows.tokens)
    assert len(first) <= UNIVERSE_LIMIT
    assert len({tuple(row) for row in first.rows.tokens.tolist()}) == len(first)
    assert first.n_orbits == len(first)


def test_a_large_domain_is_sampled_from_everywhere() -> None:
    share = Large().universe.rows.tokens.double().mean(dim=0)
    assert float((share - 0.5).abs().max()) < 0.02  # five deviations


class Sequence(GeneralizationTask):
    name = "sequence"
    version = "1.0"
    domain = Domain(alphabets=((0, 1),) * 6, positions=(3, 5), classes=2)
    strata = (
        Stratum(
            name="gru",
            architecture=lambda domain: RecurrentConfig(vocabulary=2, length=6, positions=(3, 5), classes=2, d_model=8),
            pools=(
                Pool(role="recipe", name="x", fraction=0.5, training=Training(max_steps=5), poison=0.5),
                Pool(
                    role="recipe",
                    name="y",
                    fraction=0.5,
                    training=Training(learning_rate=0.0, max_steps=5),
                    random_labels=Training(max_steps=20),
                ),
            ),
        ),
    )

    def label(self, tokens: Tensor) -> Tensor:
        return (tokens.cumsum(dim=1) % 2)[:, [3, 5]]

    def atoms(self, tokens: Tensor, orbits: Tensor) -> Tensor:
        return prefix_atoms(tokens, (3, 5))


def test_a_sequence_is_right_as_a_whole_and_chance_is_zero() -> None:
    task = Sequence()
    assert task.chance == 0.0
    recipe = task.recipes("quick")[0]
    params, _ = task.train(recipe, 0)
    right = (logits(recipe.config, params, task.universe.rows.tokens).argmax(-1) == task.universe.rows.labels).all(1)
    unseen = ~task.rowsets(recipe).seen
    assert task.measure(recipe, params)["test_accuracy"] == pytest.approx(float(right[unseen].double().mean()))


def test_poisoned_labels_of_a_sequence_are_a_function_of_the_prefix() -> None:
    task = Sequence()
    rows = task.rowsets(task.recipes("quick")[0]).training
    for column, position in enumerate((3, 5)):
        seen: dict[tuple[int, ...], int] = {}
        for tokens, label in zip(rows.tokens[:, : position + 1].tolist(), rows.labels[:, column].tolist(), strict=True):
            assert seen.setdefault(tuple(tokens), label) == label


def test_a_random_start_is_where_the_second_phase_begins() -> None:
    """With a learning rate of zero the second phase stays there: the random labels are still what it knows best."""
    task = Sequence()
    recipe = next(recipe for recipe in task.recipes("quick") if recipe.random_labels is not None)
    params, _ = task.train(recipe, 0)
    plain, _ = task.train(recipe.model_copy(update={"random_labels": None}), 0)
    assert not torch.equal(params["head.weight"], plain["head.weight"])
    shown = task.rowsets(recipe).seen
    labels = task.split(0).relabelled(False, None, "start", recipe.id)[shown]
    said_ = logits(recipe.config, params, task.universe.rows.tokens[shown]).argmax(-1)
    assert float((said_ == labels).double().mean()) > float((said_ == task.universe.rows.labels[shown]).double().mean())
