"""AUROC: the chance that a random positive scores above a random negative, ties counting half."""

import numpy as np
from jaxtyping import Bool, Float

from interpbench.toolkit.metrics.weighted import cell_weights, ratio


def auroc(
    score: Float[np.ndarray, " cell"],
    positive: Bool[np.ndarray, " cell"],
    weights: Float[np.ndarray, "*draw cell"] | None = None,
) -> Float[np.ndarray, "*draw"]:
    """Return the area under the ROC curve in every draw; chance 0.5, NaN where one class is absent.

    The cells are sorted once for all draws: O(n log n + draws * n).

    Args:
        score: higher means more likely positive.
        positive: the truth.
        weights: multiplicities of the cells.

    References:
        Hanley & McNeil 1982, The meaning and use of the area under a ROC curve.

    >>> float(auroc(np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, False, True, True])))
    0.875
    """
    if positive.shape != score.shape:
        raise ValueError(f"score and positive must be equally long, got shapes {score.shape} and {positive.shape}")
    weights = cell_weights(weights, score=score)
    if len(score) == 0:
        return np.full(weights.shape[:-1], np.nan)
    order = np.argsort(score, kind="stable")
    firsts = np.flatnonzero(np.diff(score[order], prepend=-np.inf))  # where each group of equal scores starts
    sorted_weights = weights[..., order]
    positives = np.add.reduceat(sorted_weights * positive[order], firsts, axis=-1)  # (*draw, group)
    negatives = np.add.reduceat(sorted_weights * ~positive[order], firsts, axis=-1)
    below = np.cumsum(negatives, axis=-1) - 0.5 * negatives
    return ratio((positives * below).sum(axis=-1), positives.sum(axis=-1) * negatives.sum(axis=-1))
