"""A network of which only some edges carry what the input says, and all others what a corrupt input says.

Hooks cannot do that: each reader has a stream of its own here. So the forward pass is written out once more, for norms
before each part, learned or no positions, and neurons without gates; many subgraphs run in one batch.
"""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from interpbench.toolkit.circuits import passes
from interpbench.toolkit.circuits.graph import READS, Graph
from interpbench.toolkit.circuits.plain import attention, bias, check, neurons, normalised
from interpbench.toolkit.circuits.sites import EMBEDDED, written
from interpbench.toolkit.circuits.trace import Metric, activations, put_in

Keep = Bool[Tensor, "subgraph writer reader"]
ROWS = 1024
"""Rows of one batch, at most, all subgraphs counted."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Subgraphs:
    """A network with its clean and corrupt inputs, ready to be run with any edges kept.

    Attributes:
        bridge: the network.
        graph: its nodes.
        clean: embedded clean inputs, (row, position, d).
        corrupt: what every writer adds on corrupt inputs.
        whole: the same on clean ones.
        metric: of the logits.
    """

    bridge: Any
    graph: Graph
    clean: Float[Tensor, "row position d"]
    corrupt: Float[Tensor, "row position writer d"]
    whole: Float[Tensor, "row position writer d"]
    metric: Metric

    @classmethod
    def of(
        cls,
        bridge: Any,
        graph: Graph,
        clean: Int[Tensor, "row position"],
        corrupt: Int[Tensor, "row position"] | None,
        metric: Metric,
    ) -> "Subgraphs":
        """From tokens.

        Raises:
            ValueError: the network has rotary positions, shared heads, gated neurons or another activation.
        """
        check(bridge, graph)
        here = activations(bridge, graph, clean)
        return cls(
            bridge=bridge,
            graph=graph,
            clean=here[EMBEDDED],
            whole=written(bridge, graph, here),
            corrupt=written(bridge, graph, put_in(bridge, graph, clean, corrupt)),
            metric=metric,
        )

    def values(self, keep: Keep, since: int = 0) -> Float[Tensor, "subgraph row"]:
        """The metric of each row in each subgraph.

        Args:
            keep: edges.
            since: a stage before which every subgraph keeps all edges; nothing before it is computed again.
        """
        many = max(1, ROWS // len(self.clean))
        with torch.no_grad():
            logits = [one for part in torch.split(keep, many) for one in self.logits(part, since)]
            return torch.stack([self.metric(one) for one in logits])

    def logits(self, keep: Keep, since: int = 0) -> Float[Tensor, "subgraph row position k"]:
        """Logits of every subgraph, without gradient."""
        graph, bridge = self.graph, self.bridge
        passes.count(bridge, len(keep) * len(self.clean))
        with torch.no_grad():
            rows, length, width = self.clean.shape
            change = self.clean.new_zeros(len(keep), rows, length, len(graph.writers), width)
            change[:, :, :, 0] = self.clean - self.corrupt[:, :, 0]
            for stage in range(1, min(since, 2 * graph.n_layers + 1)):
                places = graph.writing(stage)
                change[:, :, :, places] = self.whole[:, :, places] - self.corrupt[:, :, places]
            constant = self.clean.new_zeros(width)
            for layer in range(graph.n_layers):
                block = bridge.blocks[layer]
                stage = 2 * layer + 1
                if stage >= since:
                    seen = self._seen(change, keep, stage, constant)  # (subgraph, row, position, reader, d)
                    seen = normalised(getattr(block, "ln1", None), bridge.cfg, seen)
                    places = graph.writing(stage)
                    change[:, :, :, places] = self._heads(block.attn, seen) - self.corrupt[:, :, places]
                constant = constant + bias(block.attn, "b_O")
                if stage + 1 >= since:
                    seen = self._seen(change, keep, stage + 1, constant)
                    seen = normalised(getattr(block, "ln2", None), bridge.cfg, seen)
                    places = graph.writing(stage + 1)
                    change[:, :, :, places] = self._neurons(layer, seen) - self.corrupt[:, :, places]
                if graph.groups[layer]:  # else part of what the neurons write
                    constant = constant + bias(block.mlp, "b_out")
            last = self._seen(change, keep, 2 * graph.n_layers + 1, constant)[:, :, :, 0]
            last = normalised(getattr(bridge, "ln_final", None), bridge.cfg, last)
            return torch.as_tensor(last @ bridge.W_U + bias(bridge, "b_U"))

    def _seen(self, change: Tensor, keep: Keep, stage: int, constant: Tensor) -> Tensor:
        """What the readers of a stage see: the corrupt stream, changed by what their kept edges carry."""
        before = self.graph.writing(stage - 1).stop if stage <= 2 * self.graph.n_layers else len(self.graph.writers)
        edges = keep[:, :before, self.graph.reading(stage)].to(change.dtype)
        corrupt = self.corrupt[:, :, :before].sum(dim=2) + constant
        return torch.einsum("sbpwd,swr->sbprd", change[:, :, :, :before], edges) + corrupt[:, :, None]

    def _heads(self, attn: Any, seen: Tensor) -> Tensor:
        q, k, v = (
            torch.einsum("sbphd,hde->sbhpe", own, getattr(attn, f"W_{part}")) + bias(attn, f"b_{part}")[..., :, None, :]
            for own, part in zip(torch.split(seen, self.graph.n_heads, dim=3), READS.upper(), strict=True)
        )
        z = attention(q, k, v)
        return torch.einsum("sbhpe,hed->sbphd", z, attn.W_O)

    def _neurons(self, layer: int, seen: Tensor) -> Tensor:
        """What each group writes."""
        mlp, groups = self.bridge.blocks[layer].mlp, self.graph.groups[layer]
        cfg = self.bridge.cfg
        if not groups:
            written = neurons(mlp, cfg, seen[:, :, :, 0]) @ mlp.W_out + bias(mlp, "b_out")
            return torch.as_tensor(written[:, :, :, None])
        out = [
            neurons(mlp, cfg, seen[:, :, :, place], group) @ mlp.W_out[list(group)]
            for place, group in enumerate(groups)
        ]
        return torch.stack(out, dim=3)


def everything(graph: Graph) -> Bool[Tensor, "writer reader"]:
    """All edges kept."""
    return graph.edges.clone()


def edge_effects(network: Subgraphs) -> Float[Tensor, "row writer reader"]:
    """The exact change of each row's metric when one edge alone is corrupted; 0 where there is none."""
    whole = everything(network.graph)
    edges = whole.nonzero()
    keep = whole.expand(len(edges), -1, -1).clone()
    keep[torch.arange(len(edges)), edges[:, 0], edges[:, 1]] = False
    change = network.values(keep) - network.values(whole[None])
    out = change.new_zeros(change.shape[1], *whole.shape)
    out[:, edges[:, 0], edges[:, 1]] = change.T
    return out
