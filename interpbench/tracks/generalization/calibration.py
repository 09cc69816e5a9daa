"""Signs and scales, fixed once on suite `dev`: two logistic regressions on score differences."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from interpbench.tracks.generalization import forecast
from interpbench.tracks.generalization.answer import Calibration, UnitAnswer
from interpbench.tracks.generalization.key import GradedKey, PairKey, RunKey
from interpbench.tracks.generalization.recipe import Kind
from interpbench.tracks.generalization.score import HEADLINE_KINDS, judge, reduce
from interpbench.tracks.instance import Ref

LEAST_PAIRS = 8
"""Fewer differing pairs with an answer than this do not fix a sign."""
LEAST_SLOPE = 1e-3
"""Per median difference: what is left of a method whose theory gives the sign and whose `dev` pairs say the opposite.
Its order stands, its probabilities say nothing."""


class TooFewPairs(ValueError):
    """Not enough answered pairs to calibrate on."""


def fit(
    cells: Sequence[tuple[Ref, PairKey | GradedKey | RunKey, Mapping[str, UnitAnswer | None]]],
    suite: str,
    *,
    sign_given: bool = False,
) -> Calibration:
    """Fits slope (with its sign), and offset and gain of the probability that two networks differ.

    The sign comes from the kinds of the headline, each kind of each family with the same weight, however many pairs it
    has. Differences are divided by their median size first, so that the unit penalty of the regression means the same
    for every method; without intercept, since the order of a pair is random.

    Args:
        cells: instances with keys and answers.
        suite: name and version, for the record.
        sign_given: the method's theory says that higher generalises; the slope is then kept above zero.

    Raises:
        TooFewPairs: fewer than `LEAST_PAIRS` differing pairs were answered.
    """
    pairs = [
        (a.score - b.score, key, f"{ref.task} {ref.kind}")
        for ref, key, answers in cells
        if isinstance(key, PairKey)
        and key.kind in {*HEADLINE_KINDS, Kind.NULL}
        and (a := answers.get(ref.units[0])) is not None
        and (b := answers.get(ref.units[1])) is not None
        and a.score is not None
        and b.score is not None
    ]
    differing = [(delta, key.a_generalises, group) for delta, key, group in pairs if key.differ]
    if len(differing) < LEAST_PAIRS:
        raise TooFewPairs(f"{len(differing)} differing pairs with an answer on {suite}, wanted at least {LEAST_PAIRS}")
    deltas = np.array([delta for delta, _, _ in differing])
    sizes_of = Counter(group for _, _, group in differing)
    weights = np.array([1 / sizes_of[group] for _, _, group in differing]) * len(differing) / len(sizes_of)
    unit = float(np.median(np.abs(deltas[deltas != 0]))) if (deltas != 0).any() else 1.0
    slope = _slope(np.clip(deltas / unit, -10, 10), np.array([first for _, first, _ in differing]), weights) / unit
    if sign_given:
        slope = max(slope, LEAST_SLOPE / unit)
    sizes = np.abs(np.clip(slope * np.array([delta for delta, _, _ in pairs]), -1e3, 1e3))
    offset, gain = _presence(sizes, np.array([key.differ for _, key, _ in pairs]))
    early = [(ref, key, answers) for ref, key, answers in cells if isinstance(key, RunKey)]
    calibration = Calibration(
        slope=slope,
        offset=offset,
        gain=gain,
        pairs=len(pairs),
        suite=suite,
        forecast=forecast.fit(early, LEAST_SLOPE, sign_given=sign_given),
    )
    judged = [judge(ref, key, answers, calibration) for ref, key, answers in cells]
    score = float(reduce(judged, np.ones((1, len(judged))))["accuracy"][0])
    return calibration.model_copy(update={"score": score if np.isfinite(score) else None})


def _slope(deltas: np.ndarray, first: np.ndarray, weights: np.ndarray) -> float:
    """Each pair is shown in both orders, so that both labels occur and the sign of the sample's order cannot matter."""
    both = np.concatenate([deltas, -deltas])[:, None]
    labels = np.concatenate([first, ~first])
    model = LogisticRegression(fit_intercept=False, C=1.0).fit(both, labels, np.tile(weights, 2))
    return float(model.coef_[0, 0])


def _presence(sizes: np.ndarray, differ: np.ndarray) -> tuple[float, float]:
    """Both classes weigh the same: what is learnt is what a difference says, not how often `dev` has one."""
    if differ.all() or not differ.any():
        return 0.0, 0.0
    unit = float(np.median(sizes)) or 1.0
    model = LogisticRegression(C=1.0, class_weight="balanced").fit(np.clip(sizes / unit, 0, 10)[:, None], differ)
    gain = float(model.coef_[0, 0]) / unit
    if gain <= 0:  # on `dev` larger differences went with nothing to find: then a difference says nothing
        return 0.0, 0.0
    return float(model.intercept_[0]), gain
