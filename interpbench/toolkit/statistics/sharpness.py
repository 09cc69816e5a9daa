"""How sharply the train loss curves at the weights."""

from math import log

import torch
from torch import Tensor

from interpbench.models.data import Rows
from interpbench.models.subject import Subject
from interpbench.toolkit.flat import flatten, unflatten
from interpbench.toolkit.hessian import hessian_product, largest_eigenvalue
from interpbench.toolkit.row_loss import row_losses

ANSWERS, STEPS = 512, 20
"""Answers of the shown rows that the loss is measured on at most, and Lanczos steps."""


def sharpness(subject: Subject, rows: Rows, rng: torch.Generator) -> float:
    """Logarithm of the largest eigenvalue of the Hessian of the mean cross-entropy on (at most 512) shown answers.

    References:
        Keskar et al. 2017, On large-batch training (arXiv:1609.04836); Cohen et al. 2021, Edge of stability
        (arXiv:2103.00065), who take the eigenvalue. Dinh et al. 2017 (arXiv:1703.04933) show that rescaling the weights
        changes it; it is taken at the weights as they are.
    """
    rows = rows.sample(max(1, ANSWERS // rows.labels.shape[1]), rng)
    params = subject.params
    at = flatten(params)

    def loss(vector: Tensor) -> Tensor:
        return row_losses(subject.functional(unflatten(vector, params), rows.tokens), rows.labels).mean()

    start = torch.randn(at.shape, generator=rng)
    return log(max(largest_eigenvalue(hessian_product(loss, at), start, STEPS), 1e-30))
