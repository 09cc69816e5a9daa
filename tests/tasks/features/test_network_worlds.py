"""Shipped worlds in networks: what is planted scores 1, nothing scores 0, and a changed network or key is noticed."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from interpbench.plugins.discovery import find_suite, find_task, load_task
from interpbench.tracks.features.answer import FeatureAnswer
from interpbench.tracks.features.gain import ridge
from interpbench.tracks.features.key import Kind
from interpbench.tracks.features.score import judge
from interpbench.tracks.features.track import TRACK
from interpbench.tracks.instance import Instance, Ref

PREDICTED = ("circular", "belief_state", "board", "transfer")
NAMES = (*PREDICTED, "attention_features")
SEED = find_suite("dev").seed


@cache
def loaded(name: str) -> Any:
    return load_task(find_task(f"features/{name}"))


@cache
def built(name: str, size: str = "smoke") -> Instance:
    task = loaded(name)
    (ref,) = [ref for ref in task.refs(SEED, size) if ref.kind != Kind.NULL.value][:1]
    instance: Instance = task.build(ref)
    return instance


def score(ref: Ref, key: Any, **answer: Any) -> float:
    return judge(ref, key, {ref.units[0]: FeatureAnswer(**answer)}).values["score"]


@pytest.mark.parametrize("name", NAMES)
def test_the_planted_truth_scores_1(name: str) -> None:
    instance = built(name)
    answer = TRACK.read_answer(TRACK.oracle(loaded(name), instance.ref.units[0]))
    assert judge(instance.ref, instance.key, {instance.ref.units[0]: answer}).values["score"] == pytest.approx(1.0)


@pytest.mark.parametrize("name", PREDICTED)
def test_a_mean_scores_no_more_than_0_and_a_ridge_more_than_its_shuffled_self(name: str) -> None:
    instance = built(name)
    ((_, world),) = instance.questions.items()
    mean = world.labels.double().mean(dim=0).expand(len(world.asked), -1)
    assert -1 <= score(instance.ref, instance.key, predictions=mean.tolist()) <= 0
    x = world.shown[: len(world.labels)]
    fitted = ridge(x, world.labels, world.asked)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    shuffled = ridge(x, world.labels[order], world.asked)
    assert score(instance.ref, instance.key, predictions=fitted.tolist()) > 0.4
    assert score(instance.ref, instance.key, predictions=shuffled.tolist()) < 0.1


@pytest.mark.parametrize("name", NAMES)
def test_an_instance_passes_its_own_check(name: str) -> None:
    assert loaded(name).check(built(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_an_untrained_network_in_its_place_is_noticed(name: str) -> None:
    """The control: the same question with weights as they were drawn, and activations that belong to them."""
    instance, task = built(name), loaded(name)
    ((unit, world),) = instance.questions.items()
    recipe = task.read_recipe(task.manifest.models[unit].recipe)
    twin = task.twin(recipe)
    at = torch.full((len(world.shown),), world.position or 0) if world.shown_at is None else world.shown_at
    asked_at = torch.full((len(world.asked),), world.position or 0) if world.asked_at is None else world.asked_at
    swapped = replace(
        world,
        network=(recipe.config, twin),
        shown=task.activations(recipe, twin, world.shown_tokens, at),
        asked=task.activations(recipe, twin, world.asked_tokens, asked_at),
    )
    faults = task.faults(unit, swapped, instance.key)
    assert faults
    assert not any("activations" in fault for fault in faults)


@pytest.mark.parametrize("name", NAMES)
def test_activations_of_another_network_are_noticed(name: str) -> None:
    instance = built(name)
    ((unit, world),) = instance.questions.items()
    rolled = replace(world, shown=world.shown.roll(1, dims=0))
    assert "the shown activations are not those of the shown network" in loaded(name).faults(unit, rolled, instance.key)


@pytest.mark.parametrize("name", NAMES)
def test_a_key_about_other_rows_is_noticed(name: str) -> None:
    instance = built(name)
    field = "truths" if name in PREDICTED else "on"
    rows = getattr(instance.key, field)
    wrong = instance.key.model_copy(update={field: (*rows[1:], rows[0])})
    problems = loaded(name).check(Instance(ref=instance.ref, questions=instance.questions, key=wrong))
    assert [problem.what for problem in problems] == [f"the key's {field} differs from what is derived again"]


def test_what_is_bound_to_positions_punishes_who_carries_it_over() -> None:
    """In dev: one and the same ridge regression, on a variable that is the same everywhere and on a bound one."""
    task, found = loaded("transfer"), {}
    for ref in task.refs(SEED, "dev"):
        if ref.kind != Kind.NULL.value:
            world = task.question(ref.units[0], SEED)
            fitted = ridge(world.shown[: len(world.labels)], world.labels, world.asked)
            found[ref.group] = score(ref, task.key(ref), predictions=fitted.tolist())
    bound = [value for name, value in found.items() if name.endswith("bound")]
    free = [value for name, value in found.items() if not name.endswith("bound")]
    assert len(bound) == len(free) == 2
    assert max(bound) < 0 < 0.8 < min(free)


def test_an_unused_frequency_is_absent_from_a_network_that_adds_up() -> None:
    task = loaded("circular")
    measured = [record.measured for record in task.manifest.models.values() if record.recipe["null"] == "unused"]
    assert measured
    assert all(one["accuracy"] >= 0.99 and one["ceiling"] <= 0.05 for one in measured)


@pytest.mark.parametrize("name", PREDICTED)
def test_training_gained_at_least_a_fifth_in_every_world(name: str) -> None:
    records = [record for record in loaded(name).manifest.models.values() if not record.recipe["null"]]
    gains = np.array([record.measured["ceiling"] - record.measured["untrained"] for record in records])
    assert len(gains) >= 5
    assert gains.min() >= 0.2
