"""One entry to the pure functions behind every architecture: initial parameters and logits at the answer positions.

Parameters are plain dictionaries of tensors, so that the trainer, per-row gradients (`torch.func`) and the zoo
handle all architectures alike.
"""

from types import ModuleType

import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.models import mlp, recurrent, transformer
from interpbench.models.config import ModelConfig

Params = dict[str, Tensor]
"""Parameter name -> tensor."""

_ARCHITECTURES: dict[str, ModuleType] = {"transformer": transformer, "mlp": mlp, "gru": recurrent}


def initial(config: ModelConfig, rng: torch.Generator, scale: float = 1.0) -> Params:
    """Random parameters: normal with standard deviation scale / sqrt(fan in), biases zero."""
    params: Params = _ARCHITECTURES[config.kind].initial(config, rng, scale)
    return params


def logits(config: ModelConfig, params: Params, tokens: Int[Tensor, "batch length"]) -> Float[Tensor, "batch answer k"]:
    """Logits at the answer positions only; nothing that they do not need is computed."""
    out: Tensor = _ARCHITECTURES[config.kind].logits(config, params, tokens)
    return out
