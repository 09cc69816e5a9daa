"""Three probes: from activations to variables."""

import warnings
from collections.abc import Callable, Mapping

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

Rows = Float[Tensor, "row d"]
Values = Float[Tensor, "row v"]

PENALTIES = np.logspace(-4, 4, 9)
"""Of ridge regression, on states of mean variance 1; leave-one-out error chooses."""
HIDDEN = 64
"""Neurons of the network."""


def linear(rows: Rows, labels: Values, asked: Rows, rng: torch.Generator) -> Values:
    """Ridge regression."""
    from sklearn.linear_model import RidgeCV

    del rng
    x, z = _scaled(rows, asked)
    return _values(RidgeCV(alphas=PENALTIES).fit(x, labels.double().numpy()).predict(z), labels)


def mean_difference(rows: Rows, labels: Values, asked: Rows, rng: torch.Generator) -> Values:
    """Regression on one direction a variable: mean of the rows weighted with the variable's distance from its mean.

    Where a variable has two values this is the difference of the means of their rows (Marks & Tegmark 2023,
    arXiv:2310.06824); other directions that happen to help are not used.
    """
    del rng
    mean, middle = rows.double().mean(dim=0), labels.double().mean(dim=0)
    x, y = rows.double() - mean, labels.double() - middle
    along = x @ (x.T @ y)  # (row, v)
    slope = (along * y).sum(dim=0) / along.square().sum(dim=0).clamp_min(1e-12)
    found: Tensor = middle + slope * ((asked.double() - mean) @ (x.T @ y))
    return found.to(labels.dtype)


def network(rows: Rows, labels: Values, asked: Rows, rng: torch.Generator) -> Values:
    """A ReLU network of one hidden layer, by Adam; a tenth of the rows says when to stop."""
    from sklearn.neural_network import MLPRegressor

    x, z = _scaled(rows, asked)
    y = labels.double().numpy()
    middle, spread = y.mean(axis=0), y.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    seed = int(torch.randint(2**31 - 1, (1,), generator=rng))
    model = MLPRegressor(
        hidden_layer_sizes=(HIDDEN,), learning_rate_init=5e-3, alpha=1e-3, max_iter=150, early_stopping=True,
        n_iter_no_change=15, random_state=seed,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has not settled, or its last batch is small
        model.fit(x, ((y - middle) / spread).squeeze())
    return _values(model.predict(z).reshape(len(z), -1) * spread + middle, labels)


PROBES: Mapping[str, Callable[[Rows, Values, Rows, torch.Generator], Values]] = {
    "linear": linear,
    "mean-difference": mean_difference,
    "mlp": network,
}
"""Name -> predictions at asked rows, from labelled rows and a generator."""


def _scaled(rows: Rows, asked: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Centred, and divided by one number."""
    mean = rows.double().mean(dim=0)
    unit = (rows.double() - mean).square().mean().sqrt().clamp_min(1e-12)
    return ((rows.double() - mean) / unit).numpy(), ((asked.double() - mean) / unit).numpy()


def _values(found: np.ndarray, labels: Values) -> Values:
    return torch.from_numpy(found.reshape(len(found), -1)).to(labels.dtype)
