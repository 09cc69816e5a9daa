import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import roc_auc_score

from interpbench.toolkit.metrics.pairwise import pair_outcomes, pairwise_accuracy

columns = st.integers(1, 15).flatmap(
    lambda n: st.tuples(*[hnp.arrays(np.float64, n, elements=st.integers(-3, 3).map(float))] * 2)
)


def test_oracle_gets_every_pair() -> None:
    assert pairwise_accuracy(np.array([1.0, 0.9]), np.array([0.1, 0.2])) == 1.0


def test_null_gets_half() -> None:
    rng = np.random.default_rng(0)
    assert pairwise_accuracy(rng.normal(size=20_000), rng.normal(size=20_000)) == pytest.approx(0.5, abs=0.01)
    assert pairwise_accuracy(np.zeros(5), np.zeros(5)) == 0.5


def test_direction_reversed_scores_get_none() -> None:
    assert pairwise_accuracy(np.array([0.1, 0.2]), np.array([1.0, 0.9])) == 0.0


@given(columns)
def test_swapping_the_members_mirrors_the_accuracy(pair: tuple[np.ndarray, np.ndarray]) -> None:
    assert pairwise_accuracy(pair[0], pair[1]) + pairwise_accuracy(pair[1], pair[0]) == pytest.approx(1.0)


@given(columns)
def test_a_monotone_transform_of_the_scores_changes_nothing(pair: tuple[np.ndarray, np.ndarray]) -> None:
    np.testing.assert_array_equal(pair_outcomes(*pair), pair_outcomes(np.exp(pair[0]), np.exp(pair[1])))


def test_reference_all_pairs_of_models_with_multiplicities_are_the_auroc() -> None:
    rng = np.random.default_rng(1)
    better, worse = rng.integers(0, 5, size=8).astype(float), rng.integers(0, 4, size=6).astype(float)
    n_better, n_worse = rng.integers(0, 4, size=(10, 8)), rng.integers(0, 4, size=(10, 6))
    n_better[:, 0], n_worse[:, 0] = 1, 1
    weights = (n_better[:, :, None] * n_worse[:, None, :]).reshape(10, -1).astype(float)
    found = pairwise_accuracy(np.repeat(better, 6), np.tile(worse, 8), weights)
    for draw, wb, ww in zip(found, n_better, n_worse, strict=True):
        truth = np.repeat([1, 0], [wb.sum(), ww.sum()])
        assert draw == pytest.approx(roc_auc_score(truth, np.append(np.repeat(better, wb), np.repeat(worse, ww))))


def test_close_scores_tie_within_the_tolerance() -> None:
    assert pair_outcomes(np.array([1.0, 1.2]), np.array([1.05, 1.0]), tolerance=0.1).tolist() == [0.5, 1.0]


def test_no_weight_no_accuracy() -> None:
    found = pairwise_accuracy(np.ones(2), np.zeros(2), np.array([[1.0, 1.0], [0.0, 0.0]]))
    assert found[0] == 1.0
    assert np.isnan(found[1])
