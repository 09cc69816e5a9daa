from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor
from torch.testing import assert_close

from interpbench.models.config import MLPConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Network
from interpbench.tracks.context import Context
from interpbench_methods.kernel_structure import KernelStructure
from interpbench_methods.kernel_structure.structure import centred_alignment, cosines, label_kernel, rank_share


class _Lookup(Network):
    """logits = W[first token]: rows with different first tokens share no parameter."""

    def functional(self, params: Mapping[str, Tensor], tokens: Tensor) -> Tensor:
        return params["w"][tokens[:, 0]][:, None]


DOMAIN = Domain(alphabets=(tuple(range(4)),) * 2, positions=(1,), classes=4)


def _score(statistic: Any, tokens: Tensor, labels: Tensor, rows: int = 256) -> float:
    config = MLPConfig(vocabulary=4, length=2, positions=(1,), classes=4)
    subject = _Lookup(config, {"w": 5 * torch.eye(4)})
    shown = Rows(tokens=tokens, labels=labels[:, None])
    return KernelStructure(statistic=statistic, rows=rows).model_score(subject, shown, DOMAIN, Context.seeded("k"))


EACH_ITS_OWN = torch.tensor([[0, 0], [1, 0], [2, 0], [3, 0]])
TWO_GROUPS = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])


def test_a_direction_a_row_and_one_for_all() -> None:
    assert _score("effective-rank", EACH_ITS_OWN, EACH_ITS_OWN[:, 0]) == pytest.approx(-1)
    assert _score("effective-rank", TWO_GROUPS, TWO_GROUPS[:, 0]) == pytest.approx(-2 / 4, rel=1e-5)
    assert _score("effective-rank", TWO_GROUPS[[0, 1]], TWO_GROUPS[[0, 1], 0]) == pytest.approx(-1 / 2, rel=1e-5)


def test_rows_that_rest_on_their_label_are_aligned_with_it() -> None:
    aligned = _score("alignment", TWO_GROUPS, TWO_GROUPS[:, 0])
    across = _score("alignment", TWO_GROUPS, torch.tensor([2, 3, 2, 3]))
    assert aligned == pytest.approx(1, abs=1e-5)
    assert across < 0.5
    assert _score("alignment", TWO_GROUPS, torch.ones(4, dtype=torch.int64)) == 0  # nothing to be aligned with


def test_the_sample_is_bounded() -> None:
    assert _score("effective-rank", TWO_GROUPS[[0, 0, 0, 0]], torch.zeros(4).long(), rows=2) == pytest.approx(-1 / 2)


def test_reference_centring_in_feature_space() -> None:
    """Centred alignment is the cosine between the second moments of centred features."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 5)) + 3, rng.normal(size=(20, 4)) - 2
    xc, yc = x - x.mean(axis=0), y - y.mean(axis=0)
    expected = np.sum((xc.T @ yc) ** 2) / np.linalg.norm(xc.T @ xc) / np.linalg.norm(yc.T @ yc)
    found = centred_alignment(torch.from_numpy(x @ x.T), torch.from_numpy(y @ y.T))
    assert found == pytest.approx(expected)


def test_null_labels_that_have_nothing_to_do_with_the_kernel() -> None:
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(200, 50, generator=rng).double()
    labels = torch.randint(4, (200, 1), generator=rng)
    assert abs(centred_alignment(cosines(x @ x.T), label_kernel(labels))) < 0.1
    own = F.one_hot(labels[:, 0]).double()
    assert centred_alignment(own @ own.T, label_kernel(labels)) == pytest.approx(1)


def test_labels_of_several_answers_are_counted_one_by_one() -> None:
    found = label_kernel(torch.tensor([[0, 1, 2, 3], [0, 1, 0, 0], [5, 5, 5, 5]]))
    assert torch.equal(found, torch.tensor([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]]).double())


def test_reference_rank_by_singular_values() -> None:
    x = torch.randn(12, 30, generator=torch.Generator().manual_seed(1)).double()
    x = F.normalize(x, dim=1)
    share = (torch.linalg.svdvals(x).square() / 12).numpy()
    assert rank_share(x @ x.T) == pytest.approx(np.exp(-np.sum(share * np.log(share))) / 12)


def test_a_row_without_gradient_is_no_division_by_zero() -> None:
    kernel = torch.diag(torch.tensor([1e-70, 0.0, 4.0], dtype=torch.float64))
    assert_close(cosines(kernel), torch.diag(torch.tensor([1.0, 0.0, 1.0])).double())


@pytest.mark.parametrize("architecture", ["transformer", "deep", "square", "relu", "gru"])
def test_reference_one_row_at_a_time_in_float64(architecture: str, trained: Mapping[str, Any]) -> None:
    case = trained[architecture]
    gradients = []
    for tokens, labels in zip(case.rows.tokens, case.rows.labels, strict=True):
        params = {name: value.double().requires_grad_() for name, value in case.network.params.items()}
        loss = F.cross_entropy(case.network.functional(params, tokens[None])[0], labels)
        gradients.append(torch.cat([part.flatten() for part in torch.autograd.grad(loss, list(params.values()))]))
    g = F.normalize(torch.stack(gradients), dim=1, eps=0).numpy()
    same = np.mean(case.rows.labels.numpy()[:, None] == case.rows.labels.numpy()[None], axis=-1)
    h = np.eye(len(g)) - 1 / len(g)
    a, b = h @ g @ g.T @ h, h @ same @ h
    values = np.linalg.eigvalsh(g @ g.T).clip(1e-300) / len(g)
    expected = {
        "alignment": np.sum(a * b) / np.linalg.norm(a) / np.linalg.norm(b),
        "effective-rank": -np.exp(-np.sum(values * np.log(values))) / len(g),
    }
    for statistic, figure in expected.items():
        method = KernelStructure(statistic=statistic)  # type: ignore[arg-type]
        score = method.model_score(case.network, case.rows, case.domain, Context.seeded("k"))
        assert score == pytest.approx(figure, rel=1e-3), statistic
