import torch
import torch.nn.functional as F  # noqa: N812
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from interpbench.models.names import generator
from interpbench.toolkit.dictionaries.firing import jump, largest, largest_of_batch, largest_quickly

BANDWIDTH = 0.2


@given(st.integers(0, 10**6), st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_largest_keeps_k_and_the_quick_one_agrees_where_nothing_ties(seed: int, k: int) -> None:
    reads = torch.randn(2, 9, 12, generator=torch.Generator().manual_seed(seed))
    kept = largest(reads, k)
    assert bool(((kept != 0).sum(dim=-1) == k).all())
    assert_close(kept.abs().sum(dim=-1), reads.abs().sort(dim=-1, descending=True).values[..., :k].sum(dim=-1))
    codes = F.relu(reads)
    assert torch.equal(largest_quickly(codes, k), largest(codes, k))


def test_a_batch_shares_out_exactly_k_times_its_rows() -> None:
    reads = F.relu(torch.randn(3, 40, 16, generator=generator("firing")))
    reads[:, 0] *= 10  # one row takes more than its part
    kept = largest_of_batch(reads, 2)
    assert (kept > 0).sum(dim=(1, 2)).tolist() == [80, 80, 80]
    assert bool(((kept[:, 0] > 0).sum(dim=1) > 2).all())
    for all_codes, some in zip(reads, kept, strict=True):
        assert float(some[some > 0].min()) > float(all_codes[some == 0].max())


def test_gradients_flow_through_what_fires_alone() -> None:
    for rule in (largest, largest_quickly, largest_of_batch):
        reads = torch.rand(1, 5, 8, generator=generator("g")).requires_grad_()
        kept = rule(reads, 2)
        kept.square().sum().backward()  # type: ignore[no-untyped-call]
        assert reads.grad is not None
        assert_close(reads.grad, 2 * kept.detach())


def test_the_step_has_the_derivative_of_a_ramp_as_wide_as_the_bandwidth() -> None:
    """Finite difference of clip((x - t) / e + 1/2, 0, 1), the step smoothed with the same rectangle."""
    x, t, h = torch.linspace(0, 1, 401).double(), 0.503, 1e-6
    threshold = torch.full((1, 1, 1), t).double().requires_grad_()
    _, fires = jump(x[None, :, None], threshold, BANDWIDTH)
    found = torch.autograd.grad(fires.sum(), threshold)[0].item()

    def ramp(at: float) -> float:
        return float(((x - at) / BANDWIDTH + 0.5).clamp(0, 1).sum())

    assert abs(found - (ramp(t + h) - ramp(t - h)) / (2 * h)) < 1e-4 * abs(found)


def test_the_expected_error_has_the_derivative_that_the_estimator_gives() -> None:
    """Mean of (x H(x - t) - y)^2 over x spread evenly: its exact derivative by t is known by finite differences."""
    x = torch.linspace(0, 1, 400_001).double()
    t, y, h = 0.5, 0.3, 1e-3
    threshold = torch.full((1, 1, 1), t).double().requires_grad_()
    codes, _ = jump(x[None, :, None], threshold, 0.01)
    found = torch.autograd.grad((codes - y).square().mean(), threshold)[0].item()

    def exact(at: float) -> float:
        return float((x * (x > at) - y).square().mean())

    assert abs(found - (exact(t + h) - exact(t - h)) / (2 * h)) < 2e-3


def test_codes_pass_their_own_gradient_above_the_threshold_only() -> None:
    reads = torch.tensor([[[-1.0, 0.2, 0.8]]], requires_grad=True)
    codes, fires = jump(reads, torch.full((1, 1, 3), 0.5), BANDWIDTH)
    assert_close(codes.detach(), torch.tensor([[[0.0, 0.0, 0.8]]]))
    assert fires.tolist() == [[[0.0, 0.0, 1.0]]]
    codes.sum().backward()  # type: ignore[no-untyped-call]
    assert reads.grad is not None
    assert reads.grad.tolist() == [[[0.0, 0.0, 1.0]]]
