from collections.abc import Mapping
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from interpbench.models.config import MLPConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Network
from interpbench.tracks.context import Context
from interpbench_methods.self_influence import SelfInfluence


class _Lookup(Network):
    """logits = W[first token]: rows with different first tokens share no parameter."""

    def functional(self, params: Mapping[str, Tensor], tokens: Tensor) -> Tensor:
        return params["w"][tokens[:, 0]][:, None]


DOMAIN = Domain(alphabets=(tuple(range(4)),) * 2, positions=(1,), classes=3)


def _score(tokens: Tensor, rows: int = 256) -> float:
    config = MLPConfig(vocabulary=4, length=2, positions=(1,), classes=3)
    subject = _Lookup(config, {"w": torch.randn(4, 3, generator=torch.Generator().manual_seed(0))})
    shown = Rows(tokens=tokens, labels=tokens[:, :1] % 3)
    return SelfInfluence(rows=rows).model_score(subject, shown, DOMAIN, Context.seeded("s"))


def test_rows_that_rest_on_themselves_score_minus_one() -> None:
    assert _score(torch.tensor([[0, 1], [1, 1], [2, 0], [3, 3]])) == pytest.approx(-1)


def test_rows_that_rest_on_each_other_score_one_over_their_number() -> None:
    assert _score(torch.tensor([[2, 0], [2, 1], [2, 2], [2, 3]])) == pytest.approx(-1 / 4)
    assert _score(torch.tensor([[2, 0], [2, 1], [2, 2], [1, 3]])) == pytest.approx(-(3 * (1 / 3) + 1) / 4)


def test_the_sample_is_bounded() -> None:
    assert _score(torch.tensor([[2, 0], [2, 1], [2, 2], [2, 3]]), rows=2) == pytest.approx(-1 / 2)


@pytest.mark.parametrize("architecture", ["transformer", "deep", "square", "relu", "gru"])
def test_reference_one_row_at_a_time_in_float64(architecture: str, trained: Mapping[str, Any]) -> None:
    case = trained[architecture]
    gradients = []
    for tokens, labels in zip(case.rows.tokens, case.rows.labels, strict=True):
        params = {name: value.double().requires_grad_() for name, value in case.network.params.items()}
        loss = F.cross_entropy(case.network.functional(params, tokens[None])[0], labels)
        gradients.append(torch.cat([part.flatten() for part in torch.autograd.grad(loss, list(params.values()))]))
    g = torch.stack(gradients)
    shares = [float(a @ a / sum((a @ b).abs() for b in g)) for a in g]
    score = SelfInfluence().model_score(case.network, case.rows, case.domain, Context.seeded("s"))
    assert score == pytest.approx(-sum(shares) / len(shares), rel=1e-4)
