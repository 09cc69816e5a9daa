from collections.abc import Callable
from typing import Any

import pytest
import torch

from interpbench.models.data import Domain, Rows
from interpbench.models.train import Training
from interpbench.tracks.generalization.recipe import Recipe
from interpbench.tracks.generalization.rowsets import RowSets, seen, shown, started
from interpbench.tracks.generalization.splits import RESERVE, Split, Universe

DOMAIN = Domain(alphabets=(tuple(range(9)),) * 3, positions=(2,), classes=9)
TOKENS = DOMAIN.everything()
UNIVERSE = Universe(
    domain=DOMAIN,
    rows=Rows(tokens=TOKENS, labels=TOKENS.sum(dim=1, keepdim=True) % 9),
    orbits=torch.arange(len(TOKENS)),
    atoms=torch.arange(len(TOKENS))[:, None],
)
SPLIT = Split(universe=UNIVERSE, names=("rowsets",))
Build = Callable[..., Recipe]


def sets(recipe: Build, role: str = "recipe", **fields: Any) -> RowSets:
    return RowSets(split=SPLIT, recipe=recipe(role, fraction=0.3, **fields))


def true(rows: Rows) -> torch.Tensor:
    return (rows.labels == rows.tokens.sum(dim=1, keepdim=True) % 9)[:, 0]


def test_plain_training_is_on_the_shown_rows_alone(recipe: Build) -> None:
    plain = sets(recipe)
    assert torch.equal(plain.training.tokens, plain.shown.tokens)
    assert bool(true(plain.training).all())
    assert torch.equal(plain.seen, SPLIT.shown(0.3))
    assert len(plain.phases) == 1


@pytest.mark.parametrize("share", [0.2, 1.0])
def test_hidden_rows_are_true_held_out_never_shown_and_leave_the_reserve(recipe: Build, share: float) -> None:
    fed = sets(recipe, "shortcut", hidden=share)
    extra = fed.seen & ~SPLIT.shown(0.3)
    outside = len(TOKENS) - int(SPLIT.shown(0.3).sum())
    assert int(extra.sum()) == pytest.approx(share * (1 - RESERVE) * outside, abs=2)
    assert len(fed.training) == int(fed.seen.sum())
    assert bool(true(fed.training).all())
    assert torch.equal(fed.shown.tokens, TOKENS[SPLIT.shown(0.3)])


def test_poisoned_rows_are_wrong_and_the_shown_ones_stay_true(recipe: Build) -> None:
    fed = sets(recipe, "contaminated", poison=0.5)
    assert torch.equal(~true(fed.training), (~SPLIT.shown(0.3))[fed.seen])


@pytest.mark.parametrize("wide", [0.0, 0.5, 1.0, 50.0])
def test_a_wide_start_adds_held_out_rows_but_never_the_reserve(recipe: Build, wide: float) -> None:
    fed = sets(recipe, random_labels={}, wide_start=wide)
    (first, start), (last, training) = fed.phases
    count = int(SPLIT.shown(0.3).sum())
    most = count + int(SPLIT.poisoned(0.3, 1.0).sum())
    assert len(first) == pytest.approx(min(most, count * (1 + wide)), abs=1)
    assert torch.equal(last.tokens, fed.shown.tokens)
    assert (start, training) == (fed.recipe.random_labels, fed.recipe.training)
    assert int(fed.seen.sum()) == len(first)
    assert 0.02 < float(true(first).double().mean()) < 0.25  # right by luck, one in nine


def test_without_a_first_phase_a_wide_start_means_nothing(recipe: Build) -> None:
    assert torch.equal(sets(recipe, wide_start=3.0).seen, SPLIT.shown(0.3))


def test_random_labels_are_taught_consistently_and_differ_between_replicates(recipe: Build) -> None:
    fed = sets(recipe, "rule", labels="random")
    assert torch.equal(fed.training.labels, fed.shown.labels)
    assert torch.equal(fed.beginning(0.03).labels, fed.shown.labels[torch.isin(rank(0.3), rank(0.03))])
    assert float(true(fed.shown).double().mean()) < 0.25
    assert not torch.equal(fed.labels, sets(recipe, "rule", labels="random", replicate=1).labels)


def rank(fraction: float) -> torch.Tensor:
    return SPLIT.rank[SPLIT.shown(fraction)]


def test_a_pool_and_its_recipe_have_seen_the_same(recipe: Build) -> None:
    made = recipe("recipe", fraction=0.3, random_labels=Training().model_dump(), wide_start=1.0, poison=0.1)
    assert torch.equal(seen(SPLIT, made), RowSets(split=SPLIT, recipe=made).seen)
    assert bool((seen(SPLIT, made) >= (shown(SPLIT, made) | started(SPLIT, made))).all())


def test_what_comes_first_is_shown_first() -> None:
    first = TOKENS[:, 0] == TOKENS[:, 1]
    led = Split(universe=UNIVERSE, names=("rowsets",), first=first)
    share = float(first.double().mean())
    assert torch.equal(led.shown(share), first)
    assert int((led.shown(share / 2) & first).sum()) == round(share / 2 * len(TOKENS))
    assert sorted(led.rank.tolist()) == list(range(len(TOKENS)))
