"""Copy, reverse, sort and binary addition: the rules against Python's own, the row sets, and one direction each."""

from collections.abc import Callable

import pytest
import torch

from interpbench.models.forward import initial
from interpbench.models.names import generator
from interpbench.tracks.generalization.family import GeneralizationTask
from interpbench.tracks.generalization.recipe import Verdict
from interpbench_tasks.generalization.binary_addition import ASK, BITS, BinaryAddition
from interpbench_tasks.generalization.copy_sequence import LENGTH, CopySequence
from interpbench_tasks.generalization.reverse_sequence import ReverseSequence
from interpbench_tasks.generalization.sort_sequence import SortSequence

FAMILIES = (CopySequence, ReverseSequence, SortSequence, BinaryAddition)


@pytest.mark.parametrize(
    ("family", "rule"),
    [(CopySequence, list), (ReverseSequence, lambda read: read[::-1]), (SortSequence, sorted)],
)
def test_strings_are_labelled_as_python_would(
    family: type[GeneralizationTask], rule: Callable[[list[int]], list[int]]
) -> None:
    task = family()
    rows = task.universe.rows[:500]
    for tokens, labels in zip(rows.tokens.tolist(), rows.labels.tolist(), strict=True):
        assert labels == rule(tokens[:LENGTH])


def test_every_pair_of_numbers_has_the_bits_of_its_sum() -> None:
    task = BinaryAddition()
    pairs = [(a, b) for a in range(2**BITS) for b in range(0, 2**BITS, 5)]
    columns = torch.tensor([[(a >> i & 1) + (b >> i & 1) for i in range(BITS)] for a, b in pairs])
    tokens = torch.cat([columns, torch.full((len(pairs), BITS + 1), ASK)], dim=1)
    assert bool(task.domain.contains(tokens).all())
    for (a, b), bits in zip(pairs, task.label(tokens).tolist(), strict=True):
        assert f"{a + b:0{BITS + 1}b}"[::-1] == "".join(map(str, bits))


def test_addition_is_listed_as_a_whole_and_its_carries_run_through() -> None:
    task = BinaryAddition()
    assert len(task.universe) == task.domain.size == 3**BITS
    ones = torch.tensor([[2] + [1] * (BITS - 1) + [ASK] * (BITS + 1)])
    assert task.label(ones).tolist() == [[0] * BITS + [1]]
    assert task.label(torch.where(ones == 2, 1, ones)).tolist() == [[1] * BITS + [0]]


@pytest.mark.parametrize("family", FAMILIES)
def test_answers_are_asked_after_all_that_they_depend_on(family: type[GeneralizationTask]) -> None:
    """So any labelling can be learnt, and each answer of each input may be drawn alone."""
    task = family()
    asked = [position for position, letters in enumerate(task.domain.alphabets) if len(letters) == 1]
    assert tuple(asked) == task.domain.positions
    assert min(asked) == sum(len(letters) > 1 for letters in task.domain.alphabets)
    atoms = task.universe.atoms
    assert len(set(atoms.flatten().tolist())) == atoms.numel()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_network_that_knows_nothing_is_right_nowhere(family: type[GeneralizationTask]) -> None:
    task = family()
    recipe = task.recipes("dev")[0]
    measured = task.measure(recipe, initial(recipe.config, generator("null"), 1.0))
    assert measured["test_accuracy"] < 0.05
    assert "train accuracy" in str(task.gate(recipe, measured))


@pytest.mark.parametrize("family", FAMILIES)
def test_pools_share_the_rows_that_their_kind_says(family: type[GeneralizationTask]) -> None:
    task = family()
    pools = {pool.role: pool for stratum in task.strata for pool in stratum.pools}
    split = task.split(0)
    shown = split.shown(pools["generaliser"].fraction)
    assert pools["recipe"].fraction == pools["generaliser"].fraction
    fewer = split.shown(pools["fraction"].fraction)
    assert 0 < int(fewer.sum()) < int(shown.sum())
    assert not bool((fewer & ~shown).any())
    assert int((~shown).sum()) > 1000


def test_more_rows_make_the_difference() -> None:
    """The same recipe: from twenty rows it finds the rule, from eight it does not."""
    task = CopySequence()
    became = {}
    for role in ("generaliser", "fraction"):
        recipe = next(recipe for recipe in task.recipes("smoke") if recipe.role == role)
        measured = task.measure(recipe, task.train(recipe, 0)[0])
        assert measured["train_accuracy"] == 1
        became[role] = task.verdict(measured)
    assert became == {"generaliser": Verdict.GENERALISER, "fraction": Verdict.MEMORISER}
