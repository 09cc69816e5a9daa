from collections.abc import Mapping
from math import exp, log, sqrt
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor

from interpbench.models.names import generator
from interpbench.models.subject import Network
from interpbench.toolkit.flat import flatten, unflatten
from interpbench.toolkit.statistics.margins import low_margin, mean_margin, tempered_margins
from interpbench.toolkit.statistics.ranks import effective_rank
from interpbench.tracks.context import Context
from interpbench_methods.scalars import Scalars
from interpbench_methods.scalars.registry import STATISTICS

ARCHITECTURES = ("transformer", "deep", "square", "relu", "gru")


def _score(statistic: str, case: Any, network: Network | None = None) -> float:
    ctx = Context(rng=generator("scalars"))
    return Scalars(statistic=statistic).model_score(network or case.network, case.rows, case.domain, ctx)


def test_an_unknown_statistic_names_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"no statistic 'sharpnes'; did you mean 'sharpness'\?"):
        Scalars(statistic="sharpnes")
    assert {Scalars(statistic=name).statistic for name in STATISTICS} == set(STATISTICS)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_norms_reference_numpy(architecture: str, trained: Mapping[str, Any]) -> None:
    case = trained[architecture]
    squares = {name: float((value.numpy().astype("f8") ** 2).sum()) for name, value in case.network.params.items()}
    assert _score("weight-norm", case) == pytest.approx(-sqrt(sum(squares.values())))
    embedding = "embed.weight" if case.network.config.kind == "mlp" else "tok_embed.weight"
    assert _score("embedding-norm", case) == pytest.approx(-sqrt(squares[embedding]))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_train_loss_reference_torch(architecture: str, trained: Mapping[str, Any]) -> None:
    case = trained[architecture]
    out = case.network.logits(case.rows.tokens)
    loss = F.cross_entropy(out.double().flatten(0, 1), case.rows.labels.flatten())
    assert _score("train-loss", case) == pytest.approx(-log(float(loss)))


def test_margins_by_hand() -> None:
    logits = torch.tensor([[[4.0, 1.0, 0.0]], [[0.0, 2.0, 1.0]]])
    labels = torch.tensor([[0], [1]])
    margins = tempered_margins(logits, labels)
    factor = float(margins[0]) / 3
    assert margins.tolist() == pytest.approx([3 * factor, 1 * factor])
    losses = [log(1 + exp(-3 * factor) + exp(-4 * factor)), log(1 + exp(-2 * factor) + exp(-1 * factor))]
    assert sum(losses) / 2 == pytest.approx(0.01)
    assert mean_margin(logits, labels) == pytest.approx(2 * factor)
    assert low_margin(logits, labels) == pytest.approx((1 + 2 * 0.05) * factor)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("statistic", ["tempered-margin", "margin-p5", "minimal-norm"])
def test_the_scale_of_the_logits_does_not_count(statistic: str, architecture: str, trained: Mapping[str, Any]) -> None:
    case = trained[architecture]
    params = case.network.params
    louder = {name: value * 7 if name.startswith("head.") else value for name, value in params.items()}
    assert _score(statistic, case, Network(case.network.config, louder)) == pytest.approx(
        _score(statistic, case), rel=1e-4
    )


def test_minimal_norm_does_not_see_a_rescaled_neuron(trained: Mapping[str, Any]) -> None:
    case = trained["square"]
    params = dict(case.network.params)
    s = torch.linspace(0.3, 3, params["embed.bias"].numel())
    params |= {"embed.weight": params["embed.weight"] * s, "embed.bias": params["embed.bias"] * s}
    params["head.weight"] = params["head.weight"] / s**2
    rescaled = Network(case.network.config, params)
    assert _score("minimal-norm", case, rescaled) == pytest.approx(_score("minimal-norm", case), rel=1e-4)
    assert _score("weight-norm", case, rescaled) != pytest.approx(_score("weight-norm", case), rel=1e-2)
    assert _score("minimal-norm", case) > _score("weight-norm", case)  # logits were louder than a loss of .01 needs


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_sharpness_reference_arpack_in_float64(architecture: str, trained: Mapping[str, Any]) -> None:
    case = trained[architecture]
    params = {name: value.double() for name, value in case.network.params.items()}
    at = flatten(params)

    def loss(vector: Tensor) -> Tensor:
        out = case.network.functional(unflatten(vector, params), case.rows.tokens)
        return F.cross_entropy(out.flatten(0, 1), case.rows.labels.flatten())

    def product(vector: np.ndarray) -> np.ndarray:
        image: Tensor = torch.autograd.functional.vhp(loss, at, torch.from_numpy(vector).flatten())[1]  # type: ignore[no-untyped-call]
        return image.numpy()

    operator = LinearOperator((len(at), len(at)), matvec=product, dtype=np.float64)
    eigenvalue = eigsh(operator, k=1, which="LA", return_eigenvectors=False, v0=np.ones(len(at)))[0]
    assert exp(-_score("sharpness", case)) == pytest.approx(eigenvalue, rel=1e-4)


def _rank(matrix: torch.Tensor) -> float:
    return effective_rank({"w": matrix})


def test_entropy_rank_closed_forms() -> None:
    assert _rank(torch.diag(torch.tensor([3.0, 3.0, 0.0, 0.0]))) == pytest.approx(2)
    assert _rank(torch.ones(5, 3)) == pytest.approx(1)
    p = 0.75  # exp of the entropy of (3/4, 1/4)
    expected = exp(-p * log(p) - (1 - p) * log(1 - p))
    assert _rank(torch.diag(torch.tensor([3.0, -1.0]))) == pytest.approx(expected)


def test_effective_rank_reference_numpy(trained: Mapping[str, Any]) -> None:
    case = trained["gru"]
    ranks = []
    for value in case.network.params.values():
        if value.ndim > 1:
            s = torch.linalg.eigvalsh((value.T @ value).double()).clamp_min(0).sqrt()
            p = (s / s.sum())[s > 1e-9]
            ranks.append(exp(-float((p * p.log()).sum())))
    assert _score("effective-rank", case) == pytest.approx(-sum(ranks) / len(ranks), rel=1e-3)
