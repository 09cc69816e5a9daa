"""Spread: no head alone, the group does; what heads say of missing features cancels; and single scores see nothing."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from interpbench.models.hooked import boot_bridge
from interpbench.plugins.discovery import load_task, tasks
from interpbench.toolkit.circuits.edges import edge_attribution, integrated_inputs, node_scores
from interpbench.toolkit.circuits.patching import node_effects
from interpbench.toolkit.circuits.trace import run
from interpbench.toolkit.metrics.auroc import auroc
from interpbench.tracks.circuits.family import graph_of
from interpbench.tracks.circuits.question import metric_of
from interpbench.tracks.circuits.truth import gap_of
from interpbench.tracks.registry import TRACKS
from interpbench_tasks.circuits.spread import SpreadHeads, interference
from interpbench_tasks.circuits.spread.frames import coherent, incoherent
from interpbench_tasks.circuits.spread.groups import Variant, label, written

SEED = "test"
KINDS = ("coherent-net-0", "incoherent-net-1")


@cache
def task() -> SpreadHeads:
    found: Any = load_task(tasks()["circuits/spread"])
    assert isinstance(found, SpreadHeads)
    return found


def test_the_truth_holds_and_a_group_that_lost_its_heads_is_refused() -> None:
    (ref,) = [ref for ref in task().refs(SEED, "smoke") if ref.units[0] == KINDS[0]]
    instance = task().build(ref)
    assert task().check(instance) == []
    _, heads = task().group(KINDS[0])
    assert len(instance.key.hidden) == len(heads), "every head of the group carries beside others alone"
    ((unit, question),) = instance.questions.items()
    track = TRACKS["circuits"].load()
    answers = {unit: track.read_answer(track.oracle(task(), unit, SEED))}
    values = track.judge(ref, track.opened(task(), ref, instance.key), answers, None).values
    assert values["nodes"] == values["auroc"] == values["hidden"] == 1
    config, params = question.network
    cut = params | {"layers.0.attn.o.weight": torch.zeros_like(params["layers.0.attn.o.weight"])}
    broken = replace(instance, questions={unit: replace(question, network=(config, cut))})
    assert "judged otherwise" in " ".join(problem.what for problem in task().check(broken))


def test_every_question_rests_on_a_network_of_the_zoo() -> None:
    """Without one no interval can be made; those of trained and untrained networks are resampled apart."""
    for size in ("smoke", "quick", "dev"):
        for ref in task().refs(SEED, size):
            assert [kind for kind, _ in ref.members] == [ref.kind]
            assert {name for _, name in ref.members} <= set(task().manifest.models)


@pytest.mark.parametrize("unit", KINDS)
def test_a_head_that_carries_alone_a_leak_and_a_group_that_does_too_little_are_told(unit: str) -> None:
    own = task().own(unit)
    nodes = [None, *map(int, own[1:])]
    _, group = task().group(unit)

    def effect(some: Any) -> float:
        return float(set(some) >= set(group))

    assert task().planted(unit, nodes, effect) == []
    faults = task().planted(unit, nodes, lambda _: 0.5)
    assert [word in fault for word, fault in zip(("bystanders", "together", "alone"), faults, strict=True)] == [
        True
    ] * 3
    nodes[group.start] = 0
    assert "verdict" in task().planted(unit, nodes, effect)[0]


@pytest.mark.parametrize("unit", KINDS)
def test_heads_write_what_is_not_there_and_cancel(unit: str) -> None:
    recipe, subject = task().recipe(unit), task().subject(unit)
    assert interference(*task()._cross(recipe, subject, task().asked(unit))) is None
    params = dict(subject.params)
    lost = params["layers.0.attn.o.weight"].clone()
    _, group = task().group(unit)
    head, width = group.start - 1, subject.config.d_head
    lost[:, width * head : width * (head + 1)] = 0
    broken = replace(subject, params=params | {"layers.0.attn.o.weight": lost})
    fault = interference(*task()._cross(recipe, broken, task().asked(unit)))
    assert fault is not None
    assert "left of their sum" in fault
    assert interference(0.5, 0.0) is not None


@pytest.mark.parametrize("unit", KINDS)
def test_features_outnumber_heads_and_the_dimensions_of_a_head(unit: str) -> None:
    variant, _ = task().variants(task().recipe(unit))
    assert variant.letters >= 3 * task().subject(unit).config.d_head
    assert variant.letters >= 2.8 * variant.heads


@pytest.mark.parametrize("unit", KINDS)
def test_neither_gradients_nor_single_heads_tell_the_group_and_a_path_does(unit: str) -> None:
    question = task().question(unit, SEED)
    (config, params), pairs = question.network, question.asked.pairs.first(16)
    bridge, graph = boot_bridge(config, params), graph_of(config, question.asked.groups)
    arguments = (bridge, graph, pairs.clean, pairs.corrupt, metric_of(config, pairs))
    heads = slice(1, 1 + config.n_heads)
    own, origins = task().own(unit), task().disguised(unit, SEED).origins
    carries = np.array([own[origin] for origin in origins[heads]])
    gap = gap_of(*(arguments[-1](run(bridge, tokens, {})) for tokens in (pairs.clean, pairs.corrupt)))
    assert float(node_effects(*arguments)[:, heads].abs().mean(dim=0).max()) < 0.1 * gap
    steep = node_scores(edge_attribution(*arguments))[:, heads].abs().mean(dim=0)
    assert float(steep.max()) < 0.1 * gap
    along = node_scores(integrated_inputs(*arguments, 20))[:, heads].abs().mean(dim=0)
    assert auroc(along.detach().numpy(), carries) == 1


def test_groups_that_read_earlier_places_are_asked_about_as_often_as_others() -> None:
    earlier = []
    for unit in task().units("standard"):
        if not unit.startswith("untrained"):
            one, other = (sum(group.sources) for group in task().variants(task().recipe(unit)))
            earlier.append((other < one) == bool(task().asked(unit)))
    assert sum(earlier) == len(earlier) / 2


def test_coherent_heads_add_up_to_the_identity_and_share_it_evenly() -> None:
    frame = coherent(6, 8, 24, np.random.default_rng(0))
    said = frame.writes @ frame.reads
    assert torch.allclose(said.sum(dim=0), torch.eye(24, dtype=torch.float64), atol=1e-6)
    assert torch.allclose(said.diagonal(dim1=1, dim2=2), torch.full((6, 24), 1 / 6, dtype=torch.float64), atol=1e-2)


def test_incoherent_heads_add_up_to_what_each_destination_wants() -> None:
    rng = np.random.default_rng(0)
    becomes = [rng.permutation(12).tolist() for _ in range(2)]
    attention = np.array([[0.9, 0.8, 0.1, 0.2], [0.2, 0.1, 0.8, 0.9]])
    frame = incoherent(8, attention, becomes, rng)
    for weights, wanted in zip(attention, becomes, strict=True):
        said = torch.einsum("h,hgm,hmf->gf", torch.from_numpy(weights), frame.writes, frame.reads)
        assert torch.allclose(said, torch.eye(12, dtype=torch.float64)[:, wanted], atol=1e-3)


def test_what_is_written_of_each_feature() -> None:
    several = Variant(heads=6, letters=3, classes=(2, 0, 1), sources=(0, 2, 3, 4), step=0.5)
    tokens = torch.tensor([[1, 0, 1, 2, 1, 0, 0, 0, 0, 0]])
    assert written(several, tokens).tolist() == [[0, 0.75, 0.25]]
    assert label(several, tokens).tolist() == [0]
    turned = replace(several, sources=(1,), becomes=((1, 2, 0), (0, 2, 1)))
    to_second = torch.tensor([[3, 2, 0, 0, 0, 0, 0, 0, 0, 5]])
    assert written(turned, to_second).tolist() == [[0, 1, 0]]
