"""What dictionaries say beside their codes: is anything there, is it superposition, and which variables are in it?

All of it is a difference to a control: rows without structure, or an untrained network's.
"""

import torch
from jaxtyping import Float
from torch import Tensor

MARGIN, SURE = 0.03, 0.01
"""Share of variance beyond the control's from which on something is there, and over which that becomes sure."""
GAIN = 0.02
"""Of the gain from one code to several: difference to the control's that settles the question by e to 1."""
TOLD, TOLD_SURE = 0.1, 0.03
"""The same as the first two for the share of a labelled variable's variance that is told."""
RIDGE = 1e-3
"""Penalty of a sparse probe, as a share of a code's variance."""


def present(explained: float, control: float) -> float:
    """P(something is there), from the shares of variance that equal dictionaries explain of the rows and of a control.

    >>> round(present(0.60, 0.60), 3), round(present(0.70, 0.60), 3)
    (0.047, 0.999)
    """
    return _logistic((explained - control - MARGIN) / SURE)


def learned(told: float, control: float) -> float:
    """P(training put variables into activations), from R^2 on held-out rows and on those of an untrained network.

    What is told worse than by a constant counts as not told.

    >>> round(learned(0.6, 0.6), 3), round(learned(0.6, 0.3), 3), round(learned(-0.2, -5.0), 3)
    (0.034, 0.999, 0.034)
    """
    return _logistic((max(told, 0.0) - max(control, 0.0) - TOLD) / TOLD_SURE)


def superposed(gain: float, control: float) -> float:
    """P(rows are sparse sums and not members of clusters).

    A member of a cluster is explained by its one direction, and further codes gain less than they would on rows of the
    same covariance without structure; a sparse sum needs several, which then gain more.

    Args:
        gain: share of variance explained by several codes, less that explained by one.
        control: the same of rows without structure.
    """
    return _logistic((gain - control) / GAIN)


def sparse_probe(
    codes: Float[Tensor, "row latent"], labels: Float[Tensor, "row v"], asked: Float[Tensor, "asked latent"], k: int
) -> Float[Tensor, "asked v"]:
    """Predicts each variable from the k latents that correlate most with it, by ridge regression.

    Args:
        codes: of labelled rows.
        labels: values of the variables.
        asked: codes of the rows whose variables are wanted.
        k: latents a variable.

    References: Gurnee et al. 2023, Finding neurons in a haystack: case studies with sparse probing (arXiv:2305.01610).
    """
    mean, middle = codes.double().mean(dim=0), labels.double().mean(dim=0)
    x, y, z = codes.double() - mean, labels.double() - middle, asked.double() - mean
    spread = x.square().sum(dim=0).sqrt()
    along = (x.T @ y).abs() / spread.clamp_min(1e-12)[:, None]  # (latent, v), up to the spread of the variable
    out = torch.empty(len(z), y.shape[1], dtype=torch.float64)
    for variable in range(y.shape[1]):
        best = along[:, variable].topk(min(k, x.shape[1])).indices
        some = x[:, best]
        gram = some.T @ some
        gram += torch.eye(len(best)) * (RIDGE * gram.diagonal().mean() + 1e-12)
        out[:, variable] = middle[variable] + z[:, best] @ torch.linalg.solve(gram, some.T @ y[:, variable])
    return out.to(labels.dtype)


def _logistic(value: float) -> float:
    return float(torch.sigmoid(torch.tensor(value, dtype=torch.float64)))
