"""The reference is the matrix product with an explicit one-hot tensor."""

from typing import Literal

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from interpbench.models.config import MLPConfig
from interpbench.models.forward import initial, logits
from interpbench.models.mlp import activate

VOCABULARY, LENGTH, CLASSES, WIDTH = 5, 3, 4, 10


def config(activation: Literal["relu", "square"], positions: tuple[int, ...] = (2,)) -> MLPConfig:
    return MLPConfig(
        vocabulary=VOCABULARY, length=LENGTH, positions=positions, classes=CLASSES, d_mlp=WIDTH, activation=activation
    )


def random_params(of: MLPConfig) -> dict[str, Tensor]:
    rng = torch.Generator().manual_seed(0)
    params = initial(of, rng)
    return {
        name: value if value.ndim > 1 else torch.randn(value.shape, generator=rng) for name, value in params.items()
    }


def tokens() -> Tensor:
    return torch.randint(VOCABULARY, (20, LENGTH), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("activation", ["relu", "square"])
@pytest.mark.parametrize("positions", [(2,), (0, 2)])
def test_it_equals_the_one_hot_product(activation: Literal["relu", "square"], positions: tuple[int, ...]) -> None:
    of = config(activation, positions)
    params = random_params(of)
    hot = F.one_hot(tokens(), VOCABULARY).float().flatten(1)  # (batch, length * vocabulary)
    pre = hot @ params["embed.weight"].flatten(0, 1) + params["embed.bias"]
    post = pre.clamp(min=0) if activation == "relu" else pre**2
    want = (post @ params["head.weight"].T + params["head.bias"]).view(20, len(positions), CLASSES)
    assert torch.allclose(logits(of, params, tokens()), want, atol=1e-5)


@pytest.mark.parametrize("name", sorted(random_params(config("relu"))))
def test_control_every_changed_parameter_changes_the_logits(name: str) -> None:
    of = config("relu")
    params = random_params(of)
    changed = params | {name: params[name] + torch.arange(params[name].numel()).view(params[name].shape) / 10}
    assert not torch.allclose(logits(of, changed, tokens()), logits(of, params, tokens()), atol=1e-2)


def test_a_token_means_another_thing_at_another_position() -> None:
    of = config("relu")
    params = random_params(of)
    assert not torch.allclose(logits(of, params, tokens()), logits(of, params, tokens().flip(1)), atol=1e-2)


def test_the_square_is_even_and_relu_is_not() -> None:
    pre = torch.tensor([-2.0, 3.0])
    assert activate(config("square"), pre).tolist() == [4.0, 9.0]
    assert activate(config("relu"), pre).tolist() == [0.0, 3.0]
