import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from interpbench.toolkit.metrics import kendall
from interpbench.toolkit.metrics.kendall import kendall_tau_b


def test_oracle_agrees_whatever_the_scale() -> None:
    x = np.random.default_rng(0).normal(size=30)
    assert kendall_tau_b(x, np.exp(x)) == pytest.approx(1.0)


def test_null_is_zero() -> None:
    rng = np.random.default_rng(0)
    taus = [float(kendall_tau_b(rng.normal(size=40), rng.normal(size=40))) for _ in range(400)]
    assert np.mean(taus) == pytest.approx(0.0, abs=0.02)


def test_direction_reversed_is_minus_one() -> None:
    assert kendall_tau_b(np.arange(5.0), -np.arange(5.0)) == pytest.approx(-1.0)


@given(st.integers(2, 15), st.data())
def test_reference_scipy_with_repeated_rows(n: int, data: st.DataObject) -> None:
    x, y = (data.draw(hnp.arrays(np.float64, n, elements=st.integers(-3, 3).map(float))) for _ in range(2))
    counts = data.draw(hnp.arrays(np.int64, (3, n), elements=st.integers(0, 3)))
    found = kendall_tau_b(x, y, counts.astype(float))
    for draw, count in zip(found, counts, strict=True):
        rx, ry = np.repeat(x, count), np.repeat(y, count)
        if len(set(rx)) < 2 or len(set(ry)) < 2:
            assert np.isnan(draw)
        else:
            assert draw == pytest.approx(stats.kendalltau(rx, ry).statistic, abs=1e-12)


@given(st.integers(2, 15), st.integers(0, 2**32 - 1))
def test_it_is_symmetric_bounded_and_blind_to_order_of_models(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y, order = rng.normal(size=n), rng.normal(size=n), rng.permutation(n)
    tau = float(kendall_tau_b(x, y))
    assert -1 - 1e-12 <= tau <= 1 + 1e-12
    assert kendall_tau_b(y, x) == pytest.approx(tau)
    assert kendall_tau_b(x[order], y[order]) == pytest.approx(tau)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 50))
    weights = rng.integers(0, 3, size=(20, 50)).astype(float)
    whole = kendall_tau_b(x, y, weights)
    monkeypatch.setattr(kendall, "BLOCK_ENTRIES", 350)  # 7 rows at a time, the last block of 1
    np.testing.assert_array_equal(kendall_tau_b(x, y, weights), whole)


def test_one_model_or_none_is_not_available() -> None:
    assert np.isnan(kendall_tau_b(np.ones(1), np.ones(1)))
    assert np.isnan(kendall_tau_b(np.ones(0), np.ones(0)))


def test_three_hundred_models_and_a_thousand_draws_take_less_than_a_second() -> None:
    rng = np.random.default_rng(0)
    weights = rng.integers(0, 3, size=(1000, 300)).astype(float)
    start = time.process_time()
    kendall_tau_b(rng.normal(size=300), rng.normal(size=300), weights)
    assert time.process_time() - start < 1.0
