"""Rank residuals: what a score still says about models once known covariates are regressed out."""

import numpy as np
from jaxtyping import Float
from scipy import stats

from interpbench.toolkit.metrics.weighted import cell_weights

RESOLUTION = 1e-9
"""Residuals are rounded to this fraction of a rank, so that equal ones tie."""


def rank_residuals(
    scores: Float[np.ndarray, " model"], covariates: Float[np.ndarray, "model covariate"]
) -> Float[np.ndarray, " model"]:
    """Return the ranks of the scores minus their least-squares fit on the ranks of the covariates.

    Kendall's tau of two residuals asks whether a method orders models as the truth does *beyond* what weight norm,
    loss and the number of rows already tell. Ranks (equal ones share their mean) make that blind to monotone
    transforms, of the scores and of the covariates. Constant and collinear covariates do no harm. With as many
    covariates as models less one, all is explained and every residual is 0: a tau of those is NaN, as it should be.

    The regression is fitted once, on the models as they are; bootstrap weights then enter the tau only.

    Args:
        scores: one score of each model of one family.
        covariates: what is known without the method.

    References:
        Conover & Iman 1981, Rank transformations as a bridge between parametric and nonparametric statistics.

    >>> norm = np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> bool((rank_residuals(np.array([0.1, 0.2, 0.5, 9.0]), norm) == 0).all())
    True
    """
    if covariates.ndim != 2 or len(covariates) != len(scores):
        raise ValueError(f"covariates have shape {covariates.shape}, wanted ({len(scores)}, covariate)")
    cell_weights(None, scores=scores, **{f"covariate {i}": column for i, column in enumerate(covariates.T)})
    if len(scores) == 0:
        return np.zeros(0)
    design = np.column_stack([np.ones(len(scores)), *(_centred_ranks(column) for column in covariates.T)])
    ranks = _centred_ranks(scores)
    fitted: Float[np.ndarray, " model"] = design @ np.linalg.lstsq(design, ranks, rcond=None)[0]
    rounded: Float[np.ndarray, " model"] = np.round((ranks - fitted) / RESOLUTION) * RESOLUTION
    return rounded


def _centred_ranks(column: Float[np.ndarray, " model"]) -> Float[np.ndarray, " model"]:
    """Average ranks around 0."""
    ranks = np.asarray(stats.rankdata(column), dtype=np.float64)
    return ranks - (len(ranks) + 1) / 2
