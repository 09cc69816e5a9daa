"""Predictions of variables: R^2, what a ridge regression reaches, and the gain over an untrained twin."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Tried on a held-out part of the labelled rows, in units of the mean variance of an activation."""
HELD = 5
"""One in this many labelled rows, the last ones, chooses the penalty."""
LEAST = 0.2
"""Gain of the ridge on the trained network over the one on its twin, below which a world is not handed out."""


def r_squared(predicted: Float[np.ndarray, "row v"], truth: Float[np.ndarray, "row v"]) -> float:
    """1 - squared error over squared distance from the mean, mean over the variables that vary."""
    error = ((predicted - truth) ** 2).sum(axis=0)
    spread = ((truth - truth.mean(axis=0)) ** 2).sum(axis=0)
    varies = spread > 1e-12
    return float((1 - error[varies] / spread[varies]).mean()) if varies.any() else 0.0


def ridge(
    x: Float[Tensor, "row d"], y: Float[Tensor, "row v"], asked: Float[Tensor, "asked d"]
) -> Float[Tensor, "asked v"]:
    """Predictions of a ridge regression with intercept, in float64; the last fifth of the rows chooses its penalty.

    Args:
        x: activations of labelled rows.
        y: their variables.
        asked: activations at which variables are predicted.
    """
    x, y, asked = x.double(), y.double(), asked.double()
    cut = len(x) - len(x) // HELD
    errors = [float((_fit(x[:cut], y[:cut], x[cut:], penalty) - y[cut:]).square().mean()) for penalty in PENALTIES]
    return _fit(x, y, asked, PENALTIES[int(np.argmin(errors))])


def ridge_r_squared(
    x: Float[Tensor, "row d"],
    y: Float[Tensor, "row v"],
    asked: Float[Tensor, "asked d"],
    truth: Float[Tensor, "asked v"],
) -> float:
    """R^2 of that ridge regression at the asked rows."""
    return r_squared(ridge(x, y, asked).numpy(), truth.double().numpy())


def gain(reached: float, untrained: float, ceiling: float) -> float:
    """(reached - untrained) / (ceiling - untrained), in [-1, 1]."""
    return float(np.clip((reached - untrained) / max(ceiling - untrained, 1e-9), -1.0, 1.0))


def _fit(x: Tensor, y: Tensor, asked: Tensor, penalty: float) -> Tensor:
    mean, middle = x.mean(dim=0), y.mean(dim=0)
    centred = x - mean
    weight = penalty * float(centred.square().mean()) * len(x)
    gram = centred.T @ centred + weight * torch.eye(x.shape[1], dtype=x.dtype)
    found: Tensor = middle + (asked - mean) @ torch.linalg.solve(gram, centred.T @ (y - middle))
    return found
