"""The gated recurrent unit (Cho et al. 2014, arXiv:1406.1078) as a pure function, so that `torch.func` can map it."""

from math import sqrt

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.models.config import RecurrentConfig


def initial(config: RecurrentConfig, rng: torch.Generator, scale: float) -> dict[str, Tensor]:
    """Names and gate order (reset, update, new) are those of `torch.nn.GRU` behind an embedding."""
    d = config.d_model
    shapes = {"tok_embed.weight": (config.vocabulary, d), "weight_ih": (3 * d, d), "weight_hh": (3 * d, d)}
    params = {name: torch.randn(shape, generator=rng) * scale / sqrt(d) for name, shape in shapes.items()}
    params |= {"bias_ih": torch.zeros(3 * d), "bias_hh": torch.zeros(3 * d)}
    params["head.weight"] = torch.randn(config.classes, d, generator=rng) * scale / sqrt(d)
    return params


def states(
    config: RecurrentConfig, params: dict[str, Tensor], tokens: Int[Tensor, "batch length"]
) -> Float[Tensor, "batch length d_model"]:
    """Hidden state after each token."""
    inputs = F.linear(params["tok_embed.weight"], params["weight_ih"], params["bias_ih"])[tokens]
    state = inputs.new_zeros(len(tokens), config.d_model)
    out = []
    for step in range(tokens.shape[1]):
        from_input = inputs[:, step].chunk(3, dim=1)
        from_state = F.linear(state, params["weight_hh"], params["bias_hh"]).chunk(3, dim=1)
        reset = torch.sigmoid(from_input[0] + from_state[0])
        update = torch.sigmoid(from_input[1] + from_state[1])
        new = torch.tanh(from_input[2] + reset * from_state[2])
        state = new + update * (state - new)
        out.append(state)
    return torch.stack(out, dim=1)


def logits(
    config: RecurrentConfig, params: dict[str, Tensor], tokens: Int[Tensor, "batch length"]
) -> Float[Tensor, "batch answer k"]:
    """Logits at `config.positions`; nothing past the last of them is computed."""
    reached = states(config, params, tokens[:, : max(config.positions) + 1])
    return F.linear(reached[:, list(config.positions)], params["head.weight"])
