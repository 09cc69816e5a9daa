"""Groups, quotients and automata: each rule against an independent definition, its orbits, and a null each."""

from itertools import product

import pytest
import torch

from interpbench.models.forward import initial
from interpbench.models.names import generator, numpy_generator
from interpbench.tracks.generalization.family import GeneralizationTask
from interpbench.tracks.generalization.recipe import Verdict
from interpbench_tasks.generalization import cellular_automaton as cellular
from interpbench_tasks.generalization import dihedral_group as dihedral
from interpbench_tasks.generalization import modular_division as division
from interpbench_tasks.generalization import random_automaton as automaton
from interpbench_tasks.generalization.cellular_automaton import CellularAutomaton
from interpbench_tasks.generalization.dihedral_group import DihedralGroup
from interpbench_tasks.generalization.modular_division import ModularDivision
from interpbench_tasks.generalization.random_automaton import RandomAutomaton

FAMILIES = (DihedralGroup, ModularDivision, RandomAutomaton, CellularAutomaton)


# the dihedral group


def corners(element: int) -> tuple[int, ...]:
    """Where an element takes the corners of the polygon."""
    flip, turn = divmod(element, dihedral.SIDES)
    return tuple((turn + (-corner if flip else corner)) % dihedral.SIDES for corner in range(dihedral.SIDES))


def test_products_are_those_of_the_maps_of_the_corners() -> None:
    rows = DihedralGroup().universe.rows
    maps = [corners(element) for element in range(dihedral.N)]
    assert len(set(maps)) == dihedral.N
    for (a, b), (label,) in zip(rows.tokens.tolist(), rows.labels.tolist(), strict=True):
        assert maps[label] == tuple(maps[a][corner] for corner in maps[b])


