"""Weighted means over bootstrap draws, and the shape check that every metric here shares.

Weights are multiplicities: weight 2 is the same as the cell standing there twice, weight 0 the same as its absence.
They may carry leading axes (`draw`), which every metric keeps, so 2,000 bootstrap draws are one call.
"""

import numpy as np
from jaxtyping import Float


def weighted_mean(
    values: Float[np.ndarray, " cell"], weights: Float[np.ndarray, "*draw cell"] | None = None
) -> Float[np.ndarray, "*draw"]:
    """Return the mean of the values in every draw; NaN where all weights are 0.

    >>> weighted_mean(np.array([1.0, 0.0, 0.5]), np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 0.0]])).tolist()
    [0.5, 0.5]
    """
    weights = cell_weights(weights, values=values)
    return ratio(weights @ values, weights.sum(axis=-1))


def ratio(numerator: Float[np.ndarray, "*draw"], denominator: Float[np.ndarray, "*draw"]) -> Float[np.ndarray, "*draw"]:
    """Divide, with NaN where the denominator is not positive."""
    positive = denominator > 0
    return np.where(positive, numerator / np.where(positive, denominator, 1.0), np.nan)


def cell_weights(
    weights: Float[np.ndarray, "*draw cell"] | None, **columns: Float[np.ndarray, " cell"]
) -> Float[np.ndarray, "*draw cell"]:
    """Check that the named columns are finite and of one length, and that the weights fit them; ones if None.

    Raises:
        ValueError: naming the column. A failed cell has to be scored at chance before it comes here, not as NaN.
    """
    lengths = {name: column.shape for name, column in columns.items()}
    if len(set(lengths.values())) != 1 or any(len(shape) != 1 for shape in lengths.values()):
        raise ValueError(f"columns must be one-dimensional and equally long, got shapes {lengths}")
    for name, column in columns.items():
        if not np.isfinite(column).all():
            raise ValueError(f"{name}: {int((~np.isfinite(column)).sum())} of {len(column)} entries are not finite")
    (n,) = next(iter(lengths.values()))
    if weights is None:
        return np.ones(n)
    if weights.shape[-1:] != (n,):
        raise ValueError(f"weights have shape {weights.shape}, wanted (..., {n})")
    if not (weights >= 0).all():
        raise ValueError("weights are multiplicities and cannot be negative or NaN")
    return np.asarray(weights, dtype=np.float64)
