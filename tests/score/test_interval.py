import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from interpbench.score.interval import Estimate, detectable_difference, estimate, not_available, widening
from interpbench.score.units import Evidence

MANY = Evidence(cells=1000, families=10_000, models=20_000)
FOUR = Evidence(cells=100, families=4, models=20)


def normal_draws(value: float, error: float, n: int = 20_000) -> np.ndarray:
    """The value and exact normal quantiles around it."""
    return np.concatenate([[value], value + error * stats.norm.ppf((np.arange(n) + 0.5) / n)])


def test_many_families_give_the_percentile_interval() -> None:
    found = estimate(normal_draws(0.7, 0.1), MANY)
    assert (found.value, found.n, found.families, found.reason) == (0.7, 1000, 10_000, None)
    assert found.low == pytest.approx(0.7 - 0.196, abs=1e-3)
    assert found.high == pytest.approx(0.7 + 0.196, abs=1e-3)


def test_four_families_give_students_interval_with_the_unbiased_error() -> None:
    found = estimate(normal_draws(0.0, 0.1), FOUR)
    assert found.high == pytest.approx(stats.t.ppf(0.975, 3) * 0.1 * np.sqrt(4 / 3), rel=1e-3)


def test_one_family_counts_its_models() -> None:
    assert widening(Evidence(cells=9, families=1, models=5)) == pytest.approx(
        widening(Evidence(cells=9, families=5, models=99))
    )


def test_the_correction_is_the_t_interval_of_family_means() -> None:
    """Independent reference: with whole families resampled, the interval of a mean is Student's."""
    rng = np.random.default_rng(0)
    means = rng.normal(size=12)
    draws = np.concatenate([[means.mean()], means[rng.integers(12, size=(50_000, 12))].mean(axis=1)])
    found = estimate(draws, Evidence(cells=12, families=12, models=12))
    low, high = stats.t.interval(0.95, 11, means.mean(), stats.sem(means))
    assert found.low == pytest.approx(low, abs=0.03)
    assert found.high == pytest.approx(high, abs=0.03)


@given(st.integers(2, 500))
def test_more_families_need_less_widening(n: int) -> None:
    wide, narrow = (widening(Evidence(cells=9, families=k, models=9)) for k in (n, n + 1))
    assert wide > narrow > 1


@given(st.lists(st.floats(0, 1), min_size=200, max_size=300), st.integers(2, 40))
def test_the_interval_holds_the_value_and_stays_in_the_limits(draws: list[float], families: int) -> None:
    found = estimate(np.array(draws), Evidence(cells=50, families=families, models=50), limits=(0.0, 1.0))
    assert found.low is not None
    assert found.value is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize(
    ("evidence", "draws", "reason"),
    [
        (Evidence(cells=0, families=0, models=0), normal_draws(0.5, 0.1), "no scored cells"),
        (Evidence(cells=9, families=2, models=2), normal_draws(0.5, 0.1), "2 models in the smallest class, at least 3"),
        (Evidence(cells=9, families=1, models=9, models_drawn=False), normal_draws(0.5, 0.1), "were not resampled"),
        (FOUR, np.full(1001, np.nan), "undefined on these cells"),
        (FOUR, np.array([0.5] * 501 + [np.nan] * 500), "defined in 500 of 1000 bootstrap draws"),
        (FOUR, np.full(51, 0.5), "defined in 50 of 50 bootstrap draws"),
    ],
)
def test_too_little_is_not_available_and_never_zero(evidence: Evidence, draws: np.ndarray, reason: str) -> None:
    found = estimate(draws, evidence)
    assert (found.value, found.low, found.high) == (None, None, None)
    assert not found.available
    assert found.reason is not None
    assert reason in found.reason
    assert detectable_difference(draws, evidence) is None


def test_a_few_draws_without_a_value_are_left_out() -> None:
    draws = normal_draws(0.5, 0.1)
    assert estimate(np.append(draws, [np.nan] * 100), FOUR) == estimate(draws, FOUR)


def test_all_right_is_not_certainty() -> None:
    found = estimate(np.ones(1001), Evidence(cells=100, families=4, models=10), limits=(0.0, 1.0))
    reference = stats.binomtest(10, 10).proportion_ci(0.95, method="exact")
    assert found.low == pytest.approx(reference.low)
    assert found.high == 1.0
    assert estimate(np.zeros(1001), FOUR, limits=(0.0, 1.0)).high == pytest.approx(1 - 0.025 ** (1 / 20))


def test_three_perfect_models_promise_less_than_thirty() -> None:
    few, many = (
        estimate(np.ones(1001), Evidence(cells=100, families=2, models=n), limits=(0.0, 1.0)).low for n in (3, 30)
    )
    assert few is not None
    assert many is not None
    assert few < 0.3 < 0.88 < many


def test_a_method_that_always_ties_is_known_exactly() -> None:
    found = estimate(np.full(1001, 0.5), FOUR, limits=(0.0, 1.0))
    assert (found.low, found.high) == (0.5, 0.5)


def test_detectable_difference_has_the_stated_power() -> None:
    size = detectable_difference(normal_draws(0.0, 0.1), MANY)
    assert size is not None
    power = stats.norm.sf(stats.norm.ppf(0.975) - size / 0.1)
    assert power == pytest.approx(0.8, abs=0.005)


def test_fewer_families_detect_less() -> None:
    few, many = (detectable_difference(normal_draws(0.0, 0.1), evidence) for evidence in (FOUR, MANY))
    assert few is not None
    assert many is not None
    assert few > 1.5 * many


def test_not_available_keeps_the_reason() -> None:
    assert not_available("no pair of this kind", n=3) == Estimate(
        value=None, low=None, high=None, n=3, families=0, reason="no pair of this kind"
    )
