"""Backup heads: seen beside each other, and not alone."""

from functools import cache
from typing import Any

import pytest
import torch

from interpbench.models.forward import Params
from interpbench.models.hooked import boot_bridge
from interpbench.plugins.discovery import find_task, load_task
from interpbench.toolkit.circuits.patching import joint_effects
from interpbench.tracks.circuits.question import Ablation, metric_of
from interpbench.tracks.circuits.score import judge
from interpbench.tracks.circuits.track import TRACK
from interpbench.tracks.circuits.truth import CARRIES, IDLE, gap_of, shares
from interpbench.tracks.instance import Instance
from interpbench_tasks.circuits.backup import APART, Backup

SEED = "test"


@cache
def backup() -> Backup:
    task: Any = load_task(find_task("circuits/backup"))
    assert isinstance(task, Backup)
    return task


@cache
def instance() -> Instance:
    task = backup()
    (ref,) = [ref for ref in task.refs(SEED, "smoke") if not ref.units[0].startswith("untrained")]
    return task.build(ref)


def without(node: int, params: Params) -> Params:
    """The network with a head that writes nothing."""
    recipe = backup().recipe(0)
    stage = recipe.graph.writers[node].stage
    place, width = node - recipe.graph.writing(stage).start, recipe.config.d_head
    found = {name: value.clone() for name, value in params.items()}
    found[f"layers.{stage // 2}.attn.o.weight"][:, place * width : (place + 1) * width] = 0
    return found


def test_every_program_has_a_main_head_before_its_backup() -> None:
    for number in range(20):
        recipe = backup().recipe(number)
        nodes = [node for task in recipe.tasks for node in task.carriers]
        assert len(nodes) == len(set(nodes)) == 8
        for task in recipe.tasks[:2]:
            main, _, group, second = (recipe.graph.writers[node].stage for node in task.carriers)
            assert (main, group, second) == (1, 4, 3)


def test_later_networks_are_drawn_apart_and_shipped_ones_as_they_were() -> None:
    for number in (*range(APART, APART + 20), 1000, 1001):
        recipe = backup().recipe(number)
        one, two = recipe.programs
        assert not set(one.places) & set(two.places)
        (equal,) = [task for task in recipe.programs if task.name == "equal"]
        assert [recipe.graph.writers[node].stage for node in equal.nodes[:2]] == [1, 1]
    for record in backup().manifest.models.values():
        recipe = backup().read_recipe(record.recipe)
        assert backup().recipe(recipe.number) == recipe


def test_the_shipped_network_is_as_it_was_made() -> None:
    assert backup().ablation is Ablation.ZERO
    assert backup().check(instance()) == []
    assert len(instance().key.hidden) == 2
    assert instance().key.edges == ()


@pytest.mark.parametrize("number", [0, 1])
def test_a_pair_is_seen_and_neither_head_alone(number: int) -> None:
    recipe = backup().recipe(0)
    task, pairs = recipe.tasks[number], backup().pairs(f"net-0:{number}", "test", 64)
    bridge, metric = boot_bridge(recipe.config, backup().load(recipe.id)), metric_of(recipe.config, pairs)
    main, second = task.nodes[0], task.carriers[-1]
    gap = gap_of(*(metric(bridge(tokens).detach()) for tokens in (pairs.clean, pairs.corrupt)))
    sets = [[main], [second], [main, second]]
    one, two, both = shares(joint_effects(bridge, recipe.graph, pairs.clean, None, metric, sets), gap).tolist()
    assert max(one, two) <= IDLE
    assert both >= 2 * CARRIES


def test_the_truth_scores_one() -> None:
    found = instance()
    answer = TRACK.read_answer(TRACK.oracle(backup(), found.ref.units[0], SEED))
    cell = judge(found.ref, TRACK.opened(backup(), found.ref, found.key), {found.ref.units[0]: answer})
    assert cell.values["nodes"] == pytest.approx(1)
    assert cell.values["hidden"] == pytest.approx(1)


def test_a_network_without_its_backup_is_refused() -> None:
    whole, recipe = backup(), backup().recipe(0)
    broken = without(recipe.tasks[0].carriers[-1], whole.load(recipe.id))
    crippled = Backup(whole.manifest, lambda _: broken)
    what = [problem.what for problem in crippled.check(crippled.build(instance().ref))]
    assert any("does not carry" in one or "of the gap alone" in one for one in what)


def test_main_head_and_backup_read_the_same_token() -> None:
    """The backup alone, its main head gone, follows a change of that token."""
    recipe = backup().recipe(0)
    task = recipe.tasks[0]
    silent = boot_bridge(recipe.config, without(task.nodes[0], backup().load(recipe.id)))
    whole = boot_bridge(recipe.config, backup().load(recipe.id))
    pairs = backup().pairs("net-0:0", "test", 256)
    changed = pairs.clean.clone()
    changed[:, task.places[0]] = pairs.corrupt[:, task.places[0]]
    with torch.no_grad():
        span = slice(0, task.classes)
        found, wanted = (bridge(changed)[:, -1, span].argmax(-1) for bridge in (silent, whole))
    assert (found == wanted).float().mean() >= 0.99
