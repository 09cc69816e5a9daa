"""How many directions the weight matrices use."""

import torch

from interpbench.models.forward import Params
from interpbench.toolkit.spectrum import entropy_rank


def effective_rank(params: Params) -> float:
    """Mean entropy rank of all weight matrices; the perceptron's first layer is (length * vocabulary, d_mlp).

    Singular values do not change when neurons are permuted or the residual stream is rotated.
    """
    matrices = [value.reshape(-1, value.shape[-1]) for value in params.values() if value.ndim > 1]
    return sum(entropy_rank(torch.linalg.svdvals(matrix.double())) for matrix in matrices) / len(matrices)
