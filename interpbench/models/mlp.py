"""The one-hidden-layer perceptron on one-hot inputs as a pure function.

A one-hot input times a matrix is a sum of columns, so the first layer is a look-up: no one-hot tensor is ever built.
"""

from math import sqrt

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.models.config import MLPConfig


def initial(config: MLPConfig, rng: torch.Generator, scale: float) -> dict[str, Tensor]:
    """`embed.weight` is (length, vocabulary, d_mlp); a one-hot input has `length` ones, which is its fan in."""
    out = len(config.positions) * config.classes
    return {
        "embed.weight": torch.randn(config.length, config.vocabulary, config.d_mlp, generator=rng)
        * scale
        / sqrt(config.length),
        "embed.bias": torch.zeros(config.d_mlp),
        "head.weight": torch.randn(out, config.d_mlp, generator=rng) * scale / sqrt(config.d_mlp),
        "head.bias": torch.zeros(out),
    }


def hidden(config: MLPConfig, params: dict[str, Tensor], tokens: Int[Tensor, "batch length"]) -> Tensor:
    """Pre-activations of the hidden layer, (batch, d_mlp)."""
    places = torch.arange(config.length)
    return params["embed.weight"][places, tokens].sum(dim=1) + params["embed.bias"]


def activate(config: MLPConfig, pre: Tensor) -> Tensor:
    """The pointwise non-linearity: ReLU or x^2."""
    return F.relu(pre) if config.activation == "relu" else pre.square()


def logits(
    config: MLPConfig, params: dict[str, Tensor], tokens: Int[Tensor, "batch length"]
) -> Float[Tensor, "batch answer k"]:
    """Logits of every answer, (batch, answer, classes)."""
    post = activate(config, hidden(config, params, tokens))
    flat = F.linear(post, params["head.weight"], params["head.bias"])
    return flat.view(len(tokens), len(config.positions), config.classes)
