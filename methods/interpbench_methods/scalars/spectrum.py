"""How many directions the weight matrices use."""

import torch
from jaxtyping import Float
from torch import Tensor

from interpbench.models.forward import Params


def entropy_rank(matrix: Float[Tensor, "m n"]) -> float:
    """exp(entropy of the singular values divided by their sum): between 1 and the rank.

    References:
        Roy & Vetterli 2007, The effective rank: a measure of effective dimensionality (EUSIPCO).

    >>> round(entropy_rank(torch.eye(3)), 6)
    3.0
    """
    values = torch.linalg.svdvals(matrix.double())
    share = values / values.sum().clamp_min(torch.finfo(torch.float64).tiny)
    return float(torch.special.entr(share).sum().exp())


def effective_rank(params: Params) -> float:
    """Mean entropy rank of all weight matrices; the perceptron's first layer is (length * vocabulary, d_mlp).

    Singular values do not change when neurons are permuted or the residual stream is rotated.
    """
    matrices = [value.reshape(-1, value.shape[-1]) for value in params.values() if value.ndim > 1]
    return sum(entropy_rank(matrix) for matrix in matrices) / len(matrices)
