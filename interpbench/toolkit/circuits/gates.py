"""Gates between what writers write and what stands in for it, that can be learnt."""

from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.toolkit.circuits.graph import Graph
from interpbench.toolkit.circuits.sites import writing_site
from interpbench.toolkit.circuits.trace import Change, Metric, forward

LOW, HIGH, TEMPERATURE = -0.1, 1.1, 2 / 3
"""Of hard concrete gates, as Louizos et al. 2018 (arXiv:1712.01312) have them."""


def gated(logits: Float[Tensor, " gate"], rng: torch.Generator) -> tuple[Float[Tensor, " gate"], Float[Tensor, ""]]:
    """Hard concrete gates, drawn, and the mean probability that one is not closed."""
    noise = torch.rand(logits.shape, generator=rng).clamp(1e-6, 1 - 1e-6)
    soft = ((noise.log() - (-noise).log1p() + logits) / TEMPERATURE).sigmoid()
    shift = TEMPERATURE * torch.log(torch.tensor(-LOW / HIGH))
    return (soft * (HIGH - LOW) + LOW).clamp(0, 1), (logits - shift).sigmoid().mean()


def gated_metric(
    bridge: Any,
    graph: Graph,
    clean: Int[Tensor, "row position"],
    metric: Metric,
    stand_in: Mapping[str, Tensor],
    gates: Float[Tensor, " writer"],
) -> Float[Tensor, " row"]:
    """The metric while each writer but the embedding lets its gate's share of its own output through.

    Args:
        bridge: the network.
        graph: its nodes.
        clean: inputs.
        metric: of their logits.
        stand_in: hook name -> what takes the rest, as `trace.put_in` gives it.
        gates: of all writers but the embedding, in the graph's order.
    """
    changes: dict[str, Change] = {}
    for stage in range(1, 2 * graph.n_layers + 1):
        site, places = writing_site(graph, stage), graph.writing(stage)
        own = gates[places.start - 1 : places.stop - 1]
        changes[site] = _mixed(stand_in[site], _widened(graph, stage, own))
    return metric(forward(bridge, clean, changes))


def _widened(graph: Graph, stage: int, gates: Tensor) -> Tensor:
    """Of a stage's gates one for every entry of what its writers make their output of."""
    layer, neurons = divmod(stage - 1, 2)
    if not neurons:
        return gates[:, None]  # (head, e)
    groups = graph.groups[layer]
    if not groups:
        return gates
    place = torch.empty(sum(map(len, groups)), dtype=torch.int64)
    for number, group in enumerate(groups):
        place[list(group)] = number
    return gates[place]


def _mixed(stand_in: Tensor, gates: Tensor) -> Change:
    return lambda own: gates * own + (1 - gates) * stand_in
