"""The parts of a bridge written out: norms, heads and neurons as plain functions, for inputs that no hook can give.

For norms before each part, learned or no positions, and neurons without gates.
"""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Float
from torch import Tensor

from interpbench.toolkit.circuits.graph import Graph

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "gelu": F.gelu,
    "gelu_new": lambda x: F.gelu(x, approximate="tanh"),
}


def normalised(norm: Any, cfg: Any, stream: Float[Tensor, "*rows d"]) -> Float[Tensor, "*rows d"]:
    """What a norm makes of the stream; the stream itself where there is none."""
    if norm is None or cfg.normalization_type is None:
        return stream
    centred = cfg.normalization_type in {"LN", "LNPre"}
    inner = stream - stream.mean(dim=-1, keepdim=True) if centred else stream
    normal = inner / (inner.pow(2).mean(dim=-1, keepdim=True) + cfg.eps).sqrt()
    offset = getattr(norm, "bias", None)
    return torch.as_tensor(normal * norm.weight + (0 if offset is None else offset))


def attention(
    q: Float[Tensor, "*rows position e"], k: Float[Tensor, "*rows position e"], v: Float[Tensor, "*rows position e"]
) -> Float[Tensor, "*rows position e"]:
    """Causal attention of heads."""
    scores = q @ k.transpose(-2, -1) / sqrt(q.shape[-1])
    hidden = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
    return scores.masked_fill(hidden, float("-inf")).softmax(dim=-1) @ v


def neurons(mlp: Any, cfg: Any, seen: Float[Tensor, "*rows d"], group: Sequence[int] = ()) -> Float[Tensor, "*rows m"]:
    """Activations of a group of neurons, or of all."""
    weight, offset = mlp.W_in, bias(mlp, "b_in")
    if group:
        some = list(group)
        weight, offset = weight[:, some], offset[some] if len(offset) > 1 else offset
    return ACTIVATIONS[str(cfg.act_fn)](seen @ weight + offset)


def bias(part: Any, name: str) -> Tensor:
    """A bias; a single zero where there is none."""
    try:
        value = getattr(part, name)
    except AttributeError:  # a bridge says so of projections without bias
        value = None
    return torch.zeros(1) if value is None else value


def check(bridge: Any, graph: Graph) -> None:
    """Whether these functions are those of a network.

    Raises:
        ValueError: it has rotary positions, shared heads, gated neurons or another activation.
    """
    cfg = bridge.cfg
    faults = [
        (cfg.positional_embedding_type == "rotary", "rotary positions"),
        (graph.n_key_heads != graph.n_heads, "heads that share keys and values"),
        (bool(getattr(cfg, "gated_mlp", False)), "gated neurons"),
        (str(cfg.act_fn) not in ACTIVATIONS, f"activation {cfg.act_fn}"),
    ]
    if wrong := [what for fault, what in faults if fault]:
        raise ValueError(f"wanted a network without {', '.join(wrong)}")
