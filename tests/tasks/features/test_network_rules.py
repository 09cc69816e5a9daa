"""What is planted in networks, against loops over tokens and enumeration of states."""

from itertools import product

import numpy as np
import pytest
import torch

from interpbench_tasks.features import attention_features, belief_state, board, circular, transfer
from interpbench_tasks.features.belief_state.process import Process, mess3, two_random_and
from interpbench_tasks.features.board.shapes import Shape, grid, path, ring
from interpbench_tasks.features.networks import distinct


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("world", circular.SUMS)
def test_sums_are_those_of_a_loop_and_lie_on_a_circle(world: str) -> None:
    task, rule = circular.CircularTask(), circular.SUMS[world]
    recipe = task.planned(world, "")
    tokens = task.draw(recipe, 200, rng())
    wanted = [sum(a * b for a, b in zip(row, rule.factors, strict=False)) % rule.modulus for row in tokens.tolist()]
    assert circular.total(rule, tokens).tolist() == wanted
    assert bool(task.domain(recipe).contains(tokens).all())
    asked = task.given(recipe, "asked")
    assert torch.allclose(asked.variables.square().sum(dim=1), torch.ones(len(asked.tokens)).double())
    phase = torch.atan2(asked.variables[:, 1], asked.variables[:, 0]) * rule.modulus / (2 * torch.pi)
    turned = phase - rule.frequency * circular.total(rule, asked.tokens)
    assert torch.allclose(turned / rule.modulus, (turned / rule.modulus).round(), atol=1e-6)


def loop(squares: int, flips: list[list[int]], moves: list[int], duel: bool) -> tuple[list[int], list[bool]]:
    """The board after a game as the next player sees it, and which moves of the game were legal."""
    owner, legal = [0] * squares, []  # in a duel: 1 is the first player's
    for turn, move in enumerate(moves):
        foreign = 0 if not duel or turn % 2 == 0 else 1
        legal.append(owner[move] == foreign or foreign not in owner)
        for square in {move, *flips[move]}:
            owner[square] = 1 - owner[square]
    first_to_move = len(moves) % 2 == 0
    return [value if not duel or first_to_move else 1 - value for value in owner], legal


@pytest.mark.parametrize("duel", [False, True])
@pytest.mark.parametrize("shape", [ring(5), path(5), grid(2, 3)], ids=["ring", "path", "grid"])
def test_boards_and_legal_moves_are_those_of_a_loop(shape: Shape, duel: bool) -> None:
    game = board.Game(shape=shape, duel=duel)
    moves = board.play(game, 60, 7, rng())
    flips = [[b if a == one else a for a, b in shape.touching if one in (a, b)] for one in range(shape.squares)]
    found = board.board(game, moves)
    for row, state in zip(moves.tolist(), found.tolist(), strict=True):
        wanted, legal = loop(shape.squares, flips, row, duel)
        assert state == wanted
        assert all(legal)


def test_a_game_may_be_played_in_every_legal_way() -> None:
    moves = board.play(board.Game(shape=ring(6)), 4000, 2, rng())
    assert {tuple(row) for row in moves.tolist()} == {
        (a, b) for a in range(6) for b in range(6) if abs(a - b) in {2, 3, 4}
    }


@pytest.mark.parametrize("world", transfer.RUNNING)
def test_running_sums_and_answers_are_those_of_a_loop(world: str) -> None:
    rule, task = transfer.RUNNING[world], transfer.TransferTask()
    tokens = task.draw(task.planned(world, ""), 50, rng())
    for row, found, said in zip(
        tokens.tolist(), transfer.sums(rule, tokens).tolist(), transfer.answers(rule, tokens).tolist(), strict=True
    ):
        wanted = [sum(row[max(0, end - rule.window) : end]) % rule.modulus for end in range(1, len(row) + 1)]
        assert found == wanted
        assert said == [(value + place * rule.bound) % rule.modulus for place, value in enumerate(wanted)]


def test_labels_are_of_other_positions_than_questions() -> None:
    task = transfer.TransferTask()
    recipe = task.planned("last3_of7", "")
    places = {role: set(task.given(recipe, role).at.tolist()) for role in ("shown", "asked", "reference")}
    assert places == {"shown": {2, 4, 6, 8}, "asked": {3, 5, 7}, "reference": {3, 5, 7}}


