"""Networks with some edges corrupted: nothing and everything are the two runs, and writers are what hooks replace."""

from typing import Any

import pytest
import torch
from bridges import VOCABULARY, gpt2, llama, native
from torch import Tensor

from interpbench.toolkit.circuits.acdc import acdc
from interpbench.toolkit.circuits.beside import Ran, live
from interpbench.toolkit.circuits.exact import exact_edges
from interpbench.toolkit.circuits.graph import Graph
from interpbench.toolkit.circuits.patching import joint_effects, node_effects
from interpbench.toolkit.circuits.plain import attention, bias, neurons, normalised
from interpbench.toolkit.circuits.subgraph import Subgraphs, edge_effects, everything
from interpbench.toolkit.circuits.trace import run
from tests.toolkit.circuits.test_edges import GROUPS, metric, pairs

UNEVEN = [[list(range(5)), list(range(5, 32))], [[3], [place for place in range(32) if place != 3]]]
"""Groups of neurons of different sizes."""


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


def one_reader_at_a_time(network: Subgraphs, keep: Tensor) -> Tensor:
    """Logits of one subgraph, written plainly: each reader adds up what its edges carry."""
    bridge, graph = network.bridge, network.graph
    change, constant = network.clean - network.corrupt, torch.zeros(network.clean.shape[-1])

    def seen(reader: int, before: int, norm: str, owner: Any) -> Tensor:
        kept = [network.corrupt[writer] + keep[writer, reader] * change[writer] for writer in range(before)]
        return normalised(getattr(owner, norm, None), bridge.cfg, torch.stack(kept).sum(dim=0) + constant)

    for layer in range(graph.n_layers):
        block = bridge.blocks[layer]
        heads, neuron_groups = (graph.reading(2 * layer + part).start for part in (1, 2))
        first, second = (graph.writing(2 * layer + part) for part in (1, 2))
        for head in range(graph.n_heads):
            q, k, v = (
                seen(heads + part * graph.n_heads + head, first.start, "ln1", block)
                @ getattr(block.attn, f"W_{name}")[head]
                + bias(block.attn, f"b_{name}").expand(graph.n_heads, -1)[head]
                for part, name in enumerate("QKV")
            )
            place = first.start + head
            change[place] = attention(q, k, v) @ block.attn.W_O[head] - network.corrupt[place]
        constant = constant + bias(block.attn, "b_O")
        mlp = block.mlp
        for number, group in enumerate(graph.groups[layer] or (range(mlp.W_in.shape[1]),)):
            hidden = neurons(mlp, bridge.cfg, seen(neuron_groups + number, second.start, "ln2", block), list(group))
            own = 0 if graph.groups[layer] else bias(mlp, "b_out")
            change[second.start + number] = (
                hidden @ mlp.W_out[list(group)] + own - network.corrupt[second.start + number]
            )
        constant = constant + (bias(mlp, "b_out") if graph.groups[layer] else 0)
    last = seen(len(graph.readers) - 1, len(graph.writers), "ln_final", bridge)
    return torch.as_tensor(last @ bridge.W_U + bias(bridge, "b_U"))


@pytest.mark.parametrize("groups", [None, UNEVEN])
@pytest.mark.parametrize("norm", [None, "LN", "RMS"])
def test_whatever_they_are_run_beside_subgraphs_are_what_each_reader_adds_up(norm: str | None, groups: Any) -> None:
    network, _, _ = made(norm, groups)
    edges, rng = network.graph.edges, torch.Generator().manual_seed(3)

    def drawn(share: float) -> Tensor:
        return edges & (torch.rand(edges.shape, generator=rng) < share)

    keep = torch.stack([drawn(share) for share in (0.02, 0.1, 0.3, 0.6, 0.9)])
    with torch.no_grad():
        plain = torch.stack([one_reader_at_a_time(network, one) for one in keep])
    close: dict[str, Any] = {"rtol": 1e-3, "atol": 1e-5}
    for beside in (None, network.empty, network.ran(drawn(0.5)), network.ran(keep[2])):
        torch.testing.assert_close(network.logits(keep, beside), plain, **close)
        for one, expected in zip(keep, plain, strict=True):
            torch.testing.assert_close(network.logits(one[None], beside)[0], expected, **close)
    said = network.ran(keep[2])
    wrong = Ran(keep=keep[3], change=said.change, seen=said.seen)  # it is not what it says
    with pytest.raises(AssertionError, match="not close"):
        torch.testing.assert_close(network.logits(keep, wrong), plain, **close)
    torch.testing.assert_close(
        torch.tensor(network.ends),
        network.values(torch.stack([torch.zeros_like(edges), edges])).mean(dim=1),
        rtol=1e-4,
        atol=1e-5,
    )


def test_what_does_not_lead_to_the_logits_is_not_computed() -> None:
    network, _, _ = made("LN", GROUPS)
    keep = torch.zeros_like(network.graph.edges)
    last = len(network.graph.readers) - 1
    keep[1, last] = True
    keep[0, 0] = True  # the query of the first head
    keep[0, network.graph.reading(3)] = True  # of heads that nobody reads
    assert live(network.graph, keep).nonzero()[:, 0].tolist() == [0, 1]
    keep[network.graph.writing(3).start, last] = True
    assert live(network.graph, keep).nonzero()[:, 0].tolist() == [0, 1, network.graph.writing(3).start]


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
