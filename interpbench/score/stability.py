"""Rank stability: does one half of a suite put the methods in the same order as the other half?

References:
    Kendall 1945, The treatment of ties in ranking problems (tau-b).
    Perlitz et al. 2024 (arXiv:2308.11696), Efficient Benchmarking of Language Models (how much of a benchmark its
    ranking needs).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float
from pydantic import BaseModel, ConfigDict
from scipy import stats

from interpbench.score.halves import halves
from interpbench.score.units import Units

SPLITS = 200
"""Random splits: the mean over them is then good to about a hundredth."""
DIGITS = 12
"""Scores that agree in these are equal: sums in another order must decide no rank."""
LEAST = 3
"""Fewer methods than this have no order worth the name."""


class Agreement(BaseModel):
    """A correlation of two orders, over many splits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mean: float
    low: float
    """2.5% of the splits lie below: their spread, not a confidence interval of the mean."""
    high: float
    """2.5% lie above."""


class Stability(BaseModel):
    """How far two halves that share no network agree on the order of the methods.

    A half holds half of the networks at most, so that the whole suite orders methods more steadily than this says.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kendall: Agreement | None
    """Tau-b: 1 for the same order, 0 for none in common, -1 for the reverse."""
    spearman: Agreement | None
    """The correlation of ranks."""
    methods: int
    """Rows that were put in order."""
    splits: int
    """Splits in which both halves give an order."""
    asked: int
    """Splits that were made."""
    kept: float
    """Share of the cells that are in one of the halves, on average: see `halves`."""
    reason: str | None = None
    """Why there is no figure; None if there is one."""


def split_weights(
    units: Units, kinds: Sequence[str], rng: np.random.Generator, splits: int = SPLITS
) -> Float[np.ndarray, "two_splits cell"]:
    """Weights for a metric on both halves of every split: rows 0, 2, ... the first halves, 1, 3, ... the second."""
    return halves(units, kinds, rng, splits).reshape(2 * splits, len(units)).astype(float)


def stability(
    scores: Mapping[str, Float[np.ndarray, " two_splits"]], weights: Float[np.ndarray, "two_splits cell"]
) -> Stability:
    """The agreement of the halves.

    A split counts if each method has a score on both halves, and neither half ties all methods.

    Args:
        scores: for each method its headline on the rows of `split_weights`; NaN is no score. Methods without a score in
            any split are left out.
        weights: these rows.
    """
    known = [values for values in scores.values() if np.isfinite(values).any()]
    table = np.round(np.array(known), DIGITS)
    asked, kept = len(weights) // 2, float(weights.sum() / (weights.size / 2)) if weights.size else 0.0
    methods = len(table)
    if methods < LEAST:
        return _without(f"methods with a score: {methods}, at least {LEAST} are needed", methods, asked, kept)
    first, second = table[:, 0::2].T, table[:, 1::2].T  # (split, method)
    usable = _orders(first) & _orders(second)
    if 2 * usable.sum() < asked:
        why = f"both halves give every method a score in {int(usable.sum())} of {asked} splits only"
        return _without(why, methods, asked, kept)
    pairs = list(zip(first[usable], second[usable], strict=True))
    return Stability(
        kendall=_over([float(stats.kendalltau(one, other).statistic) for one, other in pairs]),
        spearman=_over([float(stats.spearmanr(one, other).statistic) for one, other in pairs]),
        methods=methods,
        splits=len(pairs),
        asked=asked,
        kept=kept,
    )


def _orders(half: Float[np.ndarray, "split method"]) -> Bool[np.ndarray, " split"]:
    known = np.isfinite(half).all(axis=1)
    differ: Bool[np.ndarray, " split"] = known & (np.ptp(np.where(known[:, None], half, 0.0), axis=1) > 0)
    return differ


def _over(values: Sequence[float]) -> Agreement:
    mean, low, high = np.round([np.mean(values), *np.quantile(values, [0.025, 0.975])], DIGITS).tolist()
    return Agreement(mean=mean, low=low, high=high)


def _without(reason: str, methods: int, asked: int, kept: float) -> Stability:
    return Stability(kendall=None, spearman=None, methods=methods, splits=0, asked=asked, kept=kept, reason=reason)
