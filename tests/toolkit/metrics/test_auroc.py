import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import roc_auc_score

from interpbench.toolkit.metrics.auroc import auroc

TRUTH = np.array([False, True, True, False, True])


def test_oracle_separates() -> None:
    assert auroc(TRUTH.astype(float), TRUTH) == 1.0


def test_null_is_half() -> None:
    rng = np.random.default_rng(0)
    assert auroc(rng.normal(size=20_000), rng.uniform(size=20_000) < 0.3) == pytest.approx(0.5, abs=0.02)
    assert auroc(np.zeros(5), TRUTH) == 0.5


def test_direction_reversed_is_zero() -> None:
    assert auroc(-TRUTH.astype(float), TRUTH) == 0.0


@given(st.integers(2, 25), st.data())
def test_reference_sklearn_with_repeated_rows(n: int, data: st.DataObject) -> None:
    score = data.draw(hnp.arrays(np.float64, n, elements=st.integers(-3, 3).map(float)))
    positive = data.draw(hnp.arrays(np.bool_, n))
    counts = data.draw(hnp.arrays(np.int64, (3, n), elements=st.integers(0, 3)))
    found = auroc(score, positive, counts.astype(float))
    for draw, count in zip(found, counts, strict=True):
        truth = np.repeat(positive, count)
        if 0 < truth.sum() < len(truth):
            assert draw == pytest.approx(roc_auc_score(truth, np.repeat(score, count)), abs=1e-12)
        else:
            assert np.isnan(draw)


@given(st.integers(2, 25), st.data())
def test_turning_the_scores_round_mirrors_it(n: int, data: st.DataObject) -> None:
    score = data.draw(hnp.arrays(np.float64, n, elements=st.integers(-3, 3).map(float)))
    positive = np.arange(n) % 2 == 0
    assert auroc(score, positive) + auroc(-score, positive) == pytest.approx(1.0)


def test_one_class_or_none_is_not_available() -> None:
    assert np.isnan(auroc(np.arange(3.0), np.ones(3, dtype=bool)))
    assert np.isnan(auroc(np.zeros(0), np.zeros(0, dtype=bool)))


def test_lengths_must_fit() -> None:
    with pytest.raises(ValueError, match=r"got shapes \(2,\) and \(3,\)"):
        auroc(np.zeros(2), np.zeros(3, dtype=bool))
