"""Cross-entropy of labelled rows, exact where a network is so sure that float32 would round its loss to zero."""

import torch.nn.functional as F  # noqa: N812
from jaxtyping import Float, Int
from torch import Tensor


def row_losses(logits: Float[Tensor, "row answer k"], labels: Int[Tensor, "row answer"]) -> Float[Tensor, " row"]:
    """Mean cross-entropy of each row over its answers, in float64; differentiable, works under `torch.func`.

    A memoriser reaches losses of 1e-9, where 1 - p and with it the whole gradient vanish in float32. With the softmax
    alone in float64 they keep their relative precision, and the network still runs in float32.

    >>> import torch
    >>> sure = torch.tensor([[[30.0, 0.0]]])
    >>> float(row_losses(sure, torch.tensor([[0]]))) > 0
    True
    """
    flat = F.cross_entropy(logits.double().flatten(0, 1), labels.flatten(), reduction="none")
    return flat.view(labels.shape).mean(dim=1)
