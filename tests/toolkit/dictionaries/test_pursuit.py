import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor
from torch.testing import assert_close

from interpbench.models.names import generator
from interpbench.toolkit.dictionaries.firing import largest
from interpbench.toolkit.dictionaries.pursuit import _Taken, matching_pursuit


def slowly(row: np.ndarray, atoms: np.ndarray, k: int, signed: bool) -> np.ndarray:
    """One row, one atom after the other, with the residual itself."""
    left, codes = row.copy(), np.zeros(len(atoms))
    for _ in range(k):
        along = [float(left @ atom) for atom in atoms]
        best = int(np.argmax(np.abs(along) if signed else along))
        if not signed and along[best] <= 0:
            break
        codes[best] += along[best]
        left = left - along[best] * atoms[best]
    return codes


def _atoms(count: int, d: int) -> Tensor:
    return F.normalize(torch.randn(count, d, generator=generator("atoms")).double(), dim=1)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("k", [1, 3, 8])
def test_reference(k: int, signed: bool) -> None:
    rows, atoms = torch.randn(30, 10, generator=generator("rows")).double(), _atoms(25, 10)
    found = matching_pursuit(rows, atoms, k, signed=signed)
    expected = np.stack([slowly(row.numpy(), atoms.numpy(), k, signed) for row in rows])
    assert_close(found, torch.from_numpy(expected), atol=1e-10, rtol=0)
    assert bool(((found != 0).sum(dim=1) <= k).all())


def test_orthonormal_atoms_give_the_largest_projections() -> None:
    basis = torch.linalg.qr(torch.randn(12, 12, generator=generator("qr")).double())[0]
    rows = torch.randn(20, 12, generator=generator("rows")).double()
    assert_close(matching_pursuit(rows, basis, 5, signed=True), largest(rows @ basis.T, 5))


def test_more_rounds_leave_less_and_a_stack_is_as_each_alone() -> None:
    rows, atoms = torch.randn(40, 10, generator=generator("rows")).double(), _atoms(25, 10)
    left = [float((rows - matching_pursuit(rows, atoms, k, signed=True) @ atoms).square().sum()) for k in range(1, 9)]
    assert left == sorted(left, reverse=True)
    stacked = matching_pursuit(torch.stack([rows, -rows]), torch.stack([atoms, atoms]), 4)
    assert_close(stacked[1], matching_pursuit(-rows, atoms, 4))


@pytest.mark.parametrize("signed", [True, False])
def test_gradients_are_those_of_recorded_rounds(signed: bool) -> None:
    rng = torch.Generator().manual_seed(3)
    rows = torch.randn(2, 5, 6, generator=rng, dtype=torch.float64, requires_grad=True)
    chosen = torch.nn.functional.normalize(torch.randn(2, 5, 4, 6, generator=rng, dtype=torch.float64), dim=-1)
    chosen.requires_grad_()
    assert torch.autograd.gradcheck(lambda *given: _Taken.apply(*given, signed), (rows, chosen))  # type: ignore[no-untyped-call]
