"""Edges by attribution: against TransformerLens' own, against gradients taken otherwise, and against exact patching."""

from typing import Any

import pytest
import torch
from bridges import VOCABULARY, gpt2, llama, native
from torch import Tensor
from transformer_lens.tools.analysis.attribution_patching import EdgeAttributionConfig, attribution_patch

from interpbench.toolkit.circuits.edges import (
    edge_attribution,
    integrated_activations,
    integrated_inputs,
    node_scores,
)
from interpbench.toolkit.circuits.graph import Graph
from interpbench.toolkit.circuits.patching import node_effects
from interpbench.toolkit.circuits.subgraph import Subgraphs, edge_effects
from interpbench.toolkit.circuits.trace import run

GROUPS = [[range(10), range(10, 32)]] * 2


def metric(logits: Tensor) -> Tensor:
    return logits[:, -1, 1] - logits[:, -1, 2]


def pairs(letters: int, rows: int = 4, length: int = 5) -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(3)
    first, second = (torch.randint(letters, (rows, length), generator=rng) for _ in range(2))
    return first, second


def test_they_are_those_of_transformer_lens() -> None:
    """Its gradient is that of the corrupt run, row by row, and it sums over positions in Python."""
    bridge, (clean, corrupt) = gpt2(), pairs(VOCABULARY, 5, 6)
    graph = Graph.of(bridge)
    ours = edge_attribution(bridge, graph, corrupt, clean, metric).mean(dim=0)
    config = EdgeAttributionConfig(granularity="edge")
    theirs = attribution_patch(bridge, clean, corrupt, lambda logits: logits[0, -1, 1] - logits[0, -1, 2], config)
    writers = {node.name: place for place, node in enumerate(graph.writers)}
    readers = {node.name: place for place, node in enumerate(graph.readers)}
    summed = torch.zeros_like(ours)
    for (writer, reader), score in theirs.edge_scores.items():
        summed[writers[_name(writer)], readers[_name(reader)]] += score
    assert torch.equal(summed != 0, graph.edges)
    torch.testing.assert_close(ours, summed, rtol=1e-4, atol=1e-4 * float(summed.abs().max()))


def _name(node: Any) -> str:
    if node.kind in {"embed", "logits"}:
        return str(node.kind)
    if node.head is None:
        return f"m{node.layer}"
    return f"a{node.layer}.{node.head}" + (f".{node.kind[0]}" if node.kind.endswith("_input") else "")


@pytest.mark.parametrize("groups", [None, GROUPS])
@pytest.mark.parametrize("norm", [None, "LN", "RMS"])
def test_edges_out_of_a_writer_come_to_its_own_attribution(norm: str | None, groups: Any) -> None:
    """The gradient at a writer is what all readers pass back together, whatever norms lie between."""
    bridge, (clean, corrupt) = native(norm), pairs(7)
    graph = Graph.of(bridge, groups)
    found = node_scores(edge_attribution(bridge, graph, clean, corrupt, metric))
    for stage, site in ((1, "blocks.0.attn.hook_z"), (2, "blocks.0.hook_mlp_out"), (3, "blocks.1.attn.hook_z")):
        expected = _attribution(bridge, clean, corrupt, site)
        ours = found[:, graph.writing(stage)]
        ours = ours if expected.shape[1] > 1 else ours.sum(dim=1, keepdim=True)
        torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-5)


def test_norms_shared_keys_rotary_positions_and_gates_are_handled() -> None:
    bridge, (clean, corrupt) = llama(), pairs(VOCABULARY)
    graph = Graph.of(bridge)
    assert (graph.n_heads, graph.n_key_heads) == (4, 2)
    found = node_scores(edge_attribution(bridge, graph, clean, corrupt, metric))
    for stage, site in ((1, "blocks.0.attn.hook_z"), (2, "blocks.0.hook_mlp_out")):
        expected = _attribution(bridge, clean, corrupt, site)
        torch.testing.assert_close(found[:, graph.writing(stage)], expected, rtol=1e-3, atol=1e-6)


def _attribution(bridge: Any, clean: Tensor, corrupt: Tensor, site: str) -> Tensor:
    """(corrupt - clean) x gradient at one site, by autograd: one value a head, or one for all neurons."""
    probe: dict[str, Tensor] = {}

    def watch(value: Tensor, hook: Any) -> Tensor:
        probe["zero"], probe["before"] = torch.zeros_like(value, requires_grad=True), value.detach()
        return value + probe["zero"]

    logits = bridge.run_with_hooks(clean, fwd_hooks=[(site, watch)])
    (gradient,) = torch.autograd.grad(metric(logits).sum(), [probe["zero"]])
    with torch.no_grad():
        _, cache = bridge.run_with_cache(corrupt)
    change = gradient * (cache[site] - probe["before"])
    return torch.as_tensor(change.sum(dim=(1, 3)) if change.dim() == 4 else change.sum(dim=(1, 2))[:, None])


@pytest.mark.parametrize("norm", [None, "LN"])
def test_integrated_edges_out_of_the_embedding_come_to_the_whole_change(norm: str | None) -> None:
    """Completeness: the embedding is the only writer that the input changes by itself."""
    bridge, (clean, corrupt) = native(norm, scale=0.15), pairs(7)
    found = integrated_inputs(bridge, Graph.of(bridge), clean, corrupt, metric, steps=200)
    gap = metric(run(bridge, corrupt, {})) - metric(run(bridge, clean, {}))
    torch.testing.assert_close(node_scores(found)[:, 0], gap, rtol=0.02, atol=2e-3)


def test_integrated_activations_come_to_the_exact_change_of_a_writer() -> None:
    """A stage of one writer, all of whose change is made along the path: its effect, exactly, in the limit."""
    bridge, (clean, corrupt) = native(None, scale=0.2), pairs(7)
    graph = Graph.of(bridge)
    found = node_scores(integrated_activations(bridge, graph, clean, corrupt, metric, steps=200))
    exact = node_effects(bridge, graph, clean, corrupt, metric)
    for writer in (0, 3, 6):  # the embedding, and the neurons of either layer
        torch.testing.assert_close(found[:, writer], exact[:, writer], rtol=0.02, atol=3e-3)
    first_order = node_scores(edge_attribution(bridge, graph, clean, corrupt, metric))
    assert (first_order - exact)[:, 3].abs().max() > 10 * (found - exact)[:, 3].abs().max()  # the control


def test_all_are_exact_on_a_linear_model() -> None:
    """Without scores of attention and with neurons that are never negative, the metric is linear in every writer."""
    bridge, (clean, corrupt) = native(None), pairs(7)
    with torch.no_grad():
        for block in bridge.blocks:
            block.attn.q.weight.zero_()
            block.attn.q.bias.zero_()
            getattr(block.mlp, "in").bias.fill_(50.0)
            block.mlp.out.weight.mul_(0.02)  # else the next layer's neurons would be pushed below 0
    graph = Graph.of(bridge)
    exact = edge_effects(Subgraphs.of(bridge, graph, clean, corrupt, metric))
    for estimate in (edge_attribution, integrated_inputs, integrated_activations):
        found = estimate(bridge, graph, clean, corrupt, metric)
        torch.testing.assert_close(found, exact, rtol=1e-3, atol=2e-4)
    assert exact.abs().max() > 0.1
