"""Perturbations of discrete inputs, and what a response curve is summed up to."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.models.data import Domain


def exchange(
    tokens: Int[Tensor, "row length"], domain: Domain, count: int, rng: torch.Generator
) -> Int[Tensor, "row length"]:
    """The inputs with `count` tokens, at positions drawn for each row, replaced by other letters of their alphabets.

    Positions with a single letter are left alone and not drawn while there are others.
    """
    replaced = tokens.clone()
    for position, alphabet in enumerate(domain.alphabets):
        if len(alphabet) > 1:
            letters = torch.tensor(alphabet)
            here = (tokens[:, position, None] == letters).int().argmax(dim=1)  # (row,)
            step = torch.randint(1, len(alphabet), (len(tokens),), generator=rng)
            replaced[:, position] = letters[(here + step) % len(alphabet)]
    order = torch.rand(tokens.shape, generator=rng)
    order += torch.tensor([float(len(alphabet) == 1) for alphabet in domain.alphabets])
    chosen = order.argsort(dim=1).argsort(dim=1) < count  # (row, length): the rank of each position
    return torch.where(chosen, replaced, tokens)


def overlap(p: Float[Tensor, "row answer k"], q: Float[Tensor, "row answer k"]) -> float:
    """Mean of sum_y min(p, q), which is one minus the total variation distance."""
    return float(torch.minimum(p, q).sum(dim=-1).mean())


def gi_score(curve: Float[Tensor, " magnitude"]) -> float:
    """Area between the cumulative curve of an unmoved network, alpha, and that of this one; trapezoids on [0, 1].

    0 for A = 1 everywhere, 1/2 for A = 0 everywhere.
    """
    alpha = torch.linspace(0, 1, len(curve), dtype=curve.dtype)
    cumulative = torch.cat([curve.new_zeros(1), torch.cumulative_trapezoid(curve, alpha)])
    return float(torch.trapezoid(alpha - cumulative, alpha))
