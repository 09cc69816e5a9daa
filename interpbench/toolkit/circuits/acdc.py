"""Automatic circuit discovery: edges are removed one after the other, from the output back, as long as it costs little.

Conmy et al. 2023, arXiv:2304.14997. Each edge is tried with all those gone that were removed before it. Trials are run
ahead in one batch, as if every removal would stand; what follows the first that does not is run again. Decisions are
those of one trial at a time.
"""

from collections.abc import Callable

from jaxtyping import Bool, Float
from torch import Tensor

from interpbench.toolkit.circuits.graph import Graph
from interpbench.toolkit.circuits.subgraph import Subgraphs, everything

Damage = Callable[[Float[Tensor, "subgraph row"]], Float[Tensor, " subgraph"]]
"""One number a subgraph from its rows' metrics; more is worse."""

AHEAD = 64
"""Trials of one batch."""


def acdc(network: Subgraphs, damage: Damage, threshold: float, ahead: int = AHEAD) -> Bool[Tensor, "writer reader"]:
    """The edges that are left.

    Args:
        network: with its inputs.
        damage: what a subgraph costs.
        threshold: an edge goes if that adds less than this.
        ahead: trials of one batch; 1 is one at a time.
    """
    graph = network.graph
    keep = everything(graph)
    now = float(damage(network.values(keep[None])))
    for stage in reversed(range(1, 2 * graph.n_layers + 2)):  # all edges into earlier stages are still kept
        order = _into(graph, keep, stage)
        while order:
            keeps = keep.expand(len(order[:ahead]), -1, -1).clone()
            for place, (writer, reader) in enumerate(order[:ahead]):
                keeps[place:, writer, reader] = False
            costs = damage(network.values(keeps, since=stage)).tolist()
            gone = 0
            while gone < len(costs) and costs[gone] - now < threshold:
                now, keep = costs[gone], keeps[gone].clone()
                gone += 1
            order = order[gone + (gone < len(costs)) :]  # the one that stays is not tried again
    return keep


def _into(graph: Graph, keep: Tensor, stage: int) -> list[tuple[int, int]]:
    """Edges into a stage, last ones first. Those into components that nobody reads any more go at once: they cost
    nothing.
    """
    order = []
    for reader in reversed(range(*graph.reading(stage).indices(len(graph.readers)))):
        owner = graph.owners[reader]
        if owner is not None and not bool(keep[owner].any()):
            keep[:, reader] = False
        order += [(int(writer), reader) for writer in keep[:, reader].nonzero().flip(0)[:, 0]]
    return order
