"""Looking up in context: the rule against a dictionary, what is shown together, shortcuts by hand, one direction."""

import pytest
import torch
from torch import Tensor

from interpbench.models.forward import initial
from interpbench.models.names import generator
from interpbench.tracks.generalization.accuracy import balanced_accuracy
from interpbench.tracks.generalization.recipe import GENERALISES, Verdict
from interpbench_tasks.generalization.in_context import ABSENT, ITEMS, LABELS, PAIRS, InContext


@pytest.fixture(scope="module")
def task() -> InContext:
    return InContext()


def row(pairs: list[tuple[int, int]], asked: int) -> Tensor:
    """One input, labels counted from 0."""
    return torch.tensor([[token for item, label in pairs for token in (item, ITEMS + label)] + [asked]])


def orbits(task: InContext, *rows: Tensor) -> int:
    return len(torch.unique(task.orbit(torch.cat(rows)), dim=0))


def test_answers_are_those_of_a_dictionary(task: InContext) -> None:
    rows = task.universe.rows[:2000]
    for (*read, asked), (label,) in zip(rows.tokens.tolist(), rows.labels.tolist(), strict=True):
        context = dict(zip(read[::2], read[1::2], strict=True))
        assert label == context.get(asked, ITEMS + ABSENT) - ITEMS


def test_the_last_pair_with_an_item_counts_and_an_item_may_be_absent(task: InContext) -> None:
    context = [(2, 5), (0, 1), (2, 3)]
    answers = {item: int(task.label(row(context, item))) for item in range(ITEMS)}
    assert answers == {0: 1, 1: ABSENT, 2: 3, 3: ABSENT}


def test_neither_order_nor_an_overruled_label_parts_two_inputs(task: InContext) -> None:
    """And whatever an answer may depend on does."""
    first = row([(0, 1), (2, 3), (3, 4)], 2)
    assert orbits(task, first, row([(3, 4), (0, 1), (2, 3)], 2), row([(2, 3), (3, 4), (0, 1)], 2)) == 1
    assert orbits(task, row([(0, 1), (2, 3), (2, 4)], 2), row([(2, 0), (0, 1), (2, 4)], 0)) == 2
    assert orbits(task, row([(0, 1), (2, 3), (2, 4)], 2), row([(2, 0), (0, 1), (2, 4)], 2)) == 1
    assert orbits(task, row([(2, 3), (2, 4), (0, 1)], 2), row([(2, 4), (2, 3), (0, 1)], 2)) == 2
    assert orbits(task, first, row([(0, 0), (2, 3), (3, 4)], 2), row([(0, 1), (2, 3), (3, 4)], 1)) == 3


def test_labels_are_alike_within_an_orbit_and_all_of_it_is_shown_or_nothing(task: InContext) -> None:
    labels, numbers = task.universe.rows.labels[:, 0], task.universe.orbits
    shown = task.split(0).shown(0.045)
    for column in (labels, shown.long()):
        low = torch.full((task.universe.n_orbits,), 99).scatter_reduce(0, numbers, column, "amin")
        high = torch.full((task.universe.n_orbits,), -1).scatter_reduce(0, numbers, column, "amax")
        assert torch.equal(low, high)


def test_classes_are_as_frequent_as_counting_says(task: InContext) -> None:
    labels = task.universe.rows.labels[:, 0]
    shares = labels.bincount(minlength=LABELS + 1).double() / len(labels)
    absent = (1 - 1 / ITEMS) ** PAIRS
    assert float(shares[ABSENT]) == pytest.approx(absent, abs=0.01)
    assert shares[:LABELS].tolist() == pytest.approx([(1 - absent) / LABELS] * LABELS, abs=0.01)


def test_no_shortcut_passes_for_the_rule(task: InContext) -> None:
    """Answers by hand, each without looking an item up in all pairs."""
    tokens, labels = task.universe.rows.tokens, task.universe.rows.labels
    everywhere = torch.ones(len(tokens), dtype=torch.bool)
    last = tokens[:, -2] - ITEMS
    there = (tokens[:, :-1:2] == tokens[:, -1:]).any(1)
    guesses = {
        "most frequent": torch.full_like(last, ABSENT),
        "last label": last,
        "last pair": torch.where(tokens[:, -3] == tokens[:, -1], last, ABSENT),
        "last label if there": torch.where(there, last, ABSENT),
    }
    found = {name: balanced_accuracy(guess == labels[:, 0], labels, everywhere) for name, guess in guesses.items()}
    assert found["most frequent"] == pytest.approx(task.chance)
    assert found["most frequent"] < found["last label"] < found["last pair"] < found["last label if there"] < 0.65
    assert balanced_accuracy(task.label(tokens)[:, 0] == labels[:, 0], labels, everywhere) == 1 > GENERALISES


def test_a_network_that_knows_nothing_passes_no_gate(task: InContext) -> None:
    recipe = task.recipes("quick")[0]
    params = initial(recipe.config, generator("null"), 1.0)
    measured = task.measure(recipe, params)
    assert measured["test_accuracy"] < task.chance + 0.15
    assert "train accuracy" in str(task.gate(recipe, measured))
    assert sum(value.numel() for value in params.values()) <= 25_000


def test_pools_share_the_rows_that_their_kind_says(task: InContext) -> None:
    recipes = {(recipe.role, recipe.name): recipe for recipe in task.recipes("standard")}
    shown = {role: task.split(0).shown(recipe.fraction) for (role, _), recipe in recipes.items()}
    for role in ("recipe", "contaminated", "rule"):
        assert torch.equal(shown[role], shown["generaliser"])
    assert 0 < int(shown["fraction"].sum()) < int(shown["generaliser"].sum())
    assert not bool((shown["fraction"] & ~shown["generaliser"]).any())
    assert len({name for role, name in recipes if role == "recipe"}) == 2
    assert all(int((~task.rowsets(recipe).seen).sum()) > 10_000 for recipe in recipes.values())


def test_from_few_rows_the_recipe_of_generalisers_does_not_look_up(task: InContext) -> None:
    recipe = next(recipe for recipe in task.recipes("smoke") if recipe.role == "fraction")
    recipe = recipe.model_copy(update={"training": recipe.training.model_copy(update={"max_steps": 200})})
    measured = task.measure(recipe, task.train(recipe, 0)[0])
    assert measured["train_accuracy"] == 1
    assert task.verdict(measured) is Verdict.MEMORISER
    assert measured["test_accuracy"] > task.chance