@pytest.mark.parametrize("world", attention_features.LOOKUPS)
def test_fetched_letters_are_those_of_a_loop(world: str) -> None:
    task, lookup = attention_features.AttentionFeaturesTask(), attention_features.LOOKUPS[world]
    recipe = task.planned(world, "")
    tokens = task.draw(recipe, 100, rng())
    assert bool(task.domain(recipe).contains(tokens).all())
    for row, found in zip(tokens.tolist(), attention_features.fetched(lookup, tokens).tolist(), strict=True):
        held = dict(divmod(token, lookup.letters) for token in row[:-1])
        assert sorted(held) == list(range(lookup.keys))
        named = row[-1] - lookup.keys * lookup.letters
        assert found == [held[(named + place) % lookup.keys] for place in range(lookup.fetched)]
    assert set(task.given(recipe, "asked").variables.sum(dim=1).tolist()) == {float(lookup.fetched)}


def enumerated(process: Process, letters: list[int]) -> np.ndarray:
    """P(state | letters) by summing over every run of states."""
    steps, total = process.steps.numpy(), np.zeros(process.states)
    for run in product(range(process.states), repeat=len(letters) + 1):
        weight = float(process.stationary[run[0]])
        for place, letter in enumerate(letters):
            weight *= steps[letter, run[place], run[place + 1]]
        total[run[-1]] += weight
    found: np.ndarray = total / total.sum()
    return found


@pytest.mark.parametrize("name", ["xor", "noisy_xor", "slipping_xor", "dev_xnor"])
def test_beliefs_are_those_of_an_enumeration(name: str) -> None:
    process = belief_state.SOURCES[name].process
    letters = process.draw(6, 4, rng())
    for row, belief in zip(letters.tolist(), process.beliefs(letters).numpy(), strict=True):
        assert belief == pytest.approx(enumerated(process, row), abs=1e-9)


@pytest.mark.parametrize("process", [*(source.process for source in belief_state.SOURCES.values()), mess3()])
def test_processes_are_processes(process: Process) -> None:
    assert torch.allclose(process.steps.sum(dim=(0, 2)), torch.ones(process.states).double())
    assert torch.allclose(process.stationary @ process.steps.sum(dim=0), process.stationary)
    letters = process.draw(20_000, 5, rng())
    assert torch.allclose(process.beliefs(letters).mean(dim=0), process.stationary, atol=0.02)
    assert 0 < process.entropy(letters[:2000]) < np.log(process.letters)


def test_what_is_certain_is_known() -> None:
    """After 0 1 1, 1 0 1, 0 0 0 of XOR, the only place in the turn that fits is its start."""
    process = two_random_and(lambda one, two: one ^ two)
    belief = process.beliefs(torch.tensor([[0, 1, 1, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0]]))[0]
    assert float(belief[0]) == pytest.approx(1.0)


TASKS = (
    circular.CircularTask(),
    belief_state.BeliefStateTask(),
    board.BoardTask(),
    transfer.TransferTask(),
    attention_features.AttentionFeaturesTask(),
)


@pytest.mark.parametrize("task", TASKS, ids=[task.name for task in TASKS])
def test_no_input_is_both_shown_and_asked_about(task: circular.CircularTask) -> None:
    for recipe in task.recipes("quick"):
        roles = ["shown", "asked"] + (["reference"] if task.name == "transfer" else [])
        parts = [{tuple(row) for row in task.given(recipe, role).tokens.tolist()} for role in roles]
        assert [len(part) for part in parts] == [recipe.shown, recipe.asked, recipe.asked][: len(roles)]
        assert len(set.union(*parts)) == sum(map(len, parts))


@pytest.mark.parametrize("task", TASKS, ids=[task.name for task in TASKS])
def test_dev_shares_no_world_with_other_sizes_and_every_size_but_the_smallest_has_nulls(
    task: circular.CircularTask,
) -> None:
    worlds = {size: {name for name, _ in cells} for size, cells in task.sizes.items()}
    assert not worlds["dev"] & (worlds["quick"] | worlds["standard"] | worlds["smoke"])
    assert worlds["quick"] <= worlds["standard"]
    assert all(any(null for _, null in task.sizes[size]) for size in ("dev", "quick", "standard"))
    ids = [recipe.id for recipe in task.recipes("standard")]
    assert len(set(ids)) == len(ids)


def test_too_few_different_inputs_are_an_error() -> None:
    with pytest.raises(ValueError, match="got 2 different inputs, wanted 3"):
        distinct(lambda: torch.tensor([[0], [1], [0]]), 3)
