"""Gadgets: first order is misled, and a path helps where its steps are finer than the gadgets."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from interpbench.models.hooked import boot_bridge
from interpbench.plugins.discovery import load_task, tasks
from interpbench.toolkit.circuits.edges import edge_attribution, integrated_inputs, node_scores
from interpbench.toolkit.metrics.auroc import auroc
from interpbench.tracks.circuits.family import graph_of
from interpbench.tracks.circuits.question import metric_of
from interpbench.tracks.registry import TRACKS
from interpbench_tasks.circuits.gadget import Gadget, chains
from interpbench_tasks.circuits.gadget.chains import Chain
from interpbench_tasks.circuits.handset import Group, Neuron

SEED = "test"
COARSE, FINE = 5, 20


@cache
def task() -> Gadget:
    found: Any = load_task(tasks()["circuits/gadget"])
    assert isinstance(found, Gadget)
    return found


def asked(steep: int) -> str:
    return next(unit for unit in task().units("quick") if task().steep(unit) == steep)


def found_by(steep: int, steps: int) -> float:
    """AUROC of heads and relays in front of clips against those in front of the others; 0 steps: to first order."""
    unit = asked(steep)
    question, hidden = task().question(unit, SEED), task().disguised(unit, SEED)
    (config, params), pairs = question.network, question.asked.pairs.first(8)
    bridge, graph = boot_bridge(config, params), graph_of(config, question.asked.groups)
    arguments = (bridge, graph, pairs.clean, pairs.corrupt, metric_of(config, pairs))
    edges = integrated_inputs(*arguments, steps) if steps else edge_attribution(*arguments)
    scores = node_scores(edges).abs().mean(dim=0).detach()
    parts = [task().parts(unit)[origin] for origin in hidden.origins]
    ends = {place for place, node in enumerate(graph.writers) if node.name.startswith("m")}
    chosen = [place for place, part in enumerate(parts) if part in {"clip", "misleading"} and place not in ends]
    carries = np.array([parts[place] == "clip" for place in chosen])
    return float(auroc(scores[chosen].numpy(), carries))


def test_the_truth_holds_and_a_network_without_its_gadgets_is_refused() -> None:
    refs = task().refs(SEED, "smoke")
    (ref,) = [ref for ref in refs if ref.units[0].startswith("net")]
    instance = task().build(ref)
    assert task().check(instance) == []
    assert instance.key.others, "the other network's behaviour has no carriers"
    ((unit, question),) = instance.questions.items()
    config, params = question.network
    cut = params | {"layers.1.mlp.fc_out.weight": torch.zeros_like(params["layers.1.mlp.fc_out.weight"])}
    broken = replace(instance, questions={unit: replace(question, network=(config, cut))})
    assert "judged otherwise" in " ".join(problem.what for problem in task().check(broken))
    track = TRACKS["circuits"].load()
    answers = {unit: track.read_answer(track.oracle(task(), unit, SEED))}
    values = track.judge(ref, track.opened(task(), ref, instance.key), answers, None).values
    assert values["nodes"] == values["auroc"] == values["edges"] == 1


def test_a_tent_that_lets_the_bit_through_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    made = chains._gadget

    def wrong(chain: Chain, unit: float) -> list[Neuron]:
        return made(replace(chain, kind="clip") if chain.kind == "tent" else chain, unit)

    monkeypatch.setattr(chains, "_gadget", wrong)
    fresh, unit = Gadget(task().manifest, task().load), asked(1)
    parts = fresh.parts(unit)
    effect = fresh._effect(unit, fresh.subject(unit), fresh_gap(fresh, unit))
    assert any("bystanders change" in what for what in fresh.planted(unit, [None] * len(parts), effect))


def fresh_gap(fresh: Gadget, unit: str) -> float:
    pairs = fresh.pairs(unit, "key", 8)
    config, params = fresh.subject(unit).config, fresh.subject(unit).params
    bridge, metric = boot_bridge(config, params), metric_of(config, pairs)
    with torch.no_grad():
        return float((metric(bridge(pairs.clean)) - metric(bridge(pairs.corrupt))).abs().mean())


@pytest.mark.parametrize("steep", [1, 5, 20])
def test_first_order_has_it_the_wrong_way_round(steep: int) -> None:
    assert found_by(steep, 0) == 0


def test_a_path_helps_where_its_steps_are_finer_than_the_gadgets() -> None:
    assert found_by(1, COARSE) == 1
    assert found_by(5, COARSE) < 1
    assert found_by(5, FINE) == 1
    assert found_by(20, FINE) < 1


def test_steps_are_flat_where_the_bits_are() -> None:
    for steep in (1, 5, 20):
        for seed in range(20):
            for chain in chains.drawn(steep, (3, 1, 2), np.random.default_rng(seed)):
                assert steep * (1 - abs(chain.threshold)) > 0.5
                group: Group = tuple(chains._gadget(chain, 1.0))
                ends = [_of(group, s) for s in (1.0, -1.0)]
                assert abs(abs(ends[0] - ends[1]) - abs(chain.amount) * chain.carries) < 1e-9


def _of(group: Group, bit: float) -> float:
    total = 0.0
    for neuron in group:
        (slope,) = neuron.reads.values()
        total += max(0.0, slope * chains.WIDE * bit + neuron.bias) * neuron.writes["said"]
    return total
