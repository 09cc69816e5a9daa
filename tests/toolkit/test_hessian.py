from collections.abc import Mapping
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close

from interpbench.toolkit.flat import flatten, unflatten
from interpbench.toolkit.hessian import hessian_product, largest_eigenvalue
from interpbench.toolkit.row_loss import row_losses


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1000), st.integers(1, 12))
def test_reference_dense_eigenvalues(seed: int, size: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    matrix = torch.randn(size, size, generator=rng, dtype=torch.float64)
    matrix = matrix + matrix.T
    start = torch.randn(size, generator=rng, dtype=torch.float64)
    expected = float(torch.linalg.eigvalsh(matrix)[-1])
    assert largest_eigenvalue(lambda v: matrix @ v, start, steps=size) == pytest.approx(expected, abs=1e-6)
    assert largest_eigenvalue(lambda v: matrix @ v, start, steps=3) <= expected + 1e-9


def test_the_most_positive_one_not_the_largest_in_size() -> None:
    diagonal = torch.tensor([-5.0, 1.0, 2.0]).double()
    assert largest_eigenvalue(lambda v: diagonal * v, torch.ones(3).double(), 3) == pytest.approx(2.0)


def test_an_exhausted_space_ends_early() -> None:
    calls = []

    def twice(vector: Tensor) -> Tensor:
        calls.append(1)
        return 2 * vector

    assert largest_eigenvalue(twice, torch.ones(50), 20) == pytest.approx(2.0)
    assert len(calls) == 1


def test_reference_full_hessian_of_a_network(untrained: Mapping[str, Any]) -> None:
    case = untrained["square"]
    params = {name: value.double() for name, value in case.subject.params.items()}

    def loss(vector: Tensor) -> Tensor:
        out = case.subject.functional(unflatten(vector, params), case.rows.tokens)
        return row_losses(out, case.rows.labels).mean()

    at = flatten(params)
    dense = torch.autograd.functional.hessian(loss, at)  # type: ignore[no-untyped-call]
    product = hessian_product(loss, at)
    vector = torch.randn(at.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert_close(product(vector), dense @ vector)
    found = largest_eigenvalue(product, vector, 30)
    assert found == pytest.approx(float(torch.linalg.eigvalsh(dense)[-1]), rel=1e-6)
