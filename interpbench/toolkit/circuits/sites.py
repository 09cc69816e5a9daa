"""Where writers and readers of a graph stand in a TransformerLens bridge, and what they make of what they carry."""

from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from interpbench.toolkit.circuits.graph import READS, Graph
from interpbench.toolkit.circuits.norm import back_through

Activations = Mapping[str, Tensor]

EMBEDDED = "blocks.0.hook_resid_pre"
"""What the embedding (and the positions, where they are embedded) write."""


def normed(bridge: Any) -> bool:
    """Whether readers see the stream through a norm."""
    return bridge.cfg.normalization_type is not None


def writing_site(graph: Graph, stage: int) -> str:
    """The activation that a stage's writers make their output of."""
    layer, neurons = divmod(stage - 1, 2)
    if stage == 0:
        return EMBEDDED
    if not neurons:
        return f"blocks.{layer}.attn.hook_z"
    return f"blocks.{layer}.{'mlp.hook_post' if graph.groups[layer] else 'hook_mlp_out'}"


def writing_sites(graph: Graph) -> list[str]:
    """Of all stages, in order of computation."""
    return [writing_site(graph, stage) for stage in range(2 * graph.n_layers + 1)]


def reading_sites(bridge: Any, graph: Graph) -> list[str]:
    """The activations whose gradients tell what readers make of their input."""
    sites: list[str] = []
    for layer in range(graph.n_layers):
        sites += [f"blocks.{layer}.attn.hook_{part}" for part in READS]
        sites.append(_neurons_read(bridge, graph, layer))
    return [*sites, _last(bridge)]


def stream_sites(bridge: Any, graph: Graph) -> list[str]:
    """The inputs of norms that lie between the stream and those activations."""
    if not normed(bridge):
        return []
    layers = range(graph.n_layers)
    return [f"blocks.{layer}.ln1.hook_in" for layer in layers] + [
        f"blocks.{layer}.ln2.hook_in" for layer in layers if graph.groups[layer]
    ]


def written(bridge: Any, graph: Graph, at: Activations) -> Float[Tensor, "row position writer d"]:
    """What every writer adds to the stream; a layer's constant biases are nobody's. No gradient reaches weights.

    Args:
        bridge: the network.
        graph: its nodes.
        at: activations at `writing_sites`.
    """
    out = [at[EMBEDDED][:, :, None]]
    for layer in range(graph.n_layers):
        heads, neurons = (at[writing_site(graph, 2 * layer + 1 + part)] for part in range(2))
        out.append(torch.einsum("bphe,hed->bphd", heads, bridge.blocks[layer].attn.W_O.detach()))
        weight = bridge.blocks[layer].mlp.W_out.detach() if graph.groups[layer] else None
        if weight is None:
            out.append(neurons[:, :, None])
        else:
            out += [(neurons[..., list(group)] @ weight[list(group)])[:, :, None] for group in graph.groups[layer]]
    return torch.cat(out, dim=2)


def read_back(
    bridge: Any, graph: Graph, gradients: Activations, stream: Activations
) -> Float[Tensor, "row position reader d"]:
    """Gradients with regard to the stream, as each reader alone passes them on.

    Args:
        bridge: the network.
        graph: its nodes.
        gradients: at `reading_sites`.
        stream: activations at `stream_sites`.
    """
    out: list[Tensor] = []

    def through(norm: str, inner: Tensor) -> Tensor:
        if not normed(bridge):
            return inner
        block, _, name = norm.rpartition(".")
        module = getattr(bridge.blocks[int(block.rpartition(".")[2])], name)
        return back_through(module, bridge.cfg, stream[f"{norm}.hook_in"], inner)

    for layer in range(graph.n_layers):
        attn = bridge.blocks[layer].attn
        parts = [
            torch.einsum("bphe,hde->bphd", gradients[f"blocks.{layer}.attn.hook_{part}"], weight)
            for part, weight in zip(READS, (attn.W_Q, attn.W_K, attn.W_V), strict=True)
        ]
        out.append(through(f"blocks.{layer}.ln1", torch.cat(parts, dim=2)))
        inner = gradients[_neurons_read(bridge, graph, layer)]
        if graph.groups[layer]:
            weight = bridge.blocks[layer].mlp.W_in
            grouped = [inner[..., list(group)] @ weight[:, list(group)].T for group in graph.groups[layer]]
            out.append(through(f"blocks.{layer}.ln2", torch.stack(grouped, dim=2)))
        else:
            out.append(inner[:, :, None])
    out.append(gradients[_last(bridge)][:, :, None])
    return torch.cat(out, dim=2)


def _neurons_read(bridge: Any, graph: Graph, layer: int) -> str:
    if graph.groups[layer]:
        return f"blocks.{layer}.mlp.hook_pre"
    return f"blocks.{layer}.{'ln2' if normed(bridge) else 'mlp'}.hook_in"


def _last(bridge: Any) -> str:
    return "ln_final.hook_in" if normed(bridge) else "unembed.hook_in"
