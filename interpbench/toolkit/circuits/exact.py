"""The exact effect of every edge: what its reader's component makes of a corrupted input, put in by a hook.

One edge changes the input of one component and of nothing else. So that component alone is computed once more, for all
writers at a time, and the rest of the network runs as it is (path patching: Goldowsky-Dill et al. 2023,
arXiv:2304.05969). `subgraph.edge_effects` comes to the same by running every edge's own subgraph, which costs more.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.toolkit.circuits import passes
from interpbench.toolkit.circuits.graph import READS, Graph
from interpbench.toolkit.circuits.plain import attention, bias, check, neurons, normalised
from interpbench.toolkit.circuits.sites import writing_site, written
from interpbench.toolkit.circuits.trace import Metric, activations, put_in, run, writes

Tokens = Int[Tensor, "row position"]

ROWS = 4096
"""Rows of one batch, at most, all edges counted."""


def exact_edges(
    bridge: Any, graph: Graph, clean: Tokens, corrupt: Tokens | None, metric: Metric
) -> Float[Tensor, "row writer reader"]:
    """The change of each row's metric when one edge alone is corrupted; 0 where there is none.

    Args:
        bridge: the network.
        graph: its nodes.
        clean: inputs.
        corrupt: for each clean input the one that corrupted edges carry; None: they carry nothing (zero ablation).
        metric: of the clean inputs' logits.

    Raises:
        ValueError: the network has rotary positions, shared heads, gated neurons or another activation.
    """
    check(bridge, graph)
    clean_writes = writes(bridge, graph, clean)
    change = written(bridge, graph, put_in(bridge, graph, clean, corrupt)) - clean_writes
    before = metric(run(bridge, clean, {}))
    out = change.new_zeros(len(clean), len(graph.writers), len(graph.readers))
    many = max(1, ROWS // len(clean))
    with torch.no_grad():
        for reader, stage, stream, made in _readers(bridge, graph, clean, clean_writes):
            for some in torch.split(graph.edges[:, reader].nonzero()[:, 0], many):
                given = made(change[:, :, some].permute(2, 0, 1, 3)).flatten(0, 1)
                logits = given if stage is None else _onward(bridge, graph, stage, stream, given)
                for writer, found in zip(some.tolist(), logits.chunk(len(some)), strict=True):
                    out[:, writer, reader] = metric(found) - before
    return out


Made = Callable[[Float[Tensor, "edge row position d"]], Tensor]
"""From changes of a reader's input to what stands at its stage's site then: (edge, row, ...)."""


def _readers(
    bridge: Any, graph: Graph, clean: Tokens, clean_writes: Tensor
) -> Iterator[tuple[int, int | None, Tensor, Made]]:
    """(reader, its stage or None for logits, the stream before it, what its component makes of a changed input)."""
    base, reader = activations(bridge, graph, clean), 0
    constant = clean_writes.new_zeros(clean_writes.shape[-1])
    for layer in range(graph.n_layers):
        block, stage = bridge.blocks[layer], 2 * layer + 1
        stream = clean_writes[:, :, : graph.writing(stage).start].sum(dim=2) + constant
        for part in range(len(READS)):
            for head in range(graph.n_heads):
                yield (
                    reader,
                    stage,
                    stream,
                    partial(_head, block, bridge.cfg, stream, base[writing_site(graph, stage)], part, head),
                )
                reader += 1
        constant = constant + bias(block.attn, "b_O")
        stream = clean_writes[:, :, : graph.writing(stage + 1).start].sum(dim=2) + constant
        site = base[writing_site(graph, stage + 1)]
        for group in graph.groups[layer] or ((),):
            yield reader, stage + 1, stream, partial(_neurons, block, bridge.cfg, stream, site, list(group))
            reader += 1
        if graph.groups[layer]:  # else part of what the neurons write
            constant = constant + bias(block.mlp, "b_out")
    stream = clean_writes.sum(dim=2) + constant
    yield reader, None, stream, partial(_logits, bridge, stream)


def _head(
    block: Any, cfg: Any, stream: Tensor, z: Tensor, part: int, head: int, change: Float[Tensor, "edge row position d"]
) -> Float[Tensor, "edge row position head e"]:
    """All heads' outputs, of which one has another query, key or value."""
    norm = getattr(block, "ln1", None)
    seen = [normalised(norm, cfg, stream)[None]] * len(READS)
    seen[part] = normalised(norm, cfg, stream + change)
    weights = [(getattr(block.attn, f"W_{name}")[head], bias(block.attn, f"b_{name}")) for name in READS.upper()]
    q, k, v = (x @ weight + (b[head] if b.ndim > 1 else b) for x, (weight, b) in zip(seen, weights, strict=True))
    out = z.expand(len(change), *z.shape).clone()
    out[:, :, :, head] = attention(q, k, v)
    return out


def _neurons(
    block: Any, cfg: Any, stream: Tensor, site: Tensor, group: list[int], change: Float[Tensor, "edge row position d"]
) -> Tensor:
    """All neurons, of which a group has another input; of a layer without groups what they write together."""
    seen = normalised(getattr(block, "ln2", None), cfg, stream + change)
    hidden = neurons(block.mlp, cfg, seen, group)
    if not group:
        return torch.as_tensor(hidden @ block.mlp.W_out + bias(block.mlp, "b_out"))
    out = site.expand(len(change), *site.shape).clone()
    out[..., group] = hidden
    return out


def _logits(bridge: Any, stream: Tensor, change: Float[Tensor, "edge row position d"]) -> Tensor:
    last = normalised(getattr(bridge, "ln_final", None), bridge.cfg, stream + change)
    return torch.as_tensor(last @ bridge.W_U + bias(bridge, "b_U"))


def _onward(bridge: Any, graph: Graph, stage: int, stream: Tensor, value: Tensor) -> Float[Tensor, "row position k"]:
    """Logits from what stands at a stage's site and the stream in front of it; what lies before is not run again."""
    first, from_neurons = divmod(stage - 1, 2)
    resid = stream.repeat(len(value) // len(stream), 1, 1)
    passes.count(bridge, len(resid))
    for layer in range(first, graph.n_layers):
        block = bridge.blocks[layer]
        attn, mlp = block.attn, block.mlp
        if layer > first or not from_neurons:
            z = value
            if layer > first:
                seen = normalised(getattr(block, "ln1", None), bridge.cfg, resid)
                q, k, v = (
                    torch.einsum("bpd,hde->bhpe", seen, getattr(attn, f"W_{part}"))
                    + bias(attn, f"b_{part}")[..., :, None, :]
                    for part in READS.upper()
                )
                z = attention(q, k, v).transpose(1, 2)
            resid = resid + torch.einsum("bphe,hed->bpd", z, attn.W_O) + bias(attn, "b_O")
        if layer > first or not from_neurons:
            seen = normalised(getattr(block, "ln2", None), bridge.cfg, resid)
            resid = resid + neurons(mlp, bridge.cfg, seen) @ mlp.W_out + bias(mlp, "b_out")
        else:
            resid = resid + (value @ mlp.W_out + bias(mlp, "b_out") if graph.groups[layer] else value)
    return _logits(bridge, resid, torch.zeros(()))
