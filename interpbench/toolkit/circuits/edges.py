"""Edge attribution patching: to first order, or integrated along a path, what corrupting each edge does to a metric.

An edge carries what one writer adds to the stream into one reader. Its estimate is the change of what is written, from
the clean to the corrupt input, times the gradient that the reader passes back (Syed et al. 2023, arXiv:2310.10348);
along a path the gradient is averaged over inputs between the two (Hanna et al. 2024, arXiv:2403.17806). All rows and
edges are one contraction; estimates come row by row, so that any mean can be taken of them.
"""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.toolkit.circuits.graph import Graph
from interpbench.toolkit.circuits.sites import EMBEDDED, writing_site, written
from interpbench.toolkit.circuits.trace import Change, Metric, activations, put_in, trace

Tokens = Int[Tensor, "row position"]
Scores = Float[Tensor, "row writer reader"]


def edge_attribution(bridge: Any, graph: Graph, clean: Tokens, corrupt: Tokens | None, metric: Metric) -> Scores:
    """EAP: two forward passes and one backward pass, whatever the number of edges.

    Args:
        bridge: the network.
        graph: its nodes.
        clean: inputs.
        corrupt: for each clean input the one that corrupted edges carry; None: they carry nothing (zero ablation).
        metric: of the clean inputs' logits.

    Returns:
        The estimated change of each row's metric if that edge alone were corrupted; 0 where there is no edge.
    """
    here = trace(bridge, graph, clean, metric)
    return _contract(graph, written(bridge, graph, put_in(bridge, graph, clean, corrupt)) - here.writes, here.gradients)


def integrated_inputs(
    bridge: Any, graph: Graph, clean: Tokens, corrupt: Tokens | None, metric: Metric, steps: int = 5
) -> Scores:
    """EAP-IG, inputs: gradients are means over `steps` embeddings on the straight line between the two inputs.

    The steps lie in the middle of equal parts of that line, and all run in one batch.
    """
    before, after = activations(bridge, graph, clean), put_in(bridge, graph, clean, corrupt)
    between = _between(before[EMBEDDED], after[EMBEDDED], steps)
    many = trace(bridge, graph, clean.repeat(steps, 1), _repeated(metric, steps), {EMBEDDED: lambda _: between})
    gradients = many.gradients.view(steps, len(clean), *many.gradients.shape[1:]).mean(dim=0)
    return _contract(graph, written(bridge, graph, after) - written(bridge, graph, before), gradients)


def integrated_activations(
    bridge: Any, graph: Graph, clean: Tokens, corrupt: Tokens | None, metric: Metric, steps: int = 5
) -> Scores:
    """EAP-IG, activations: stage by stage, the stage's own output goes from clean to corrupt, all else as it comes.

    What is flat at both ends and steep between is so met on the way, also where it lies behind other stages.
    """
    before, after = activations(bridge, graph, clean), put_in(bridge, graph, clean, corrupt)
    change = written(bridge, graph, after) - written(bridge, graph, before)
    tokens, repeated = clean.repeat(steps, 1), _repeated(metric, steps)
    out = change.new_zeros(len(clean), len(graph.writers), len(graph.readers))
    for stage in range(2 * graph.n_layers + 1):
        site, here = writing_site(graph, stage), graph.writing(stage)
        many = trace(bridge, graph, tokens, repeated, {site: _put(_between(before[site], after[site], steps))})
        gradients = many.gradients.view(steps, len(clean), *many.gradients.shape[1:]).mean(dim=0)
        out[:, here] = torch.einsum("bpwd,bprd->bwr", change[:, :, here], gradients)
    return out * graph.edges


def node_scores(edges: Scores) -> Float[Tensor, "row writer"]:
    """What the edges out of a writer come to together; exactly its own attribution, since the stream adds."""
    return edges.sum(dim=2)


def _contract(graph: Graph, change: Tensor, gradients: Tensor) -> Scores:
    return torch.einsum("bpwd,bprd->bwr", change, gradients) * graph.edges


def _between(before: Tensor, after: Tensor, steps: int) -> Tensor:
    shares = (torch.arange(steps, dtype=before.dtype) + 0.5) / steps
    return torch.cat([before + share * (after - before) for share in shares])


def _put(value: Tensor) -> Change:
    return lambda _: value


def _repeated(metric: Metric, steps: int) -> Metric:
    """The metric of rows that are repeated whole, block by block."""

    def repeated(logits: Float[Tensor, "row position k"]) -> Float[Tensor, " row"]:
        return torch.cat([metric(part) for part in logits.chunk(steps)])

    return repeated
