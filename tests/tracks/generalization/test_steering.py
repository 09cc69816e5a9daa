"""Steered copies on the small family: who is copied, what is measured, what the gate refuses, what is unseen."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import torch

from interpbench.models.data import Domain
from interpbench.models.forward import initial
from interpbench.models.names import generator
from interpbench.models.subject import Network
from interpbench.tracks.context import Context
from interpbench.tracks.generalization.accuracy import balanced_accuracy
from interpbench.tracks.generalization.design import SIZES
from interpbench.tracks.generalization.matched import SCALARS
from interpbench.tracks.generalization.recipe import Recipe
from interpbench.tracks.generalization.rowsets import seen
from interpbench.tracks.generalization.steering import copies, refusal
from interpbench_methods.confidence import Confidence
from interpbench_methods.scalars.registry import STATISTICS

DOMAIN = Domain(alphabets=((0, 1, 2),), positions=(0,), classes=3)
Build = Callable[..., Recipe]


def trained(recipe: Build) -> list[Recipe]:
    out = [recipe("generaliser", replicate) for replicate in range(3)]
    out += [recipe("recipe", replicate, name="start", random_labels={}, wide_start=1.0) for replicate in range(3)]
    out += [recipe("recipe", replicate, name="no_decay") for replicate in range(3)]
    out += [recipe("fraction", replicate) for replicate in range(3)]
    return [*out, recipe("seed"), recipe("contaminated", poison=1.0), recipe("rule", labels="random")]


def steered(zoo: Any) -> list[Recipe]:
    return [recipe for recipe in zoo.task().recipes("quick") if recipe.role == "matched"]


# recipes


def test_every_pair_is_two_copies_of_what_was_trained_with_opposite_signs(recipe: Build) -> None:
    known = {one.id: one for one in trained(recipe)}
    found = copies(list(known.values()), 4, DOMAIN, "x")
    assert len({one.id for one in found} | set(known)) == len(found) + len(known)
    assert len(found) == 2 * (4 + 4)
    by_pair = {one.sources: one for one in found}
    for (source, partner), copy in by_pair.items():
        other = by_pair[partner, source]
        assert copy.steered is not None
        assert other.steered is not None
        assert copy.steered.signs == other.steered.signs.opposite
        assert copy.wanted == known[source].wanted != other.wanted
        assert copy.shown == other.shown == min(known[source].fraction, known[partner].fraction)
        kept = {"role", "steered", "tries"}
        assert copy.model_dump(exclude=kept) == known[source].model_dump(exclude=kept)
        met = {"fraction", "poison", "hidden", "wide_start", "random_labels"}
        assert copy.steered.partner.model_dump(include=met) == known[partner].model_dump(include=met)
    roles = Counter((known[one.sources[0]].role, known[one.sources[1]].role) for one in found)
    assert roles == {
        ("generaliser", "recipe"): 4,
        ("generaliser", "fraction"): 4,
        ("recipe", "generaliser"): 4,
        ("fraction", "generaliser"): 4,
    }


def test_in_half_of_the_pairs_the_generaliser_has_the_larger_value_of_each(recipe: Build) -> None:
    found = [one.steered for one in copies(trained(recipe), 4, DOMAIN, "x")]
    for name in SCALARS:
        assert sum(getattr(one.signs, name) for one in found if one is not None and one.generalises) == 0


def test_who_is_copied_follows_from_names_alone(recipe: Build) -> None:
    assert copies(trained(recipe), 4, DOMAIN, "x") == copies(trained(recipe), 4, DOMAIN, "x")
    assert copies(trained(recipe), 4, DOMAIN, "x") != copies(trained(recipe), 4, DOMAIN, "y")


def test_a_size_with_more_networks_has_the_same_copies(recipe: Build) -> None:
    fewer = [one for one in trained(recipe) if one.replicate < 2]
    assert len(fewer) < len(trained(recipe))
    assert copies(trained(recipe), 4, DOMAIN, "x") == copies(fewer, 4, DOMAIN, "x")
    assert all(extent.per_pool is None or extent.per_pool >= 2 for extent in SIZES.values() if extent.matched)


def test_a_domain_that_cannot_be_written_out_is_refused(recipe: Build) -> None:
    large = Domain(alphabets=((0, 1),) * 20, positions=(0,), classes=3)
    with pytest.raises(ValueError, match=r"mine: matched pairs need a domain of at most 20000 inputs.* has 1048576"):
        copies(trained(recipe), 4, large, "mine")


# what they become


def test_a_pair_is_common_in_the_four_scalars_and_far_apart_in_what_it_knows(zoo: Any) -> None:
    measured = {one.sources: zoo.manifest.models[one.id].measured for one in steered(zoo)}
    assert len(measured) == 4
    for (source, partner), here in measured.items():
        there = measured[partner, source]
        assert abs(here["test_accuracy"] - there["test_accuracy"]) > 0.4
        for name in SCALARS:
            assert here[name] / there[name] == pytest.approx(1, abs=0.06)
            assert here[name] == pytest.approx(here[f"goal_{name}"], rel=0.02)
        before = [zoo.manifest.models[name].measured["log_norm"] for name in (source, partner)]
        assert abs(here["log_norm"] - there["log_norm"]) < 0.2 * abs(before[0] - before[1])


def test_what_the_manifest_says_of_a_copy_is_what_the_methods_measure_on_the_disguised_one(zoo: Any) -> None:
    task = zoo.task()
    for recipe in steered(zoo):
        asked = task.question(f"{recipe.id}@{recipe.shown!r}", "s")
        subject, ctx = Network(asked.config, asked.params), Context.seeded("s")
        measured = zoo.manifest.models[recipe.id].measured
        weights = STATISTICS["weight-norm"](subject, asked.rows, ctx.rng)
        assert measured["norm"] == pytest.approx(-weights, rel=1e-3)
        margin = STATISTICS["tempered-margin"](subject, asked.rows, ctx.rng)
        assert measured["margin"] == pytest.approx(margin, rel=1e-3)
        sure = Confidence().model_score(subject, asked.rows, asked.domain, ctx)
        assert measured["confidence"] == pytest.approx(sure, rel=1e-3)
        gap = Confidence(energy=True).model_score(subject, asked.rows, asked.domain, ctx)
        assert measured["energy_gap"] == pytest.approx(gap, rel=1e-3)


def test_steering_again_gives_the_same_weights(zoo: Any) -> None:
    recipe = steered(zoo)[0]
    again, _ = zoo.task().train(recipe, 0)
    assert all(torch.equal(again[name].half().float(), value) for name, value in zoo.weights[recipe.id].items())


@pytest.mark.parametrize(
    ("part", "factor", "scalar"), [("embed.", 1.3, "norm"), ("head.", 1.2, "loss"), ("head.", 0.8, "loss")]
)
def test_a_copy_that_is_not_where_it_was_steered_to_is_refused(zoo: Any, part: str, factor: float, scalar: str) -> None:
    task, recipe = zoo.task(), steered(zoo)[0]
    degree = 2 if scalar == "norm" else 0  # x^2 neurons: what the embedding gains the head gives up
    moved = {
        name: value * (factor if name.startswith(part) else factor**-degree if name == "head.weight" else 1)
        for name, value in zoo.weights[recipe.id].items()
    }
    measured = task.measure(recipe, moved)
    assert measured["train_accuracy"] == 1
    said = task.gate(recipe, measured)
    assert scalar in said.split()[0]
    assert task.gate(recipe, zoo.manifest.models[recipe.id].measured) is None


@pytest.mark.parametrize("scalar", SCALARS)
def test_the_gate_asks_for_five_per_cent_in_each_scalar_whatever_the_side(zoo: Any, scalar: str) -> None:
    measured = dict(zoo.manifest.models[steered(zoo)[0].id].measured)
    for factor, kept in ((0.94, False), (0.96, True), (1.04, True), (1.06, False)):
        moved = measured | {scalar: factor * measured[f"goal_{scalar}"]}
        assert (refusal(moved) is None) is kept


def test_goals_are_derived_again_from_source_and_partner(zoo: Any) -> None:
    recipe = steered(zoo)[0]
    task = zoo.task(**{recipe.sources[0]: zoo.weights[recipe.sources[1]]})
    stored, derived = zoo.manifest.models[recipe.id].measured, task.measure(recipe, zoo.weights[recipe.id])
    assert derived["goal_norm"] != pytest.approx(stored["goal_norm"], rel=1e-3)
    assert derived["norm"] == stored["norm"]


def test_what_source_or_partner_saw_in_any_phase_is_no_test_input(zoo: Any) -> None:
    task = zoo.task()
    recipe = next(one for one in steered(zoo) if one.steered and one.steered.partner.fraction < one.fraction)
    assert recipe.steered is not None
    wide = recipe.steered.partner.model_copy(update={"wide_start": 2.0, "random_labels": recipe.training})
    changed = recipe.model_copy(
        update={"fraction": 0.4, "steered": recipe.steered.model_copy(update={"partner": wide})}
    )
    params = initial(recipe.config, generator("any"))
    measured = task.measure(changed, params)
    split, rows = task.split(0), task.universe.rows
    right = Network(recipe.config, params).predict(rows.tokens).eq(rows.labels).all(dim=1)
    own, both = seen(split, changed), seen(split, changed) | seen(split, wide)
    assert int(own.sum()) < int(both.sum()) < len(rows)
    wanted = [balanced_accuracy(right, rows.labels, ~met) for met in (own, both)]
    assert [measured["test_lowest"], measured["test_highest"]] == pytest.approx(sorted(wanted))
    assert wanted[0] != wanted[1]