def test_exchanged_factors_belong_together_where_they_commute_and_only_there() -> None:
    universe = DihedralGroup().universe
    orbit = dict(zip(map(tuple, universe.rows.tokens.tolist()), universe.orbits.tolist(), strict=True))
    label = dict(zip(map(tuple, universe.rows.tokens.tolist()), universe.rows.labels[:, 0].tolist(), strict=True))
    pairs = list(product(range(dihedral.N), repeat=2))
    assert all((orbit[a, b] == orbit[b, a]) == (label[a, b] == label[b, a]) for a, b in pairs)
    commuting = sum(label[a, b] == label[b, a] for a, b in pairs)
    assert commuting == dihedral.N * (dihedral.SIDES // 2 + 3)  # as many as elements times conjugacy classes
    assert universe.n_orbits == len(pairs) - (commuting - dihedral.N) // 2


# division


def test_a_quotient_times_its_divisor_is_the_dividend() -> None:
    rows = ModularDivision().universe.rows
    a, b, quotient = (rows.tokens[:, 0] + 1), (rows.tokens[:, 1] + 1), rows.labels[:, 0] + 1
    assert torch.equal(quotient * b % division.P, a)
    assert set(quotient.tolist()) == set(range(1, division.P))


def test_quotient_and_inverse_are_held_out_together_and_poisoned_apart() -> None:
    """a / b tells b / a, so both are held out; as labels to be learnt they are two."""
    task = ModularDivision()
    universe = task.universe
    place = {row: number for number, row in enumerate(map(tuple, universe.rows.tokens.tolist()))}
    assert all(universe.orbits[place[a, b]] == universe.orbits[place[b, a]] for a, b in place)
    assert universe.n_orbits == division.N * (division.N + 1) // 2
    shift = (task.split(0).relabelled(True, None, "test") - universe.rows.labels) % division.N
    assert bool((shift != 0).all())
    assert any(shift[place[a, b]] != shift[place[b, a]] for a, b in place)


# the random automaton


def test_the_table_is_the_draw_that_it_is_said_to_be() -> None:
    rng = numpy_generator("random_automaton", "transitions")
    drawn = [rng.permutation(automaton.STATES).tolist() for _ in range(automaton.SYMBOLS)]
    assert automaton.NEXT.tolist() == drawn


def test_the_last_state_is_that_of_a_product_of_matrices() -> None:
    rows = RandomAutomaton().universe.rows
    matrices = [torch.eye(automaton.STATES)[row] for row in automaton.NEXT]
    for tokens, label in zip(rows.tokens[::7].tolist(), rows.labels[::7, 0].tolist(), strict=True):
        state = torch.eye(automaton.STATES)[0]
        for symbol in tokens:
            state = state @ matrices[symbol]
        assert int(state.argmax()) == label


def test_the_automaton_forgets_nothing_and_generates_sixty_permutations() -> None:
    generators = [tuple(row) for row in automaton.NEXT.tolist()]
    group, new = {tuple(range(automaton.STATES))}, {tuple(range(automaton.STATES))}
    while new:
        new = {tuple(step[state] for state in old) for old in new for step in generators} - group
        group |= new
    assert len(group) == 60
    assert all(len(set(element)) == automaton.STATES for element in group)


def test_no_short_suffix_tells_the_state() -> None:
    """The best guess from the last four symbols is little better than chance."""
    rows = RandomAutomaton().universe.rows
    suffix = rows.tokens[:, -4:] @ torch.tensor([8, 4, 2, 1])
    counts = torch.zeros(16, automaton.STATES).index_put_(
        (suffix, rows.labels[:, 0]), torch.ones(len(rows)), accumulate=True
    )
    assert float(counts.amax(dim=1).sum()) / len(rows) < 0.35


# the cellular automaton


def test_two_steps_of_rule_thirty_by_its_number() -> None:
    """The rule's number is its table: bit 4l + 2c + r is what a neighbourhood l c r becomes."""
    rows = CellularAutomaton().universe.rows
    n = cellular.CELLS
    for tokens, labels in zip(rows.tokens[::5].tolist(), rows.labels[::5].tolist(), strict=True):
        cells = tokens[:n]
        for _ in range(2):
            cells = [30 >> (4 * cells[i - 1] + 2 * cells[i] + cells[(i + 1) % n]) & 1 for i in range(n)]
        assert cells[: cellular.ASKED] == labels


def test_a_cell_depends_on_those_within_two_and_on_no_other() -> None:
    task = CellularAutomaton()
    tokens = task.universe.rows.tokens
    for cell in range(cellular.CELLS):
        flipped = tokens.clone()
        flipped[:, cell] ^= 1
        moved = (task.label(flipped) != task.label(tokens)).any(dim=0)
        distance = [min((cell - i) % cellular.CELLS, (i - cell) % cellular.CELLS) for i in range(cellular.ASKED)]
        assert moved.tolist() == [away <= 2 for away in distance]


def test_answers_are_read_after_all_cells() -> None:
    task = CellularAutomaton()
    assert min(task.domain.positions) == cellular.CELLS
    atoms = task.universe.atoms
    assert len(set(atoms.flatten().tolist())) == atoms.numel() == len(task.universe) * cellular.ASKED


# all of them


@pytest.mark.parametrize("family", FAMILIES)
def test_a_network_that_knows_nothing_passes_no_gate(family: type[GeneralizationTask]) -> None:
    task = family()
    for recipe in {recipe.stratum: recipe for recipe in task.recipes("quick") if not recipe.sources}.values():
        params = initial(recipe.config, generator("null", recipe.stratum), 1.0)
        measured = task.measure(recipe, params)
        assert measured["test_accuracy"] < task.chance + 0.15
        assert "train accuracy" in str(task.gate(recipe, measured))
        assert sum(value.numel() for value in params.values()) <= 25_000


@pytest.mark.parametrize("family", FAMILIES)
def test_every_class_is_equally_likely_and_every_pool_has_rows_to_be_tested_on(
    family: type[GeneralizationTask],
) -> None:
    task = family()
    labels = task.universe.rows.labels
    for column in labels.T:
        counts = column.bincount(minlength=task.domain.classes)
        assert int(counts.max() - counts.min()) <= 1
    for recipe in task.recipes("standard"):
        assert int((~task.rowsets(recipe).seen).sum()) >= 25, recipe.id


@pytest.mark.parametrize("family", FAMILIES)
def test_every_stratum_has_two_recipes_that_memorise_and_smaller_rows_nested_in_its_own(
    family: type[GeneralizationTask],
) -> None:
    task = family()
    for stratum in task.strata:
        recipes = [recipe for recipe in task.recipes("quick") if recipe.stratum == stratum.name]
        assert len({recipe.name for recipe in recipes if recipe.role == "recipe"}) == 2
        wanted = {recipe.role: recipe for recipe in recipes}
        shown = {role: task.split(0).shown(recipe.fraction) for role, recipe in wanted.items()}
        assert torch.equal(shown["recipe"], shown["generaliser"])
        assert torch.equal(shown["contaminated"], shown["generaliser"])
        assert bool((shown["fraction"] & ~shown["generaliser"]).sum() == 0)
        assert 0 < int(shown["fraction"].sum()) < int(shown["generaliser"].sum())
        assert wanted["fraction"].training == wanted["generaliser"].training == wanted["contaminated"].training
        assert wanted["generaliser"].wanted is Verdict.GENERALISER
