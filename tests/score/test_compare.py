import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from interpbench.score.compare import compare_to, draws_needed, holm, p_value
from interpbench.score.units import Evidence

MANY = Evidence(cells=1000, families=10_000, models=20_000)
FOUR = Evidence(cells=1000, families=4, models=40)
THIN = Evidence(cells=10, families=2, models=2)


def draws(value: float, error: float = 0.1, n: int = 2000) -> np.ndarray:
    return np.concatenate([[value], value + error * stats.norm.ppf((np.arange(n) + 0.5) / n)])


def test_holm_against_a_hand_computed_example() -> None:
    # sorted .005 .01 .03 .04 times 4 3 2 1 = .02 .03 .06 .04; the last is raised to .06
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02])


def test_holm_leaves_a_single_test_alone_and_stops_at_one() -> None:
    assert holm(np.array([0.03])).tolist() == [0.03]
    assert holm(np.array([0.6, 0.7])).tolist() == [1.0, 1.0]
    assert holm(np.array([])).tolist() == []


def test_holm_does_not_count_tests_that_were_not_made() -> None:
    np.testing.assert_allclose(holm(np.array([0.01, np.nan, 0.04])), [0.02, np.nan, 0.04])


p_arrays = hnp.arrays(np.float64, st.integers(1, 12), elements=st.floats(0.0001, 1))


@given(p_arrays, st.floats(0.001, 0.3))
def test_holm_rejects_what_the_step_down_procedure_rejects(p_values: np.ndarray, alpha: float) -> None:
    """Independent reference: Holm's procedure as he wrote it, without adjusted p-values."""
    rejected, left = set[int](), len(p_values)
    for index in np.argsort(p_values, kind="stable"):
        if p_values[index] * left > alpha:
            break
        rejected.add(int(index))
        left -= 1
    assert set(np.flatnonzero(holm(p_values) <= alpha)) == rejected


@given(p_arrays)
def test_holm_lies_between_no_correction_and_bonferroni(p_values: np.ndarray) -> None:
    adjusted = holm(p_values)
    assert (adjusted >= p_values).all()
    assert (adjusted <= np.minimum(len(p_values) * p_values, 1) + 1e-12).all()
    assert (np.diff(adjusted[np.argsort(p_values, kind="stable")]) >= 0).all()


def test_holm_keeps_the_familywise_error_and_no_correction_does_not() -> None:
    p_values = np.random.default_rng(0).uniform(size=(4000, 10))
    assert np.mean([(holm(row) <= 0.05).any() for row in p_values]) == pytest.approx(0.05, abs=0.012)
    assert np.mean((p_values <= 0.05).any(axis=1)) > 0.35


@pytest.mark.parametrize("z", [0.0, 0.5, 1.0, 1.96, 2.5])
def test_p_value_of_a_normal_difference(z: float) -> None:
    assert p_value(draws(0.1 * z), MANY) == pytest.approx(2 * stats.norm.sf(z), abs=0.003)


def test_shifted_draws_are_stretched_as_the_interval_is() -> None:
    """One draw in 25 lies 0.15 from the rest: short of the difference of 0.2 until stretched by 1.87."""
    rare = np.where(np.arange(2000) % 25 == 0, 0.15 * (-1.0) ** np.arange(2000), 0.0)
    differences = np.concatenate([[0.2], 0.2 + rare])
    assert p_value(differences, FOUR) == pytest.approx(0.04, abs=0.001)
    assert p_value(differences, MANY) == 1 / 2001


def test_p_value_is_never_zero() -> None:
    assert p_value(draws(5.0), MANY) == 1 / 2001


@pytest.mark.parametrize(("models", "told_apart"), [(3, False), (5, False), (6, True), (30, True)])
def test_always_better_by_the_same_is_a_sign_test_over_models(models: int, told_apart: bool) -> None:
    """A random scorer separates 3 models from 3 others once in 20 times; no spread is not certainty."""
    rows = {"rival": np.full(2001, 0.5), "perfect": np.ones(2001)}
    (against,) = compare_to("rival", rows, Evidence(cells=models**2, families=1, models=models))
    assert against.distinct is told_apart
    assert against.difference.low is not None
    assert (against.difference.low > 0) is told_apart


@given(st.floats(-1, 1))
def test_sign_of_the_difference_does_not_matter(value: float) -> None:
    assert p_value(draws(value), FOUR) == p_value(-draws(value), FOUR)


def test_fewer_families_are_weaker_evidence() -> None:
    few, many = p_value(draws(0.25), FOUR), p_value(draws(0.25), MANY)
    assert few is not None
    assert many is not None
    assert many < 0.05 < few


def test_identical_methods_do_not_differ() -> None:
    (against,) = compare_to("rival", {"rival": draws(0.6), "copy": draws(0.6)}, FOUR)
    assert (against.difference.value, against.p, against.p_holm) == (0.0, 1.0, 1.0)
    assert against.detectable == 0.0
    assert not against.distinct


def test_pairing_finds_what_two_intervals_side_by_side_miss() -> None:
    rng = np.random.default_rng(0)
    common = np.concatenate([[0.0], rng.normal(0, 0.1, 2000)])
    own = np.concatenate([[0.0], rng.normal(0, 0.01, 2000)])
    (against,) = compare_to("rival", {"rival": 0.6 + common, "better": 0.65 + common + own}, MANY)
    assert against.distinct
    assert against.difference.low is not None
    assert against.difference.low > 0.02  # the two intervals alone are 0.4 wide and overlap
    assert against.detectable == pytest.approx(0.028, abs=0.002)


def test_the_table_is_adjusted_for_its_length() -> None:
    rows = {"rival": draws(0.5), **{f"m{i}": 2 * draws(0.5) - draws(0.5) + 0.22 for i in range(4)}}
    rows |= {name: np.concatenate([[0.72], 0.72 + 2 * (draws(0.5)[1:] - 0.5)]) for name in list(rows)[1:]}
    table = compare_to("rival", rows, MANY)
    assert [row.method for row in table] == ["m0", "m1", "m2", "m3"]
    for row in table:
        assert row.p is not None
        assert row.p < 0.05
        assert row.p_holm == pytest.approx(4 * row.p)
        assert not row.distinct


def test_thin_evidence_gives_no_test() -> None:
    (against,) = compare_to("rival", {"rival": draws(0.5), "other": draws(0.9)}, THIN)
    assert (against.p, against.p_holm, against.detectable) == (None, None, None)
    assert against.difference.reason == "2 models in the smallest class, at least 3 are needed"
    assert not against.distinct


def test_a_method_without_a_score_takes_no_share_of_the_correction() -> None:
    rows = {"rival": draws(0.5), "none": np.full(2001, np.nan), "other": draws(0.5) + np.append(0.2, draws(0.2)[1:])}
    none, other = compare_to("rival", rows, MANY)
    assert none.p_holm is None
    assert other.p_holm == other.p


def test_unknown_rival_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="no rival named 'oracel'; there are oracle, chance"):
        compare_to("oracel", {"oracle": draws(1), "chance": draws(0)}, MANY)


def test_too_few_draws_for_the_table_is_an_error() -> None:
    rows = {f"m{i}": draws(0.5, n=200) for i in range(12)}
    with pytest.raises(ValueError, match=r"11 comparisons with 200 bootstrap draws.*draw at least 219"):
        compare_to("m0", rows, MANY)


@given(st.integers(1, 500))
def test_draws_needed_is_just_enough(m: int) -> None:
    assert m / (draws_needed(m) + 1) <= 0.05 + 1e-12
    assert m / draws_needed(m) > 0.05
