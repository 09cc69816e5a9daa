"""The matrices that writers write by and readers read by, without any input."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from interpbench.toolkit.circuits.graph import READS, Graph


def writes(bridge: Any, graph: Graph) -> list[Float[Tensor, "in d"]]:
    """Of every writer: the embedding's rows, a head's values back to the stream, a group's neurons."""
    with torch.no_grad():
        out: list[Tensor] = [bridge.W_E]
        for layer in range(graph.n_layers):
            block = bridge.blocks[layer]
            out += list(block.attn.W_O)
            weight = block.mlp.W_out
            out += [weight[list(group)] for group in graph.groups[layer]] or [weight]
        return out


def reads(bridge: Any, graph: Graph) -> list[Float[Tensor, "d out"]]:
    """Of every reader: a head's queries, keys or values, a group's neurons, the logits."""
    with torch.no_grad():
        out: list[Tensor] = []
        for layer in range(graph.n_layers):
            block = bridge.blocks[layer]
            for part in READS:
                out += list(getattr(block.attn, f"W_{part.upper()}"))
            weight = block.mlp.W_in
            out += [weight[:, list(group)] for group in graph.groups[layer]] or [weight]
        return [*out, bridge.W_U]
