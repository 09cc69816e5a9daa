"""Hewitt & Liang's control task for variables that are numbers."""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def control_values(
    token: Int[Tensor, " row"], labels: Float[Tensor, "row v"], rng: torch.Generator
) -> Float[Tensor, "row v"]:
    """For each token the variables of a row drawn at random: as spread as the true ones, and nothing but the token's.

    References: Hewitt & Liang 2019, Designing and interpreting probes with control tasks (arXiv:1909.03368).
    """
    drawn = torch.randint(len(labels), (int(token.max()) + 1,), generator=rng)
    return labels[drawn[token]]
