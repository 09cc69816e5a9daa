"""Circuits: edges by attribution beside TransformerLens' own, and beside the passes that they need.

A GPT-2 shape: 4 layers, 4 heads, width 32, 16 examples of 12 tokens.
"""

from typing import Any

import pytest
import torch
from bridges import VOCABULARY, gpt2, native
from torch import Tensor
from transformer_lens.tools.analysis.attribution_patching import EdgeAttributionConfig, attribution_patch

from interpbench.toolkit.circuits.acdc import acdc
from interpbench.toolkit.circuits.edges import edge_attribution, integrated_inputs
from interpbench.toolkit.circuits.exact import exact_edges
from interpbench.toolkit.circuits.graph import Graph
from interpbench.toolkit.circuits.patching import node_effects
from interpbench.toolkit.circuits.subgraph import Subgraphs, edge_effects, everything

ROWS, LENGTH = 16, 12
ATTRIBUTION = "all edges by attribution, 16 examples"
EXACT = "exact effects, 8 examples"
ACDC = "ACDC, 8 examples"


def metric(logits: Tensor) -> Tensor:
    return logits[:, -1, 1] - logits[:, -1, 2]


def inputs(letters: int, rows: int, length: int) -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(0)
    first, second = (torch.randint(letters, (rows, length), generator=rng) for _ in range(2))
    return first, second


def large() -> tuple[Any, Graph, Tensor, Tensor]:
    bridge = gpt2(layers=4)
    return bridge, Graph.of(bridge), *inputs(VOCABULARY, ROWS, LENGTH)


def small() -> tuple[Any, Graph, Tensor, Tensor]:
    bridge = native("LN", scale=0.5)
    return bridge, Graph.of(bridge, [[range(16), range(16, 32)]] * 2), *inputs(7, 8, 5)


@pytest.mark.benchmark(group=ATTRIBUTION)
def test_two_forwards_and_one_backward(benchmark: Any) -> None:
    """What it cannot do without."""
    bridge, _, clean, corrupt = large()

    def passes() -> None:
        with torch.no_grad():
            bridge(corrupt)
        with torch.enable_grad():
            value = metric(bridge(clean)).sum()
            torch.autograd.grad(value, [bridge.W_E], materialize_grads=True, allow_unused=True)

    benchmark(passes)


@pytest.mark.benchmark(group=ATTRIBUTION)
def test_eap(benchmark: Any) -> None:
    bridge, graph, clean, corrupt = large()
    benchmark(edge_attribution, bridge, graph, clean, corrupt, metric)


@pytest.mark.benchmark(group=ATTRIBUTION)
def test_eap_ig_of_five_steps(benchmark: Any) -> None:
    bridge, graph, clean, corrupt = large()
    benchmark(integrated_inputs, bridge, graph, clean, corrupt, metric, steps=5)


@pytest.mark.benchmark(group=ATTRIBUTION)
def test_transformer_lens(benchmark: Any) -> None:
    bridge, _, clean, corrupt = large()
    config = EdgeAttributionConfig(granularity="edge")
    benchmark.pedantic(
        lambda: attribution_patch(bridge, clean, corrupt, lambda logits: logits[0, -1, 1] - logits[0, -1, 2], config),
        rounds=3,
    )


@pytest.mark.benchmark(group=EXACT)
def test_nodes(benchmark: Any) -> None:
    benchmark(node_effects, *small(), metric)


@pytest.mark.benchmark(group=EXACT)
def test_edges_by_their_reader(benchmark: Any) -> None:
    benchmark(exact_edges, *small(), metric)


@pytest.mark.benchmark(group=EXACT)
def test_edges_by_their_subgraph(benchmark: Any) -> None:
    network = Subgraphs.of(*small(), metric)
    benchmark(edge_effects, network)


@pytest.mark.benchmark(group=ACDC)
def test_the_published_loop(benchmark: Any) -> None:
    """One trial at a time, of the whole network."""
    network = Subgraphs.of(*small(), metric)
    whole = network.values(everything(network.graph)[None])

    def loop() -> None:
        keep, now = everything(network.graph), 0.0
        for reader in reversed(range(keep.shape[1])):
            for writer in reversed(range(keep.shape[0])):
                if keep[writer, reader]:
                    tried = keep.clone()
                    tried[writer, reader] = False
                    cost = float((network.values(tried[None]) - whole).abs().mean())
                    if cost - now < 0.02:
                        keep, now = tried, cost

    benchmark.pedantic(loop, rounds=3)


@pytest.mark.benchmark(group=ACDC)
@pytest.mark.parametrize("ahead", [1, 64])
def test_acdc(benchmark: Any, ahead: int) -> None:
    network = Subgraphs.of(*small(), metric)
    whole = network.values(everything(network.graph)[None])
    benchmark.pedantic(lambda: acdc(network, lambda values: (values - whole).abs().mean(dim=1), 0.02, ahead), rounds=3)
