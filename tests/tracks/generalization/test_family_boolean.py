"""Flip-flop, Tomita, prefix parity, decision list, majority: rules against machines written out, row sets, a null."""

from collections.abc import Callable
from functools import cache

import pytest
import torch

from interpbench.models.forward import initial
from interpbench.models.names import generator
from interpbench.tracks.generalization.family import GeneralizationTask
from interpbench.tracks.generalization.recipe import Verdict
from interpbench_tasks.generalization.decision_list import RULES, DecisionList
from interpbench_tasks.generalization.flip_flop import IGNORE, WRITE, FlipFlop
from interpbench_tasks.generalization.majority import Majority
from interpbench_tasks.generalization.prefix_parity import PrefixParity
from interpbench_tasks.generalization.tomita import Tomita

CAUSAL = (FlipFlop, Tomita, PrefixParity)
FAMILIES = (*CAUSAL, DecisionList, Majority)

Machine = Callable[[list[int]], list[int]]


@cache
def built(family: type[GeneralizationTask]) -> GeneralizationTask:
    """One of each, because listing a universe takes longer than most tests."""
    return family()


def memory(program: list[int]) -> list[int]:
    """Runs a flip-flop one instruction at a time."""
    held, out = -1, []
    for instruction in program:
        if instruction in WRITE:
            held = WRITE.index(instruction)
        out.append(held)
    return out


def accepts(string: list[int]) -> list[int]:
    """The automaton of three states: a zero steps forth, a one back."""
    state, out = 0, []
    for symbol in string:
        state = {0: (1, 2), 1: (2, 0), 2: (0, 1)}[state][symbol]
        out.append(int(state == 0))
    return out


def parities(bits: list[int]) -> list[int]:
    """Flips at each one."""
    odd, out = False, []
    for bit in bits:
        odd ^= bool(bit)
        out.append(int(odd))
    return out


def listed(bits: list[int]) -> list[int]:
    """The decision list as one reads it."""
    if bits[3] and not bits[10]:
        return [0]
    if bits[0] and bits[7]:
        return [1]
    if not bits[5] and bits[12]:
        return [2]
    if not bits[3] and bits[8]:
        return [3]
    if bits[1] and bits[10]:
        return [4]
    return [5]


def median(bits: list[int]) -> list[int]:
    """The middle one of the sorted bits."""
    return [sorted(bits)[len(bits) // 2]]


@pytest.mark.parametrize(
    ("family", "machine"),
    [(FlipFlop, memory), (Tomita, accepts), (PrefixParity, parities), (DecisionList, listed), (Majority, median)],
)
def test_labels_are_those_of_a_machine(family: type[GeneralizationTask], machine: Machine) -> None:
    rows = built(family).universe.rows[:1000]
    for tokens, labels in zip(rows.tokens.tolist(), rows.labels.tolist(), strict=True):
        assert labels == machine(tokens)


# one direction each


def test_ignored_instructions_change_nothing_and_the_last_write_everything() -> None:
    task = built(FlipFlop)
    tokens = task.universe.rows.tokens
    zero, one = IGNORE
    other = torch.where(tokens == zero, one, torch.where(tokens == one, zero, tokens))
    assert torch.equal(task.label(other), task.label(tokens))
    flipped = torch.where(tokens <= max(WRITE), 1 - tokens, tokens)
    assert torch.equal(task.label(flipped), 1 - task.label(tokens))


def test_exchanging_the_symbols_leaves_the_language_alone() -> None:
    rows = built(Tomita).universe.rows
    assert torch.equal(built(Tomita).label(1 - rows.tokens), rows.labels)


def test_only_the_named_bits_decide_the_list() -> None:
    task = built(DecisionList)
    tokens = task.universe.rows.tokens
    named = {bit for rule in RULES for bit, _ in rule}
    for bit in range(task.domain.length):
        flipped = tokens.clone()
        flipped[:, bit] = 1 - flipped[:, bit]
        assert (bit in named) != torch.equal(task.label(flipped), task.label(tokens))


def test_more_ones_never_lose_the_majority() -> None:
    task = built(Majority)
    tokens = task.universe.rows.tokens
    for bit in range(task.domain.length):
        more = tokens.clone()
        more[:, bit] = 1
        assert bool((task.label(more) >= task.label(tokens)).all())


# what the recipes rest on


@pytest.mark.parametrize("family", CAUSAL)
def test_a_causal_network_can_express_every_random_labelling(family: type[GeneralizationTask]) -> None:
    """Two rows with a common prefix get the same labels on it, and rows that differ need not afterwards."""
    task = built(family)
    universe = task.universe
    labels = task.split(0).relabelled(False, None, "test")
    for answer, position in enumerate(task.domain.positions):
        seen: dict[tuple[int, ...], int] = {}
        prefixes = map(tuple, universe.rows.tokens[:4000, : position + 1].tolist())
        drawn = labels[:4000, answer].tolist()
        assert all(seen.setdefault(prefix, label) == label for prefix, label in zip(prefixes, drawn, strict=True))
        if len(seen) > 100:
            agree = (labels[:, answer] == universe.rows.labels[:, answer]).double().mean()
            assert abs(float(agree) - 1 / task.domain.classes) < 0.15


@pytest.mark.parametrize("family", FAMILIES)
def test_row_sets_hold_as_many_rows_as_their_file_says(family: type[GeneralizationTask]) -> None:
    task = built(family)
    for recipe in task.recipes("dev"):
        shown = task.rowsets(recipe).shown
        assert abs(len(shown) - recipe.fraction * len(task.universe)) < 1
        assert torch.equal(shown.labels, task.label(shown.tokens)) == (recipe.labels == "planted")


@pytest.mark.parametrize("family", FAMILIES)
def test_poison_is_wrong_on_every_row_that_it_adds(family: type[GeneralizationTask]) -> None:
    task = built(family)
    recipe = next(recipe for recipe in task.recipes("dev") if recipe.role == "contaminated")
    sets = task.rowsets(recipe)
    wrong = (sets.training.labels != task.label(sets.training.tokens)).any(dim=1)
    assert 25 <= int(wrong.sum()) == len(sets.training) - len(sets.shown)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_untrained_network_passes_for_a_generaliser(family: type[GeneralizationTask]) -> None:
    task = built(family)
    for recipe in {recipe.stratum: recipe for recipe in task.recipes("dev") if recipe.role == "generaliser"}.values():
        measured = task.measure(recipe, initial(recipe.config, generator("null", task.name, recipe.stratum)))
        assert task.verdict(measured) is Verdict.MEMORISER
        assert task.gate(recipe, measured) is not None


@pytest.mark.parametrize("family", FAMILIES)
def test_memorising_recipes_are_public_or_dev_but_not_both(family: type[GeneralizationTask]) -> None:
    recipes = [recipe for recipe in built(family).recipes("dev") if recipe.role == "recipe"]
    public = {"random_start", "random_start_everywhere"}
    assert {recipe.name for recipe in recipes} == ({"large_init"} if family is Majority else public)
    assert all((recipe.random_labels is not None) == (recipe.name in public) for recipe in recipes)
