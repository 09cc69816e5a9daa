from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interpbench.tracks.generalization.answer import UnitAnswer
from interpbench.tracks.generalization.calibration import LEAST_PAIRS, TooFewPairs, fit
from interpbench.tracks.generalization.key import GradedKey, PairKey, RunKey
from interpbench.tracks.generalization.recipe import Kind
from interpbench.tracks.instance import Ref

Cell = tuple[Ref, PairKey | GradedKey | RunKey, Mapping[str, UnitAnswer | None]]
RefBuild = Callable[..., Ref]


def cells(ref: RefBuild, n: int, strength: float, seed: int = 0, scale: float = 1.0, nulls: int = 0) -> list[Cell]:
    """Pairs whose better member scores `strength` deviations higher on average; nulls do not differ."""
    rng = np.random.default_rng(seed)
    out: list[Cell] = []
    for index in range(n + nulls):
        one = ref("null" if index >= n else ("recipe", "fraction", "seed")[index % 3], index)
        first = bool(rng.random() < 0.5)
        lead = 0.0 if index >= n else strength * (1 if first else -1)
        a, b = scale * (rng.normal(size=2) + np.array([lead, 0.0]))
        if index >= n:
            key = PairKey(kind=Kind.NULL, test_a=1.0, test_b=1.0)
        else:
            key = PairKey(kind=Kind(one.kind), test_a=float(first), test_b=float(not first))
        out.append((one, key, {one.units[0]: UnitAnswer(score=a), one.units[1]: UnitAnswer(score=b)}))
    return out


def negated(found: list[Cell]) -> list[Cell]:
    return [
        (ref, key, {unit: UnitAnswer(score=-a.score) for unit, a in answers.items() if a and a.score is not None})
        for ref, key, answers in found
    ]


def test_it_recovers_the_sign(ref: RefBuild) -> None:
    good = fit(cells(ref, 60, 1.5), "dev 1.0")
    bad = fit(negated(cells(ref, 60, 1.5)), "dev 1.0")
    assert good.slope > 0.5
    assert bad.slope == pytest.approx(-good.slope, rel=1e-3)
    assert good.score == pytest.approx(bad.score)
    assert good.score is not None
    assert good.score > 0.8
    assert (good.pairs, good.suite) == (60, "dev 1.0")


def test_null_the_slope_is_near_zero_and_of_either_sign(ref: RefBuild) -> None:
    slopes = np.array([fit(cells(ref, 100, 0.0, seed), "dev").slope for seed in range(30)])
    assert np.abs(slopes).max() < 0.6
    assert abs(slopes.mean()) < 0.1
    assert 5 < (slopes > 0).sum() < 25


def test_direction_a_stronger_signal_is_a_steeper_slope(ref: RefBuild) -> None:
    slopes = [fit(cells(ref, 200, strength), "dev").slope for strength in (0.2, 0.7, 1.5)]
    assert slopes == sorted(slopes)
    assert slopes[0] < 0.5 * slopes[2]


@settings(max_examples=15)
@given(st.floats(-9, 9))
def test_the_unit_of_the_score_does_not_matter(ref: RefBuild, exponent: float) -> None:
    scale = 10**exponent
    plain, scaled = fit(cells(ref, 30, 1.0, nulls=8), "dev"), fit(cells(ref, 30, 1.0, scale=scale, nulls=8), "dev")
    assert scaled.slope * scale == pytest.approx(plain.slope, rel=1e-3)
    assert scaled.gain == pytest.approx(plain.gain, rel=1e-2, abs=1e-4)
    assert scaled.offset == pytest.approx(plain.offset, rel=1e-2, abs=1e-4)


def test_the_order_of_the_pairs_does_not_matter(ref: RefBuild) -> None:
    found = cells(ref, 40, 1.0, nulls=10)
    turned: list[Cell] = []
    for one, key, answers in found:
        assert isinstance(key, PairKey)
        other = PairKey(kind=key.kind, test_a=key.test_b, test_b=key.test_a)
        first, second = one.units
        turned.append((one, other, {first: answers[second], second: answers[first]}))
    assert fit(turned, "dev").slope == pytest.approx(fit(found, "dev").slope, rel=1e-3)
    assert fit(list(reversed(found)), "dev").slope == pytest.approx(fit(found, "dev").slope, rel=1e-3)


