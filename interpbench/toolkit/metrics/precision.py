"""Average precision, and what a random order has of it on average: exact, with ties."""

import numpy as np
from jaxtyping import Bool, Float


def expected_precision(count: int, positives: int) -> float:
    """Average precision of a random order, exactly.

    The item at rank k is a positive with probability m/n, and then (k - 1)(m - 1)/(n - 1) of those before it are, too;
    summed over ranks this is (H + (m - 1)/(n - 1) (n - H)) / n, with H the n-th harmonic number.
    """
    harmonic = float(np.sum(1 / np.arange(1, count + 1)))
    if count == 1:
        return 1.0
    return (harmonic + (positives - 1) / (count - 1) * (count - harmonic)) / count


def average_precision(scores: Float[np.ndarray, " item"], positive: Bool[np.ndarray, " item"]) -> float:
    """Mean over positive of the precision at their rank; equal scores count as all their orders do on average.

    Args:
        scores: larger for what comes first.
        positive: at least one.
    """
    _, group = np.unique(-scores, return_inverse=True)
    total, before, hits = 0.0, 0, 0
    for place in range(int(group.max()) + 1):
        here = group == place
        size, own = int(here.sum()), int((here & positive).sum())
        if own:
            ranks = np.arange(1, size + 1)
            among = (own - 1) / (size - 1) if size > 1 else 0.0
            total += own * float(np.mean((hits + 1 + (ranks - 1) * among) / (before + ranks)))
        before, hits = before + size, hits + own
    return total / int(positive.sum())


def precision_skill(scores: Float[np.ndarray, " item"], positive: Bool[np.ndarray, " item"]) -> float:
    """Average precision, 0 for a random order and 1 for the right one."""
    expected = expected_precision(len(scores), int(positive.sum()))
    return (average_precision(scores, positive) - expected) / (1 - expected)
