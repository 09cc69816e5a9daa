"""Networks with some edges corrupted: nothing and everything are the two runs, and writers are what hooks replace."""

from typing import Any

import pytest
import torch
from bridges import VOCABULARY, gpt2, llama, native
from torch import Tensor

from interpbench.toolkit.circuits.acdc import acdc
from interpbench.toolkit.circuits.exact import exact_edges
from interpbench.toolkit.circuits.graph import Graph
from interpbench.toolkit.circuits.patching import joint_effects, node_effects
from interpbench.toolkit.circuits.subgraph import Subgraphs, edge_effects, everything
from interpbench.toolkit.circuits.trace import run
from tests.toolkit.circuits.test_edges import GROUPS, metric, pairs


def made(norm: str | None, groups: Any) -> tuple[Subgraphs, Tensor, Tensor]:
    bridge, (clean, corrupt) = native(norm), pairs(7)
    return Subgraphs.of(bridge, Graph.of(bridge, groups), clean, corrupt, metric), clean, corrupt


@pytest.mark.parametrize("groups", [None, GROUPS])
@pytest.mark.parametrize("norm", [None, "LN", "RMS"])
def test_all_edges_are_the_clean_run_and_none_the_corrupt_one(norm: str | None, groups: Any) -> None:
    network, clean, corrupt = made(norm, groups)
    both = torch.stack([everything(network.graph), torch.zeros_like(network.graph.edges)])
    for found, tokens in zip(network.logits(both), (clean, corrupt), strict=True):
        torch.testing.assert_close(found, run(network.bridge, tokens, {}), rtol=1e-4, atol=1e-5)


def test_also_of_a_model_from_elsewhere() -> None:
    bridge, (clean, corrupt) = gpt2(), pairs(VOCABULARY, 3, 6)
    network = Subgraphs.of(bridge, Graph.of(bridge), clean, corrupt, metric)
    both = torch.stack([everything(network.graph), torch.zeros_like(network.graph.edges)])
    for found, tokens in zip(network.logits(both), (clean, corrupt), strict=True):
        torch.testing.assert_close(found, run(bridge, tokens, {}), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("groups", [None, GROUPS])
@pytest.mark.parametrize("norm", [None, "LN", "RMS"])
def test_a_writer_without_edges_is_a_writer_replaced(norm: str | None, groups: Any) -> None:
    """Two ways that share no code: streams of one's own, and hooks."""
    network, clean, corrupt = made(norm, groups)
    graph = network.graph
    exact = node_effects(network.bridge, graph, clean, corrupt, metric)
    keep = everything(graph).expand(len(graph.writers), -1, -1).clone()
    keep[torch.arange(len(graph.writers)), torch.arange(len(graph.writers))] = False
    whole = network.values(everything(graph)[None])
    torch.testing.assert_close((network.values(keep) - whole).T, exact, rtol=1e-3, atol=1e-5)
    assert exact.abs().max() > 0.01
    sets = [[1, 3], [2, len(graph.writers) - 1], list(range(len(graph.writers)))]
    several = everything(graph).expand(3, -1, -1).clone()
    for place, some in enumerate(sets):
        several[place, some] = False
    joint = joint_effects(network.bridge, graph, clean, corrupt, metric, sets)
    torch.testing.assert_close((network.values(several) - whole).T, joint, rtol=1e-3, atol=1e-5)


def test_an_edge_into_the_logits_is_worth_what_is_written_there() -> None:
    """Without a norm the logits are linear: the change is the difference of the outputs, unembedded."""
    network, _, _ = made(None, None)
    last = len(network.graph.readers) - 1
    effects = edge_effects(network)
    keep = everything(network.graph)[None]
    change = (network.corrupt - network.clean)[0, :, -1] @ (network.bridge.W_U[:, 1] - network.bridge.W_U[:, 2])
    torch.testing.assert_close(effects[:, 0, last], change, rtol=1e-4, atol=1e-5)
    assert network.values(keep).shape == (1, 4)


@pytest.mark.parametrize("groups", [None, GROUPS])
@pytest.mark.parametrize("norm", [None, "LN", "RMS"])
def test_exact_edges_are_those_of_their_own_subgraphs(norm: str | None, groups: Any) -> None:
    network, clean, corrupt = made(norm, groups)
    found = exact_edges(network.bridge, network.graph, clean, corrupt, metric)
    torch.testing.assert_close(found, edge_effects(network), rtol=1e-3, atol=1e-5)
    assert found.abs().max() > 0.01


def test_exact_edges_of_a_model_from_elsewhere() -> None:
    bridge, (clean, corrupt) = gpt2(), pairs(VOCABULARY, 3, 6)
    graph = Graph.of(bridge)
    found = exact_edges(bridge, graph, clean, corrupt, metric)
    expected = edge_effects(Subgraphs.of(bridge, graph, clean, corrupt, metric))
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-6)


def test_what_subgraphs_cannot_run_is_refused() -> None:
    bridge, (clean, corrupt) = llama(), pairs(VOCABULARY)
    with pytest.raises(ValueError, match="rotary positions, heads that share keys and values, gated neurons"):
        Subgraphs.of(bridge, Graph.of(bridge), clean, corrupt, metric)


@pytest.mark.parametrize("threshold", [0.001, 0.003, 0.02])
def test_trials_ahead_decide_as_one_at_a_time(threshold: float) -> None:
    network, _, _ = made("LN", GROUPS)
    whole = network.values(everything(network.graph)[None])

    def damage(values: Tensor) -> Tensor:
        return (values - whole).abs().mean(dim=1)

    one = _one_at_a_time(network, damage, threshold)
    for ahead in (1, 7, 64):
        assert torch.equal(acdc(network, damage, threshold, ahead), one)
    assert 0 < int(one.sum()) < int(network.graph.edges.sum())


def _one_at_a_time(network: Subgraphs, damage: Any, threshold: float) -> Tensor:
    """The published loop, written plainly."""
    keep = everything(network.graph)
    for reader in reversed(range(keep.shape[1])):
        for writer in reversed(range(keep.shape[0])):
            if keep[writer, reader]:
                tried = keep.clone()
                tried[writer, reader] = False
                costs = damage(network.values(torch.stack([keep, tried])))
                if float(costs[1]) - float(costs[0]) < threshold:
                    keep = tried
    return keep
