import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import brier_score_loss

from interpbench.toolkit.metrics.brier import brier_score, brier_skill

TRUTH = np.array([1.0, 0.0, 1.0, 1.0, 0.0])


def test_oracle_makes_no_error() -> None:
    assert brier_score(TRUTH, TRUTH) == 0.0
    assert brier_skill(TRUTH, TRUTH) == 1.0
    assert brier_skill(TRUTH, TRUTH, reference=0.5) == 1.0


def test_null_knowing_only_the_base_rate_has_no_skill() -> None:
    assert brier_skill(np.full(5, 0.6), TRUTH) == pytest.approx(0.0)
    assert brier_skill(np.full(5, 0.5), TRUTH, reference=0.5) == 0.0
    assert brier_score(np.full(5, 0.5), TRUTH) == 0.25


def test_direction_being_sure_and_wrong_is_worst() -> None:
    assert brier_score(1 - TRUTH, TRUTH) == 1.0
    assert brier_skill(1 - TRUTH, TRUTH, reference=0.5) == -3.0


@given(st.integers(2, 30), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_it_is_proper_no_constant_beats_the_frequency(n: int, other: float, seed: int) -> None:
    outcome = np.random.default_rng(seed).integers(2, size=n).astype(float)
    assert brier_score(np.full(n, outcome.mean()), outcome) <= brier_score(np.full(n, other), outcome) + 1e-12


@given(st.integers(1, 20), st.data())
def test_reference_sklearn_with_repeated_rows(n: int, data: st.DataObject) -> None:
    probability = data.draw(hnp.arrays(np.float64, n, elements=st.floats(0, 1)))
    outcome = data.draw(hnp.arrays(np.int64, n, elements=st.integers(0, 1)))
    counts = data.draw(hnp.arrays(np.int64, (2, n), elements=st.integers(1, 3)))
    found = brier_score(probability, outcome.astype(float), counts.astype(float))
    for draw, count in zip(found, counts, strict=True):
        expected = brier_score_loss(np.repeat(outcome, count), np.repeat(probability, count), pos_label=1)
        assert draw == pytest.approx(expected, abs=1e-12)


def test_climatology_follows_the_draw() -> None:
    weights = np.array([[1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 3.0, 0.0, 0.0, 0.0]])
    found = brier_skill(np.full(5, 0.25), TRUTH, weights)
    assert found[1] == pytest.approx(0.0)
    assert found[0] < 0


def test_nothing_to_forecast_is_not_available() -> None:
    assert np.isnan(brier_skill(np.array([0.5, 0.5]), np.ones(2)))
    assert np.isnan(brier_score(np.ones(2), np.ones(2), np.zeros(2)))


def test_probabilities_must_be_probabilities() -> None:
    with pytest.raises(ValueError, match=r"probability: must lie in \[0, 1\], got 0.5 to 1.5"):
        brier_score(np.array([0.5, 1.5]), np.ones(2))
