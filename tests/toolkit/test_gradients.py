from collections.abc import Mapping
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor
from torch.testing import assert_close

from interpbench.models.config import MLPConfig
from interpbench.models.data import Rows
from interpbench.models.subject import Network
from interpbench.toolkit.flat import flatten
from interpbench.toolkit.gradients import gradient_kernel, per_row_gradients

ARCHITECTURES = ("transformer", "gelu", "square", "relu", "gru")


def _one_by_one(subject: Network, rows: Rows) -> Tensor:
    out = []
    for tokens, labels in zip(rows.tokens, rows.labels, strict=True):
        params = {name: value.clone().requires_grad_() for name, value in subject.params.items()}
        loss = F.cross_entropy(subject.functional(params, tokens[None])[0], labels)
        grads = torch.autograd.grad(loss, list(params.values()))
        out.append(flatten(dict(zip(params, grads, strict=True))))
    return torch.stack(out)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_reference_autograd_one_row_at_a_time(name: str, untrained: Mapping[str, Any]) -> None:
    case = untrained[name]
    expected = _one_by_one(case.subject, case.rows)
    assert_close(per_row_gradients(case.subject, case.rows), expected, rtol=1e-4, atol=1e-6)
    assert_close(
        gradient_kernel(case.subject, case.rows), (expected.double() @ expected.double().T), rtol=1e-4, atol=1e-5
    )


def test_chunks_change_nothing(untrained: Mapping[str, Any]) -> None:
    case = untrained["transformer"]
    size = sum(value.numel() for value in case.subject.params.values())
    whole = per_row_gradients(case.subject, case.rows)
    for rows_at_once in (1, 3):
        assert_close(per_row_gradients(case.subject, case.rows, 4 * size * rows_at_once), whole, rtol=1e-4, atol=1e-6)


class SoftmaxRegression(Network):
    """logits = sum over positions of W[position, token]."""

    def functional(self, params: Mapping[str, Tensor], tokens: Tensor) -> Tensor:
        places = torch.arange(tokens.shape[1])
        return params["w"][places, tokens].sum(dim=1)[:, None]


def _softmax_regression(scale: float) -> tuple[SoftmaxRegression, Rows]:
    config = MLPConfig(vocabulary=3, length=2, positions=(1,), classes=4)
    rng = torch.Generator().manual_seed(0)
    subject = SoftmaxRegression(config, {"w": scale * torch.randn(2, 3, 4, generator=rng)})
    tokens = torch.cartesian_prod(torch.arange(3), torch.arange(3))
    out = subject.functional(subject.params, tokens)
    return subject, Rows(tokens=tokens, labels=out.argmax(dim=-1))


@pytest.mark.parametrize("scale", [1.0, 40.0])
def test_closed_form_for_softmax_regression(scale: float) -> None:
    subject, rows = _softmax_regression(scale)
    x = F.one_hot(rows.tokens, 3).flatten(1).double()  # (row, position * token)
    p = subject.functional(subject.params, rows.tokens)[:, 0].double().softmax(dim=-1)
    residual = p - F.one_hot(rows.labels[:, 0], 4)  # (row, class)
    expected = (residual[:, None, :] * x[:, :, None]).flatten(1)  # (p - y) x^T
    assert_close(per_row_gradients(subject, rows).double(), expected, rtol=1e-4, atol=1e-30)
    kernel = gradient_kernel(subject, rows)
    assert_close(kernel, (x @ x.T) * (residual @ residual.T), rtol=1e-3, atol=1e-3 * float(kernel.diagonal().min()))
    assert bool((kernel.diagonal() > 0).all())


def test_the_subject_stays_as_it_was(untrained: Mapping[str, Any]) -> None:
    case = untrained["gru"]
    before = {name: value.clone() for name, value in case.subject.params.items()}
    gradient_kernel(case.subject, case.rows)
    assert_close(case.subject.params, before, rtol=0, atol=0)
    assert not any(value.requires_grad for value in case.subject.params.values())
