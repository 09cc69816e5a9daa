"""Whether the circuit that a method names does by itself what the network does.

Of the edges with the highest scores, k in 100 carry what the clean input says, and all others what stands in for it.
f(k) is the metric that is left, 0 for no edge and 1 for all (Hanna et al. 2024, arXiv:2403.17806). Faithfulness is one
less the mean over k of |1 - f(k)|: a circuit that overshoots is as wrong as one that falls short.
"""

from collections.abc import Sequence
from math import ceil

import torch
from jaxtyping import Float
from torch import Tensor

from interpbench.toolkit.circuits.subgraph import Subgraphs, everything

SHARES = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Of the edges that are kept."""
FARTHEST = 2.0
"""What f is cut to, at 0 below: no circuit is farther from 1 than the empty one."""

ROUNDING = 1e-5
"""Of f, in single precision: a circuit that nothing comes through is at most 1e-6 from 0 on either side, and of 570
circuits the next is 1.6e-4 from it."""


def kept(network: Subgraphs, scores: Float[Tensor, "writer reader"], share: float) -> Tensor:
    """The edges with the highest scores; of equal ones those that come first."""
    there = everything(network.graph)
    flat = torch.where(there, scores, -torch.inf).flatten()
    order = flat.sort(descending=True, stable=True).indices[: ceil(share * int(there.sum()))]
    keep = torch.zeros_like(flat, dtype=torch.bool)
    keep[order] = True
    return keep.view_as(there)


def recovered(
    network: Subgraphs, scores: Float[Tensor, "writer reader"], shares: Sequence[float] = SHARES
) -> list[float]:
    """F for each share of edges, not cut. Circuits run beside the empty one, from which small ones differ little."""
    nothing, whole = network.ends
    some = [network.values(kept(network, scores, share)[None], network.empty).mean() for share in shares]
    return [(float(value) - nothing) / (whole - nothing) for value in some]


def faithfulness(found: Sequence[float]) -> float:
    """From f for each share of edges."""
    cut = [min(max(value, 0.0), FARTHEST) for value in found]
    return 1 - sum(abs(1 - value) for value in cut) / len(cut)


def overshoots(found: Sequence[float]) -> float:
    """Share of the circuits whose f lies outside of 0 and 2, by more than rounding."""
    return sum(not -ROUNDING <= value <= FARTHEST + ROUNDING for value in found) / len(found)
