"""An estimate with its 95% interval, or the reason why there is none.

The percentile interval of the bootstrap is too narrow with few families: its variance has the divisor G where G - 1
belongs, and it takes the normal quantile where Student's belongs. Both bounds are therefore moved away from the
estimate by `widening(G) = sqrt(G / (G - 1)) * t(.975, G - 1) / z(.975)`: 1.87 at 4 families, 1.17 at 12. Bootstrap-t
would repair the same, but needs a variance in every draw and is erratic with 4 families.

Measured coverage of the nominal 95%, plain percentile -> corrected, in per cent. Pairwise accuracy around 0.7, 5 models
a class, standard deviation of the family effect relative to that of a model; 1,000 trials, so +-1 point:

    family effect                      0             0.5           1             2
    families and models,  4 families   97.6 -> 99.9  96.2 -> 99.6  90.8 -> 98.2  86.8 -> 94.7
    families and models, 12 families   99.2 -> 99.7  97.5 -> 99.0  95.4 -> 97.2  93.5 -> 96.2
    families only,        4 families   79.6 -> 92.9  79.6 -> 91.8  79.2 -> 90.5  80.1 -> 89.8
    families only,       12 families   89.4 -> 94.0  90.1 -> 93.8  89.7 -> 94.0  90.7 -> 94.3

Near the ceiling (accuracy 0.85 to 0.96) families and models keep at least 92.4, families only at least 86.7.
`tests/score/test_coverage.py` repeats all of it; docs/statistics.md says what it means.

References:
    Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapters 12-13.
    Hesterberg 2015 (arXiv:1411.5279), What Teachers Should Know about the Bootstrap: narrowness bias, the same factor.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import stats

from interpbench.score.units import Evidence

CONFIDENCE = 0.95
POWER = 0.8
MIN_MODELS = 3
"""Fewer distinct models than this in any class, over all families, say nothing about the class."""
ROUNDING = 1e-12
"""Values closer than this are equal: sums in another order must decide nothing."""
MIN_DRAWS = 100
"""Fewer usable draws than this do not hold up a 2.5% quantile."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A value with its interval, or no value and the reason: "not available" is never 0."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    """Scored cells."""
    families: int
    """Families that it rests on; at 1 the interval speaks about other models of that family only."""
    reason: str | None = None
    """Why there is no value; None if there is one."""

    @property
    def available(self) -> bool:
        """Whether there is a value."""
        return self.reason is None


def not_available(reason: str, *, n: int = 0, families: int = 0) -> Estimate:
    """An estimate that says why it has no value."""
    return Estimate(value=None, low=None, high=None, n=n, families=families, reason=reason)


def estimate(
    draws: Float[np.ndarray, " draw"], evidence: Evidence, *, limits: tuple[float, float] | None = None
) -> Estimate:
    """Return the value and its 95% interval.

    Draws without a value (NaN, e.g. a kind none of whose families came up) are left out; with half of them or more
    missing there is no interval. A value that sits on one of its limits in every draw (all pairs right) has no spread
    to measure; its other bound is then the exact binomial one for as many trials as the smallest class has models.

    Args:
        draws: the metric on the weights of `resample`: row 0 the value, the rest its bootstrap draws.
        evidence: what the metric's cells rest on.
        limits: the range of the metric if it has one; the interval is cut to it.
    """
    reason = why_not(draws, evidence)
    if reason is not None:
        return not_available(reason, n=evidence.cells, families=evidence.families)
    value, usable = float(draws[0]), draws[1:][np.isfinite(draws[1:])]
    tails = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
    low, high = value + widening(evidence) * (np.quantile(usable, tails) - value)
    low, high = min(float(low), value), max(float(high), value)
    if limits is not None:
        low, high = max(low, limits[0]), min(high, limits[1])
        if constant(draws):
            low, high = _exact_at_limit(value, limits, evidence.models)
    return Estimate(value=value, low=low, high=high, n=evidence.cells, families=evidence.families)


def why_not(draws: Float[np.ndarray, " draw"], evidence: Evidence) -> str | None:
    """Why these draws give no interval, or None if they do."""
    if evidence.cells == 0:
        return "no scored cells"
    if evidence.models < MIN_MODELS:
        return f"{evidence.models} models in the smallest class, at least {MIN_MODELS} are needed"
    if evidence.one_family and not evidence.models_drawn:
        return "one family, and its models were not resampled"
    if not np.isfinite(draws[0]):
        return "the metric is undefined on these cells"
    usable = int(np.isfinite(draws[1:]).sum())
    if usable < MIN_DRAWS or 2 * usable <= len(draws) - 1:
        return f"the metric is defined in {usable} of {len(draws) - 1} bootstrap draws only"
    return None


def constant(draws: Float[np.ndarray, " draw"]) -> bool:
    """Whether the draws that have a value all have the same."""
    return bool(np.ptp(draws[np.isfinite(draws)]) <= ROUNDING)


def widening(evidence: Evidence) -> float:
    """The factor by which percentile intervals are stretched for a small number of independent draws.

    >>> round(widening(Evidence(cells=100, families=4, models=20)), 2)
    1.87
    """
    n = evidence.independent
    return float(_narrowness(n) * stats.t.ppf((1 + CONFIDENCE) / 2, n - 1) / stats.norm.ppf((1 + CONFIDENCE) / 2))


def detectable_difference(draws: Float[np.ndarray, " draw"], evidence: Evidence) -> float | None:
    """The smallest true value that a two-sided 5% test against 0 finds with 80% power, or None without an interval.

    `(t(.975) + t(.8)) * se`, with independent draws - 1 degrees of freedom and the bootstrap's standard error, which
    carries the same correction for few families as the interval. For draws of a paired difference it says how far
    apart two methods must be before this board can tell; "no difference found" is worth that much.

    References:
        Bloom 1995, Minimum detectable effects.
    """
    if why_not(draws, evidence) is not None:
        return None
    freedom = evidence.independent - 1
    quantiles = stats.t.ppf((1 + CONFIDENCE) / 2, freedom) + stats.t.ppf(POWER, freedom)
    return float(quantiles) * standard_error(draws, evidence)


def standard_error(draws: Float[np.ndarray, " draw"], evidence: Evidence) -> float:
    """The spread of the draws, corrected for a small number of independent ones."""
    return _narrowness(evidence.independent) * float(np.nanstd(draws[1:], ddof=1))


def _narrowness(n: int) -> float:
    """The root of n / (n - 1), by which the bootstrap's standard error of a mean of n draws is too small."""
    return float(np.sqrt(n / (n - 1)))


def _exact_at_limit(value: float, limits: tuple[float, float], trials: int) -> tuple[float, float]:
    """Clopper-Pearson bounds for no miss in `trials`, or no hit; a constant inside the limits is known exactly."""
    reach = (limits[1] - limits[0]) * float(1 - ((1 - CONFIDENCE) / 2) ** (1 / trials))
    if value >= limits[1] - ROUNDING:
        return limits[1] - reach, limits[1]
    if value <= limits[0] + ROUNDING:
        return limits[0], limits[0] + reach
    return value, value
