import torch
import torch.nn.functional as F  # noqa: N812
from torch.testing import assert_close

from interpbench.toolkit.row_loss import row_losses


def test_reference_torch_cross_entropy() -> None:
    logits = torch.randn(5, 3, 4, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(15).view(5, 3) % 4
    expected = torch.stack([F.cross_entropy(out.double(), label) for out, label in zip(logits, labels, strict=True)])
    assert_close(row_losses(logits, labels), expected)


def test_a_sure_network_keeps_its_gradient() -> None:
    logits = torch.tensor([[[30.0, 0.0]]], requires_grad=True)
    labels = torch.tensor([[0]])
    (exact,) = torch.autograd.grad(row_losses(logits, labels).sum(), logits)
    assert_close(exact[0, 0], torch.tensor([-1.0, 1.0]) * torch.tensor(-30.0).exp(), rtol=1e-2, atol=0)
    (rounded,) = torch.autograd.grad(F.cross_entropy(logits[0], labels[0]), logits)
    assert rounded[0, 0, 0] == 0