def test_presence_is_told_from_the_size_of_the_difference(ref: RefBuild) -> None:
    told = fit(cells(ref, 80, 4.0, nulls=40), "dev")
    assert told.gain > 0
    blind = fit(cells(ref, 80, 0.0, nulls=40), "dev")
    assert abs(blind.gain * blind.slope) < abs(told.gain * told.slope) / 2


def test_how_many_pairs_hold_nothing_does_not_matter_to_presence(ref: RefBuild) -> None:
    """A score that knows nothing must not claim a difference because most pairs differ."""
    for nulls in (10, 80):
        blind = [fit(cells(ref, 80, 0.0, nulls=nulls, seed=seed), "dev") for seed in range(20)]
        claims = [scale.offset + scale.gain * abs(scale.slope) > 0 for scale in blind]  # at a common difference
        assert np.mean(claims) < 0.7
        assert all(scale.gain >= 0 for scale in blind)
    few, many = (fit(cells(ref, 160, 4.0, nulls=nulls), "dev") for nulls in (20, 160))
    claimed_from = [-scale.offset / (scale.gain * abs(scale.slope)) for scale in (few, many)]  # P(they differ) = .5
    assert claimed_from[0] == pytest.approx(claimed_from[1], rel=0.2)


def test_without_nulls_nothing_is_said_about_presence(ref: RefBuild) -> None:
    found = fit(cells(ref, 30, 1.0), "dev")
    assert (found.offset, found.gain) == (0.0, 0.0)


def test_a_constant_score_has_no_sign(ref: RefBuild) -> None:
    found = fit(cells(ref, 30, 0.0, scale=0.0, nulls=5), "dev")
    assert found.slope == 0
    assert found.score == 0.5


def test_one_wild_score_does_not_turn_the_sign(ref: RefBuild) -> None:
    found = cells(ref, 60, 1.5)
    one, key, answers = found[0]
    assert isinstance(key, PairKey)
    wild = {unit: UnitAnswer(score=1e12 if unit == one.units[0] else 0.0) for unit in answers}
    wrong = PairKey(kind=key.kind, test_a=0.0, test_b=1.0)
    assert fit([(one, wrong, wild), *found[1:]], "dev").slope > 0.1 * fit(found, "dev").slope


@pytest.mark.parametrize("answered", [0, LEAST_PAIRS - 1])
def test_too_few_pairs_fix_no_sign(ref: RefBuild, answered: int) -> None:
    found: list[Cell] = [
        (one, key, answers if place < answered else dict.fromkeys(answers))
        for place, (one, key, answers) in enumerate(cells(ref, 20, 1.0, nulls=0))
    ]
    with pytest.raises(TooFewPairs, match=rf"^{answered} differing pairs with an answer on dev, wanted at least 8$"):
        fit(found, "dev")


def test_nulls_graded_networks_and_failures_do_not_count_as_pairs(ref: RefBuild) -> None:
    few = cells(ref, LEAST_PAIRS - 1, 1.0, nulls=20)
    graded = ref("graded", 500)
    few.append(
        (graded, GradedKey(test=0.5, log_norm=0, log_loss=0, n_train=1), {graded.units[0]: UnitAnswer(score=1.0)})
    )
    lame = ref("recipe", 501)
    few.append(
        (
            lame,
            PairKey(kind=Kind.RECIPE, test_a=1, test_b=0),
            {lame.units[0]: UnitAnswer(score=1.0), lame.units[1]: UnitAnswer(not_applicable="no")},
        )
    )
    with pytest.raises(TooFewPairs, match=r"^7 differing pairs"):
        fit(few, "dev")
    assert fit([*few, *cells(ref, 1, 1.0, seed=5)], "dev").pairs == LEAST_PAIRS + 20


def test_checkpoints_fix_the_scale_of_forecasts_and_nothing_else(ref: RefBuild) -> None:
    pairs = cells(ref, 30, 1.0, nulls=8)
    early: list[Cell] = []
    for index in range(20):
        one = ref("developmental", 900 + index)
        good = index % 2 == 0
        key = RunKey(test=float(good), step=100, arrival=300 if good else None, last=500)
        early.append((one, key, {one.units[0]: UnitAnswer(score=-5.0 if good else 5.0)}))
    without, found = fit(pairs, "dev"), fit([*pairs, *early], "dev")
    assert without.forecast is None
    assert found.forecast is not None
    assert found.forecast.slope < 0 < found.slope
    assert found.forecast.checkpoints == 20
    assert found.model_copy(update={"forecast": None}) == without
