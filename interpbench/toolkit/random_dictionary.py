"""A dictionary of random directions: what codes are worth of which nothing was learnt."""

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Float
from torch import Tensor


def random_codes(
    shown: Float[Tensor, "shown d"], asked: Float[Tensor, "asked d"], size: int, active: int, rng: torch.Generator
) -> Float[Tensor, "asked size"]:
    """The largest positive projections on random unit vectors, after the mean of the shown rows is taken off.

    Args:
        shown: rows that the mean is taken of.
        asked: rows to be coded.
        size: how many directions.
        active: projections that are kept at a row; all others are 0.
        rng: draws the directions.
    """
    directions = F.normalize(torch.randn(size, shown.shape[1], generator=rng), dim=1)
    projected = F.relu((asked - shown.mean(dim=0)) @ directions.T)
    kept = projected.topk(min(active, size), dim=1)
    return torch.zeros_like(projected).scatter(1, kept.indices, kept.values)
