import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.linear_model import LinearRegression

from interpbench.toolkit.metrics.kendall import kendall_tau_b
from interpbench.toolkit.metrics.residuals import rank_residuals


def test_oracle_keeps_what_the_covariate_does_not_tell() -> None:
    rng = np.random.default_rng(0)
    norm, truth = rng.normal(size=(2, 200))
    method = truth + 2 * norm
    raw, beyond = (
        float(kendall_tau_b(*pair))
        for pair in ((method, truth), (rank_residuals(method, norm[:, None]), rank_residuals(truth, norm[:, None])))
    )
    assert raw < 0.4
    assert beyond > 0.75


def test_null_a_method_that_is_the_covariate_in_disguise_has_nothing_left() -> None:
    rng = np.random.default_rng(0)
    norm = rng.normal(size=100)
    left = rank_residuals(np.exp(3 * norm), norm[:, None])
    assert (left == 0).all()
    assert np.isnan(kendall_tau_b(left, rank_residuals(rng.normal(size=100), norm[:, None])))


def test_null_unrelated_beyond_a_common_cause() -> None:
    rng = np.random.default_rng(0)
    taus, raw = [], []
    for _ in range(200):
        norm = rng.normal(size=60)
        method, truth = norm + rng.normal(size=60), norm + rng.normal(size=60)
        raw.append(float(kendall_tau_b(method, truth)))
        taus.append(float(kendall_tau_b(rank_residuals(method, norm[:, None]), rank_residuals(truth, norm[:, None]))))
    assert np.mean(raw) > 0.25  # control: without the regression the common cause looks like knowledge
    assert np.mean(taus) == pytest.approx(0.0, abs=0.03)


def test_direction_reversed_scores_reverse_the_residuals() -> None:
    rng = np.random.default_rng(0)
    scores, covariates = rng.normal(size=20), rng.normal(size=(20, 2))
    np.testing.assert_allclose(rank_residuals(-scores, covariates), -rank_residuals(scores, covariates), atol=1e-8)


@given(st.integers(5, 40), st.integers(0, 2**32 - 1))
def test_residuals_are_orthogonal_to_ranks_and_blind_to_monotone_transforms(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, covariates = rng.integers(0, 9, size=n).astype(float), rng.normal(size=(n, 3))
    left = rank_residuals(scores, covariates)
    assert left.sum() == pytest.approx(0.0, abs=1e-6)
    np.testing.assert_allclose(stats.rankdata(covariates, axis=0).T @ left, 0.0, atol=1e-4)
    np.testing.assert_allclose(rank_residuals(np.exp(scores), covariates**3), left, atol=1e-8)


def test_reference_sklearn_on_scipy_ranks() -> None:
    rng = np.random.default_rng(0)
    scores, covariates = rng.integers(0, 9, size=40).astype(float), rng.normal(size=(40, 3))
    ranks, design = stats.rankdata(scores), stats.rankdata(covariates, axis=0)
    expected = ranks - LinearRegression().fit(design, ranks).predict(design)
    np.testing.assert_allclose(rank_residuals(scores, covariates), expected, atol=1e-8)


def test_constant_and_doubled_covariates_do_no_harm() -> None:
    rng = np.random.default_rng(0)
    scores, norm = rng.normal(size=(2, 20))
    many = np.column_stack([norm, norm, np.full(20, 512.0)])
    np.testing.assert_allclose(rank_residuals(scores, many), rank_residuals(scores, norm[:, None]), atol=1e-8)


def test_too_few_models_leave_nothing() -> None:
    rng = np.random.default_rng(0)
    assert (rank_residuals(rng.normal(size=4), rng.normal(size=(4, 3))) == 0).all()
    assert rank_residuals(np.zeros(0), np.zeros((0, 3))).shape == (0,)


def test_errors_name_the_column() -> None:
    with pytest.raises(ValueError, match=r"covariates have shape \(3, 1\), wanted \(4, covariate\)"):
        rank_residuals(np.zeros(4), np.zeros((3, 1)))
    with pytest.raises(ValueError, match="covariate 1: 1 of 2 entries are not finite"):
        rank_residuals(np.zeros(2), np.array([[1.0, np.inf], [1.0, 2.0]]))
