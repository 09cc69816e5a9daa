"""Strictly trained circuits: programs under interventions, networks that have them, and what tells."""

from functools import cache
from typing import Any

import pytest
import torch

from interpbench.models.hooked import boot_bridge
from interpbench.models.transformer import logits
from interpbench.plugins.discovery import find_task, load_task
from interpbench.toolkit.circuits.patching import joint_effects
from interpbench.toolkit.circuits.trace import run as bridged
from interpbench.tracks.circuits.family import CircuitTask
from interpbench.tracks.circuits.question import metric_of
from interpbench.tracks.circuits.score import judge
from interpbench.tracks.circuits.track import TRACK
from interpbench.tracks.instance import Instance
from interpbench_tasks.circuits.behaviours import BEHAVIOURS, inputs
from interpbench_tasks.circuits.intervene import Put, flags, run
from interpbench_tasks.circuits.planting import PlantedRecipe
from interpbench_tasks.circuits.programs import PROGRAMS, label
from interpbench_tasks.circuits.strict import Strict

SEED = "test"


@cache
def strict() -> Strict:
    task: Any = load_task(find_task("circuits/strict"))
    assert isinstance(task, Strict)
    return task


@cache
def instance() -> Instance:
    task = strict()
    (ref,) = [ref for ref in task.refs(SEED, "smoke") if not ref.units[0].startswith("untrained")]
    return task.build(ref)


def network() -> tuple[PlantedRecipe, dict[str, torch.Tensor]]:
    recipe = strict().recipe(0)
    return recipe, strict().load(recipe.id)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_computes_its_behaviour(name: str) -> None:
    rng = torch.Generator().manual_seed(0)
    places = (5, 1, 6, 0, 3)[: BEHAVIOURS[name].reads]
    clean, corrupt = inputs(200, rng), inputs(200, rng)
    assert torch.equal(label(name, places, clean), BEHAVIOURS[name].label(clean, places))
    last = torch.zeros(200, len(PROGRAMS[name]), dtype=torch.bool)
    assert torch.equal(label(name, places, clean, corrupt, last), label(name, places, clean))
    last[:, -1] = True
    assert torch.equal(label(name, places, clean, corrupt, last), label(name, places, corrupt))


def test_one_variable_from_another_input() -> None:
    clean, corrupt = torch.tensor([[1, 2]]), torch.tensor([[3, 3]])
    first = torch.tensor([[True, False, False]])
    assert label("sum", (0, 1), clean, corrupt, first).tolist() == [(3 + 2) % 4]


def test_the_network_that_is_trained_is_the_one_that_is_asked_about() -> None:
    recipe, params = network()
    tokens = inputs(32, torch.Generator().manual_seed(1))
    found, _ = run(recipe.config, recipe.graph, params, tokens)
    torch.testing.assert_close(found, logits(recipe.config, params, tokens)[:, 0], rtol=1e-4, atol=1e-4)


def test_interventions_are_those_of_the_key() -> None:
    recipe, params = network()
    rng = torch.Generator().manual_seed(2)
    clean, corrupt = inputs(16, rng), inputs(16, rng)
    some = [1, 6, 11, 16]
    where = flags(recipe.graph, [frozenset(some)]).expand(16, -1)
    for other in (corrupt, None):
        made = None if other is None else run(recipe.config, recipe.graph, params, other)[1]
        now, _ = run(recipe.config, recipe.graph, params, clean, Put(where=where, made=made))
        before, _ = run(recipe.config, recipe.graph, params, clean)
        bridge = boot_bridge(recipe.config, params)
        effects = joint_effects(bridge, recipe.graph, clean, other, lambda found: found[:, -1, 0], [some])[:, 0]
        torch.testing.assert_close(effects, (now - before)[:, 0], rtol=1e-3, atol=1e-3)


def test_programs_lie_in_nodes_of_their_own() -> None:
    for number in range(20):
        recipe = strict().recipe(number)
        nodes = [node for task in recipe.tasks for node in task.nodes]
        assert len(nodes) == len(set(nodes)) > 0
        for task in recipe.programs:
            for step, node in zip(PROGRAMS[task.name], task.nodes, strict=True):
                kind = recipe.graph.writers[node].name[0]
                assert kind == {"head": "a", "group": "m"}[step.kind]
                assert all(
                    recipe.graph.writers[task.nodes[one]].stage < recipe.graph.writers[node].stage for one in step.after
                )


def test_the_shipped_network_is_as_it_was_made() -> None:
    assert strict().check(instance()) == []
    assert instance().key.present


def test_the_truth_scores_one() -> None:
    task: CircuitTask = strict()
    found = instance()
    answer = TRACK.read_answer(TRACK.oracle(task, found.ref.units[0], SEED))
    cell = judge(found.ref, TRACK.opened(task, found.ref, found.key), {found.ref.units[0]: answer})
    assert cell.values["nodes"] == pytest.approx(1)
    assert cell.values["auroc"] == pytest.approx(1)


def test_a_network_without_its_planted_node_is_refused() -> None:
    recipe, params = network()
    node = recipe.tasks[0].nodes[0]
    stage = recipe.graph.writers[node].stage
    layer, place = (stage - 1) // 2, node - recipe.graph.writing(stage).start
    broken = {name: value.clone() for name, value in params.items()}
    width = recipe.config.d_head
    broken[f"layers.{layer}.attn.o.weight"][:, place * width : (place + 1) * width] = 0
    whole = strict()
    crippled = Strict(whole.manifest, lambda name: broken if name == recipe.id else whole.load(name))
    ref = instance().ref
    what = [problem.what for problem in crippled.check(crippled.build(ref))]
    assert f"planted node {node} does not carry" in what


def test_a_planted_node_carries_no_other_program() -> None:
    recipe, params = network()
    bridge = boot_bridge(recipe.config, params)
    pairs = strict().pairs("net-0:1", "test", 64)
    metric = metric_of(recipe.config, pairs)
    own, other = list(recipe.tasks[1].nodes), list(recipe.tasks[0].nodes)
    effects = joint_effects(bridge, recipe.graph, pairs.clean, pairs.corrupt, metric, [own, other])
    changed = (metric(bridged(bridge, pairs.corrupt, {})) - metric(bridged(bridge, pairs.clean, {}))).abs().mean()
    assert effects[:, 0].abs().mean() > 0.8 * changed
    assert effects[:, 1].abs().mean() < 0.03 * changed
