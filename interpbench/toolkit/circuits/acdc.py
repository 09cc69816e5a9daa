"""Automatic circuit discovery: edges are removed one after the other, from the output back, as long as it costs little.

Conmy et al. 2023, arXiv:2304.14997. Each edge is tried with all those gone that were removed before it. Trials are run
ahead in one batch, as if every removal would stand; what follows the first that does not is run again. Decisions are
those of one trial at a time.
"""

from collections.abc import Callable

from jaxtyping import Bool, Float
from torch import Tensor

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
    keep = everything(network.graph)
    order = [(int(w), int(r)) for r in reversed(range(keep.shape[1])) for w in keep[:, r].nonzero().flip(0)[:, 0]]
    now = float(damage(network.values(keep[None])))
    while order:
        trial = order[:ahead]
        keeps = keep.expand(len(trial), -1, -1).clone()
        for place, (writer, reader) in enumerate(trial):
            keeps[place:, writer, reader] = False
        costs = damage(network.values(keeps)).tolist()
        for place, cost in enumerate(costs):
            if cost - now >= threshold:
                order = order[place + 1 :]
                break
            now, keep = cost, keeps[place].clone()
        else:
            order = order[len(trial) :]
    return keep
