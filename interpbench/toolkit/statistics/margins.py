"""The train loss, and margins at one temperature."""

from math import log

import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.toolkit.row_loss import row_losses
from interpbench.toolkit.tempering import equalising_factor


def train_loss(logits: Float[Tensor, "row answer k"], labels: Int[Tensor, "row answer"]) -> float:
    """Logarithm of the mean cross-entropy on the shown rows: it spans ten decades, and only its order counts."""
    return log(max(float(row_losses(logits, labels).mean()), 1e-30))


def tempered_margins(
    logits: Float[Tensor, "row answer k"], labels: Int[Tensor, "row answer"]
) -> Float[Tensor, " margin"]:
    """Margins of all answers after dividing all logits by the one temperature that makes the mean cross-entropy .01.

    margin = logit of the label - largest other logit. Multiplying the logits by a constant changes nothing, so what is
    left is the shape of the distribution of margins.

    References:
        Jiang et al. 2019, Predicting the generalization gap with margin distributions (arXiv:1810.00113).
    """
    at_label = torch.zeros_like(logits, dtype=torch.bool).scatter_(-1, labels[..., None], True)
    doubled = logits.double()
    others = doubled.masked_fill(at_label, float("-inf")).amax(dim=-1)  # (row, answer)
    margins = doubled.gather(-1, labels[..., None])[..., 0] - others
    return margins.flatten() * equalising_factor(logits, labels)


def mean_margin(logits: Float[Tensor, "row answer k"], labels: Int[Tensor, "row answer"]) -> float:
    """Mean of the tempered margins."""
    return float(tempered_margins(logits, labels).mean())


def low_margin(logits: Float[Tensor, "row answer k"], labels: Int[Tensor, "row answer"]) -> float:
    """5th percentile of the tempered margins: the rows that the network only just has."""
    return float(tempered_margins(logits, labels).quantile(0.05))
