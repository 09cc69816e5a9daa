"""Weighted means over judged instances, the building blocks of every track's `reduce`."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from interpbench.toolkit.metrics.weighted import ratio, weighted_mean
from interpbench.tracks.instance import ScoredCell

Weights = Float[np.ndarray, "replicate cell"]
"""How often each instance counts in each replicate; a row of ones is the plain score."""


def mean(
    cells: Sequence[ScoredCell], weights: Weights, value: str, mask: Bool[np.ndarray, " cell"]
) -> Float[np.ndarray, " replicate"]:
    """Weighted mean of a value over the masked cells that have it; NaN where none counts."""
    values = np.array([cell.values.get(value, np.nan) for cell in cells])
    mask = mask & ~np.isnan(values)
    return weighted_mean(values[mask], weights[:, mask])


def share(weights: Weights, mask: Bool[np.ndarray, " cell"]) -> Float[np.ndarray, " replicate"]:
    """Share of the weight that lies on the masked cells."""
    return ratio(weights[:, mask].sum(axis=1), weights.sum(axis=1))


def mean_of(parts: Sequence[Float[np.ndarray, " replicate"]], replicates: int) -> Float[np.ndarray, " replicate"]:
    """Mean over the parts that have data in a replicate."""
    stacked = np.stack(parts) if parts else np.full((1, replicates), np.nan)
    known = ~np.isnan(stacked)
    count = known.sum(axis=0)
    return ratio(np.where(known, stacked, 0.0).sum(axis=0), count)
