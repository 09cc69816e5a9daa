"""Brier score and Brier skill: are the probabilities right, not only their order?"""

import numpy as np
from jaxtyping import Float

from interpbench.toolkit.metrics.weighted import cell_weights, ratio, weighted_mean


def brier_score(
    probability: Float[np.ndarray, " cell"],
    outcome: Float[np.ndarray, " cell"],
    weights: Float[np.ndarray, "*draw cell"] | None = None,
) -> Float[np.ndarray, "*draw"]:
    """Return the weighted mean of (probability - outcome) squared: 0 is best, a constant 0.5 gets 0.25.

    Args:
        probability: what the method said, in [0, 1].
        outcome: what was true, 0 or 1.
        weights: multiplicities of the cells.

    References:
        Brier 1950, Verification of forecasts expressed in terms of probability.

    >>> float(brier_score(np.array([1.0, 0.5]), np.array([1.0, 0.0])))
    0.125
    """
    cell_weights(weights, probability=probability, outcome=outcome)
    for name, column in (("probability", probability), ("outcome", outcome)):
        if ((column < 0) | (column > 1)).any():
            raise ValueError(f"{name}: must lie in [0, 1], got {column.min()} to {column.max()}")
    return weighted_mean((probability - outcome) ** 2, weights)


def brier_skill(
    probability: Float[np.ndarray, " cell"],
    outcome: Float[np.ndarray, " cell"],
    weights: Float[np.ndarray, "*draw cell"] | None = None,
    *,
    reference: float | None = None,
) -> Float[np.ndarray, "*draw"]:
    """Return 1 - Brier / Brier of the reference: 1 is best, 0 as good as the reference, negative is worse.

    Args:
        probability: what the method said.
        outcome: what was true.
        weights: multiplicities of the cells.
        reference: a constant forecast that needs no knowledge, e.g. 0.5 for pairs in random order. If None, the share
            of ones in each draw (climatology), which no method can know exactly: the stricter choice.

    Returns:
        The skill in every draw; NaN where the reference makes no error.

    References:
        Murphy 1973, A new vector partition of the probability score.
    """
    score = brier_score(probability, outcome, weights)
    if reference is None:
        rate = weighted_mean(outcome, weights)
        return 1 - ratio(score, weighted_mean(outcome**2, weights) - rate**2)
    return 1 - ratio(score, brier_score(np.full(len(outcome), reference), outcome, weights))
