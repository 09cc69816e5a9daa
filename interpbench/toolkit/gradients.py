"""Per-row gradients of the loss, all rows at once, and their inner products.

The influence of training rows on each other, to first order, is the inner product of their gradients (Koh & Liang
2017, arXiv:1703.04730, with the identity for the Hessian; Pruthi et al. 2020, arXiv:2002.08484, at one checkpoint).
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import grad, vmap

from interpbench.models.data import Rows
from interpbench.models.forward import Params
from interpbench.models.subject import Subject
from interpbench.toolkit.flat import flatten
from interpbench.toolkit.row_loss import row_losses

CHUNK_BYTES = 32 * 1024**2
"""Memory that the gradients of one chunk may take; the intermediate results take a few times that."""


def per_row_gradients(subject: Subject, rows: Rows, chunk_bytes: int = CHUNK_BYTES) -> Float[Tensor, "row parameter"]:
    """The gradient of every row's loss (mean cross-entropy over its answers) in all parameters, in `flatten`'s order.

    Args:
        subject: the network; its weights are not changed.
        rows: labelled inputs.
        chunk_bytes: rows are mapped in chunks whose gradients take at most this much memory.

    Returns:
        One row a row, as float32. 256 rows of a network with 60,000 parameters take 61 MB.
    """
    params = subject.params

    def loss(params: Params, tokens: Tensor, labels: Tensor) -> Tensor:
        return row_losses(subject.functional(params, tokens[None]), labels[None])[0]

    def gradient(tokens: Tensor, labels: Tensor) -> Tensor:
        return flatten(grad(loss)(params, tokens, labels))

    size = sum(value.numel() for value in params.values())
    chunk = max(1, chunk_bytes // (4 * size))
    gradients: Tensor = vmap(gradient, chunk_size=chunk)(rows.tokens, rows.labels)
    return gradients


def gradient_kernel(subject: Subject, rows: Rows) -> Float[Tensor, "row row"]:
    """Inner products of the per-row gradients, k(i, j) = g_i . g_j, in float64.

    Rows are divided by their lengths before the product and multiplied by them after it, so that gradients as small
    as 1e-25, whose product float32 cannot hold, keep their relative precision.
    """
    gradients = per_row_gradients(subject, rows)
    lengths: Tensor = torch.linalg.vector_norm(gradients, dim=1, dtype=torch.float64)  # (row,)
    directions = gradients.div_(lengths.clamp_min(torch.finfo(torch.float32).tiny)[:, None])
    return (directions @ directions.T).double() * lengths[:, None] * lengths[None, :]
