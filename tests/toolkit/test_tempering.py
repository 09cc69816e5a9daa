from math import expm1, log

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from interpbench.toolkit.row_loss import row_losses
from interpbench.toolkit.tempering import EQUAL_LOSS, equalising_factor


def _right(seed: int, rows: int = 9, answers: int = 2, classes: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    logits = torch.randn(rows, answers, classes, generator=torch.Generator().manual_seed(seed))
    return logits, logits.argmax(dim=-1)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.floats(0.001, 1.0), st.floats(0.01, 100))
def test_it_reaches_the_loss_from_any_scale(seed: int, loss: float, scale: float) -> None:
    logits, labels = _right(seed)
    factor = equalising_factor(logits.double() * scale, labels, loss)
    assert float(row_losses(logits.double() * scale * factor, labels).mean()) == pytest.approx(loss, rel=1e-5)
    assert factor * scale == pytest.approx(equalising_factor(logits, labels, loss), rel=1e-5)


def test_two_logits_have_a_closed_form() -> None:
    # log(1 + exp(-margin * factor)) = loss
    logits, labels = torch.tensor([[[3.0, 1.0]]]), torch.tensor([[0]])
    expected = -log(expm1(EQUAL_LOSS)) / 2
    assert equalising_factor(logits, labels) == pytest.approx(expected, rel=1e-9)


def test_where_no_factor_reaches_it_the_best_one_comes_back() -> None:
    logits, labels = _right(3)
    labels = labels.clone()
    labels[0, 0] = (labels[0, 0] + 1) % 4  # one wrong row: the loss has a positive minimum
    best = minimize_scalar(
        lambda x: float(row_losses(logits.double() * x, labels).mean()), bounds=(0, 50), method="bounded"
    )
    assert equalising_factor(logits, labels) == pytest.approx(best.x, rel=1e-4)


def test_a_network_that_is_never_right_gets_a_finite_factor() -> None:
    logits, labels = _right(4)
    assert 0 < equalising_factor(-logits, labels) < 1e-12
    assert 0 < equalising_factor(torch.zeros(2, 1, 3), torch.zeros(2, 1, dtype=torch.int64)) < float("inf")
