"""Tuned: estimates that are large where effects are nil, a part that is no backup of the other, and what tells."""

from functools import cache
from typing import Any

import pytest
import torch

from interpbench.models.forward import Params
from interpbench.models.hooked import boot_bridge
from interpbench.models.names import generator
from interpbench.plugins.discovery import find_task, load_task
from interpbench.toolkit.circuits.edges import edge_attribution, node_scores
from interpbench.toolkit.circuits.patching import node_effects
from interpbench.tracks.circuits.question import metric_of
from interpbench.tracks.circuits.score import judge
from interpbench.tracks.circuits.track import TRACK
from interpbench.tracks.circuits.truth import IDLE, gap_of, shares
from interpbench.tracks.instance import Instance
from interpbench_tasks.circuits.intervene import run
from interpbench_tasks.circuits.tuned import ENOUGH, MISLEADS, SLACK, Tuned, estimated
from interpbench_tasks.circuits.tuned.adversary import adverse_loss, contrast, drawn_pairs, estimates, replaced

SEED, UNIT = "test", "net-0"


@cache
def tuned() -> Tuned:
    task: Any = load_task(find_task("circuits/tuned"))
    assert isinstance(task, Tuned)
    return task


@cache
def instance() -> Instance:
    task = tuned()
    (ref,) = [ref for ref in task.refs(SEED, "smoke") if ref.units[0] == UNIT]
    return task.build(ref)


def crippled(change: Any) -> list[str]:
    """Faults of the first network with weights that are changed."""
    whole = tuned()
    recipe = whole.asked(UNIT)
    params = {name: value.clone() for name, value in whole.load(recipe.id).items()}
    change(recipe, params)
    broken = Tuned(whole.manifest, lambda _: params)
    return [problem.what for problem in broken.check(broken.build(instance().ref))]


def test_parts_read_different_places_and_what_misleads_is_of_the_second_part() -> None:
    for number in (*range(12), 1000, 1001):
        recipe = tuned().recipe(number)
        own = [set(recipe.own(place)) for place in range(2)]
        assert not own[0] & own[1]
        assert own[0] | own[1] == set(range(1, len(recipe.graph.writers)))
        one, two = recipe.parts
        assert not set(one.places) & set(two.places)
        assert 7 not in {*one.places, *two.places}
        assert set(recipe.misleading) < own[1]


def test_the_shipped_network_is_as_it_was_made() -> None:
    assert tuned().check(instance()) == []


def test_what_misleads_has_an_estimate_and_no_effect() -> None:
    task = tuned()
    recipe, subject, pairs = task.asked(UNIT), task.subject(UNIT), task.pairs(UNIT, "test", 256)
    misleading = list(recipe.misleading)
    bridge, metric = boot_bridge(subject.config, subject.params), metric_of(subject.config, pairs)
    gap = gap_of(*(metric(bridge(tokens).detach()) for tokens in (pairs.clean, pairs.corrupt)))
    effects = shares(node_effects(bridge, subject.graph, pairs.clean, pairs.corrupt, metric), gap)
    guesses = estimated(subject.config, subject.graph, subject.params, pairs)
    deceives = (effects[misleading] <= SLACK * IDLE) & (guesses[misleading] >= MISLEADS / SLACK)
    assert int(deceives.sum()) >= ENOUGH


def test_the_truth_scores_one() -> None:
    found = instance()
    answer = TRACK.read_answer(TRACK.oracle(tuned(), found.ref.units[0], SEED))
    cell = judge(found.ref, TRACK.opened(tuned(), found.ref, found.key), {found.ref.units[0]: answer})
    assert cell.values["nodes"] == pytest.approx(1)
    assert cell.values["edges"] == pytest.approx(1)


def test_a_network_in_which_nothing_misleads_is_refused() -> None:
    """What misleading nodes write is taken out, and the estimates are gone."""

    def change(recipe: Any, params: Params) -> None:
        width = recipe.config.d_head
        for node in recipe.misleading:
            stage = recipe.graph.writers[node].stage
            place = node - recipe.graph.writing(stage).start
            if stage == 1:
                params["layers.0.attn.o.weight"][:, place * width : (place + 1) * width] = 0
            else:
                params["layers.0.mlp.fc_out.weight"][:, list(recipe.groups[0][place])] = 0

    assert "0 nodes mislead, wanted 3" in crippled(change)


def test_a_network_in_which_the_second_part_matters_is_refused() -> None:
    """What it ends in is read by the logits of the behaviour that is asked about."""

    def change(recipe: Any, params: Params) -> None:
        head = params["head.weight"]
        head[recipe.span(0)] += head[recipe.span(1)]

    assert any("bystanders change" in one for one in crippled(change))


def test_estimates_in_training_are_those_of_attribution_patching() -> None:
    recipe = tuned().asked(UNIT)
    params = {name: value.clone().requires_grad_() for name, value in tuned().load(recipe.id).items()}
    rows = drawn_pairs(recipe, 0, 32, generator("test"))
    logits, clean = run(recipe.config, recipe.graph, params, rows.clean)
    _, corrupt = run(recipe.config, recipe.graph, params, rows.corrupt)
    found = estimates(recipe, clean, corrupt, contrast(rows, logits)).detach()
    bridge = boot_bridge(recipe.config, {name: value.detach() for name, value in params.items()})
    metric = metric_of(recipe.config, rows)
    wanted = node_scores(edge_attribution(bridge, recipe.graph, rows.clean, rows.corrupt, metric)).detach()[:, 1:]
    assert torch.allclose(found, wanted, atol=1e-4 * float(wanted.abs().max()))


def test_the_loss_reaches_what_joins_the_parts_and_nodes_get_their_turn() -> None:
    recipe = tuned().asked(UNIT)
    params = {name: value.clone().requires_grad_() for name, value in tuned().load(recipe.id).items()}
    loss = adverse_loss(recipe, recipe.stricter, generator("test"))(params, 1000)
    (slope,) = torch.autograd.grad(loss, [params["layers.1.mlp.fc_in.weight"]])
    one = recipe.parts[0].config
    assert float(slope[: one.d_mlp, one.d_model :].abs().max()) > 0
    where = replaced(recipe, generator("test"))
    assert not where[:, 0].any()
    assert where[:, 1:].any(dim=0).all()
    assert set(where[0].nonzero()[:, 0].tolist()) == set(recipe.own(0))
