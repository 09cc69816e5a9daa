"""Inputs of the domain that are not among the shown rows: what a method may query without being told an answer."""

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from interpbench.models.data import Domain, Rows

ENUMERATE = 20_000
"""Domains of at most this many inputs are written out, so that no input is drawn twice."""


def unlabelled(domain: Domain, rows: Rows, count: int, rng: torch.Generator) -> Int[Tensor, "input length"]:
    """At most `count` distinct inputs outside the shown rows, drawn uniformly.

    Where the rows cover the whole domain, inputs are drawn from all of it.

    Args:
        domain: where inputs come from.
        rows: what is shown.
        count: how many inputs are wanted; fewer come back where the domain has no more, or where a draw of twice as
            many holds too many repetitions.
        rng: draws them.
    """
    pool = domain.everything() if domain.size <= ENUMERATE else torch.unique(domain.full(2 * count, rng), dim=0)
    fresh = pool[~_among(pool, rows.tokens)]
    fresh = fresh if len(fresh) else pool
    return fresh[torch.randperm(len(fresh), generator=rng)[:count]]


def _among(inputs: Int[Tensor, "input length"], shown: Int[Tensor, "row length"]) -> Bool[Tensor, " input"]:
    """Whether each input is one of the shown ones."""
    _, number = torch.unique(torch.cat([inputs, shown]), dim=0, return_inverse=True)
    return torch.isin(number[: len(inputs)], number[len(inputs) :])
