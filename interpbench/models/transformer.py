"""The transformer as a pure function: TransformerLens' native model, computed at the answer positions only.

Parameter names are those of `transformer_lens`' `NativeModel`, so that a bridge takes them over unchanged
(`interpbench.models.hooked`); the two agree to rounding, which is tested.
"""

from math import sqrt

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Bool, Float, Int
from torch import Tensor

from interpbench.models.config import TransformerConfig

EPSILON = 1e-5
"""Keeps a norm from dividing by zero."""


def initial(config: TransformerConfig, rng: torch.Generator, scale: float) -> dict[str, Tensor]:
    """Normal weights with standard deviation scale / sqrt(fan in); embeddings scale / sqrt(d_model)."""
    d, m, k = config.d_model, config.d_mlp, config.classes
    shapes: dict[str, tuple[int, ...]] = {"tok_embed.weight": (config.vocabulary, d), "pos.weight": (config.length, d)}
    for layer in range(config.n_layers):
        block = f"layers.{layer}"
        shapes |= {f"{block}.attn.{part}.weight": (d, d) for part in "qkvo"}
        shapes |= {f"{block}.attn.{part}.bias": (d,) for part in "qkvo"}
        shapes |= {f"{block}.mlp.fc_in.weight": (m, d), f"{block}.mlp.fc_in.bias": (m,)}
        shapes |= {f"{block}.mlp.fc_out.weight": (d, m), f"{block}.mlp.fc_out.bias": (d,)}
    shapes["head.weight"] = (k, d)
    return {
        name: torch.zeros(shape) if len(shape) == 1 else torch.randn(shape, generator=rng) * scale / sqrt(shape[-1])
        for name, shape in shapes.items()
    }


def unseen(config: TransformerConfig) -> Bool[Tensor, "length length"]:
    """(query, key): True where a query may not look: at what comes later, and where `blocked` forbids it."""
    mask = torch.ones(config.length, config.length, dtype=torch.bool).triu(1)
    if config.blocked:
        queries, keys = zip(*config.blocked, strict=True)
        mask[list(queries), list(keys)] = True
    return mask


def normed(config: TransformerConfig, resid: Float[Tensor, "*rows d"]) -> Float[Tensor, "*rows d"]:
    """What readers see of the stream: all of it, or its direction (Zhang & Sennrich 2019, arXiv:1910.07467)."""
    return resid if config.norm == "none" else resid * (resid.square().mean(-1, keepdim=True) + EPSILON).rsqrt()


def logits(
    config: TransformerConfig, params: dict[str, Tensor], tokens: Int[Tensor, "batch length"]
) -> Float[Tensor, "batch answer k"]:
    """Logits at `config.positions`.

    The last block computes queries, heads, neurons and logits at the answer positions alone; only keys and values
    need every position.
    """
    heads, d_head = config.n_heads, config.d_head
    answer = torch.tensor(config.positions)
    batch, length = tokens.shape
    mask = unseen(config)
    activation = F.relu if config.activation == "relu" else F.gelu
    resid = params["tok_embed.weight"][tokens] + params["pos.weight"][:length]  # (batch, length, d_model)
    for layer in range(config.n_layers):
        block = f"layers.{layer}"

        def linear(x: Tensor, name: str, block: str = block) -> Tensor:
            return F.linear(x, params[f"{block}.{name}.weight"], params[f"{block}.{name}.bias"])

        last = layer == config.n_layers - 1
        queries = answer if last else torch.arange(length)
        here = resid[:, answer] if last else resid  # (batch, query, d_model)
        seen = normed(config, resid)
        q = linear(normed(config, here), "attn.q").view(batch, len(queries), heads, d_head).transpose(1, 2)
        k = linear(seen, "attn.k").view(batch, length, heads, d_head).transpose(1, 2)
        v = linear(seen, "attn.v").view(batch, length, heads, d_head).transpose(1, 2)
        scores = q @ k.transpose(-2, -1) / sqrt(d_head)  # (batch, head, query, length)
        pattern = scores.masked_fill(mask[queries], float("-inf")).softmax(dim=-1)
        z = (pattern @ v).transpose(1, 2).reshape(batch, len(queries), heads * d_head)
        here = here + linear(z, "attn.o")
        resid = here + linear(activation(linear(normed(config, here), "mlp.fc_in")), "mlp.fc_out")
    return F.linear(normed(config, resid), params["head.weight"])
