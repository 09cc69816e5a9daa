"""Pairwise accuracy: how often the better one of two got the higher score, ties counting half."""

import numpy as np
from jaxtyping import Float

from interpbench.toolkit.metrics.weighted import cell_weights, weighted_mean


def pair_outcomes(
    better: Float[np.ndarray, " pair"], worse: Float[np.ndarray, " pair"], *, tolerance: float = 0.0
) -> Float[np.ndarray, " pair"]:
    """Return 1 where the truly better member scored higher, 0 where it scored lower, 0.5 for a tie.

    Args:
        better: the score that the method gave to the truly better member of each pair.
        worse: the score that it gave to the other one.
        tolerance: scores at most this far apart are tied.
    """
    cell_weights(None, better=better, worse=worse)
    gap = better - worse
    return 0.5 + 0.5 * np.sign(np.where(np.abs(gap) <= tolerance, 0.0, gap))


def pairwise_accuracy(
    better: Float[np.ndarray, " pair"],
    worse: Float[np.ndarray, " pair"],
    weights: Float[np.ndarray, "*draw pair"] | None = None,
    *,
    tolerance: float = 0.0,
) -> Float[np.ndarray, "*draw"]:
    """Return the weighted share of pairs in the right order; chance 0.5, best 1, NaN without weight.

    With every pair of two classes it is the AUROC.

    Args:
        better: the score of the truly better member of each pair.
        worse: the score of the other one.
        weights: multiplicities of the pairs.
        tolerance: scores at most this far apart are tied.

    >>> float(pairwise_accuracy(np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 4.0])))
    0.5
    """
    return weighted_mean(pair_outcomes(better, worse, tolerance=tolerance), weights)
