import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from interpbench.toolkit.metrics.weighted import cell_weights, weighted_mean


@given(st.integers(1, 20), st.data())
def test_weights_are_repeated_cells(n: int, data: st.DataObject) -> None:
    values = data.draw(hnp.arrays(np.float64, n, elements=st.floats(-5, 5)))
    counts = data.draw(hnp.arrays(np.int64, (3, n), elements=st.integers(0, 3)))
    found = weighted_mean(values, counts.astype(np.float64))
    for draw, count in zip(found, counts, strict=True):
        repeated = np.repeat(values, count)
        np.testing.assert_allclose(draw, repeated.mean() if len(repeated) else np.nan, atol=1e-12)


def test_no_weights_is_one_draw_without_an_axis() -> None:
    assert weighted_mean(np.array([1.0, 2.0])).shape == ()
    assert np.isnan(weighted_mean(np.array([])))


@pytest.mark.parametrize(
    ("weights", "values", "message"),
    [
        (None, np.array([1.0, np.nan]), "values: 1 of 2 entries are not finite"),
        (np.ones(3), np.ones(2), r"weights have shape \(3,\), wanted \(..., 2\)"),
        (np.array([1.0, -1.0]), np.ones(2), "cannot be negative"),
        (np.array([1.0, np.nan]), np.ones(2), "cannot be negative or NaN"),
        (None, np.ones((2, 2)), "one-dimensional"),
    ],
)
def test_bad_columns_are_named(weights: np.ndarray | None, values: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cell_weights(weights, values=values)
