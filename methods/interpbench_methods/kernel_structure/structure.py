"""Statistics of a kernel between rows."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.toolkit.spectrum import entropy_rank

_TINY = torch.finfo(torch.float64).tiny


def cosines(kernel: Float[Tensor, "row row"]) -> Float[Tensor, "row row"]:
    """k(i, j) / sqrt(k(i, i) k(j, j)); a row without a gradient has zeros."""
    lengths = kernel.diagonal().sqrt().clamp_min(_TINY)
    return kernel / lengths[:, None] / lengths[None, :]


def label_kernel(labels: Int[Tensor, "row answer"]) -> Float[Tensor, "row row"]:
    """Share of the answers in which two rows have the same label."""
    return (labels[:, None] == labels[None, :]).double().mean(dim=-1)


def centred_alignment(first: Float[Tensor, "row row"], second: Float[Tensor, "row row"]) -> float:
    """Cosine between two kernels after centring in feature space; 0 where one of them is constant.

    References:
        Cortes et al. 2012, Algorithms for learning kernels based on centered alignment (arXiv:1203.0550).
    """
    a, b = _centred(first), _centred(second)
    norms = a.norm() * b.norm()
    return float((a * b).sum() / norms) if norms > 1e-12 * len(a) else 0.0


def rank_share(kernel: Float[Tensor, "row row"]) -> float:
    """Entropy rank of the eigenvalues, divided by the number of rows: 1/n if all rows agree, 1 if none has to do with
    another.
    """
    return entropy_rank(torch.linalg.eigvalsh(kernel).clamp_min(0)) / len(kernel)


def _centred(kernel: Float[Tensor, "row row"]) -> Float[Tensor, "row row"]:
    """H k H with H = 1 - 11'/n."""
    rows = kernel - kernel.mean(dim=0, keepdim=True)
    return rows - rows.mean(dim=1, keepdim=True)
