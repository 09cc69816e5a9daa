"""Automatic circuit discovery: edges are removed one after the other, from the output back, as long as it costs little.

Conmy et al. 2023, arXiv:2304.14997. Each edge is tried with all those gone that were removed before it. Trials are run
ahead in one batch, as if every removal would stand, and beside the circuit that is left so far; what follows the first
that does not stand is run again. Decisions are those of one trial at a time.
"""

from collections.abc import Callable

from jaxtyping import Bool, Float
from torch import Tensor

from interpbench.toolkit.circuits.graph import Graph
from interpbench.toolkit.circuits.subgraph import Subgraphs, everything

Damage = Callable[[Float[Tensor, "subgraph row"]], Float[Tensor, " subgraph"]]
"""One number a subgraph from its rows' metrics; more is worse."""

AHEAD = 64
"""Trials of one batch, at most."""


def acdc(network: Subgraphs, damage: Damage, threshold: float, ahead: int = AHEAD) -> Bool[Tensor, "writer reader"]:
    """The edges that are left.

    Args:
        network: with its inputs.
        damage: what a subgraph costs.
        threshold: an edge goes if that adds less than this.
        ahead: trials of one batch, at most; 1 is one at a time.
    """
    graph = network.graph
    keep = everything(graph)
    now, left = float(damage(network.values(keep[None]))), network.whole
    many = ahead  # doubled where all stand, else twice as many as stood
    for stage in reversed(range(1, 2 * graph.n_layers + 2)):
        order = _into(graph, keep, stage)
        while order:
            if not keep.equal(left.keep):
                left = network.ran(keep)
            keeps = keep.expand(len(order[:many]), -1, -1).clone()
            for place, (writer, reader) in enumerate(order[:many]):
                keeps[place:, writer, reader] = False
            costs = damage(network.values(keeps, left)).tolist()
            gone = 0
            while gone < len(costs) and costs[gone] - now < threshold:
                now, keep = costs[gone], keeps[gone].clone()
                gone += 1
            order = order[gone + (gone < len(costs)) :]  # the one that stays is not tried again
            many = min(ahead, 2 * (gone + 1))
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
