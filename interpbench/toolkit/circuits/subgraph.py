"""A network of which only some edges carry what the input says, and all others what a corrupt input says.

Hooks cannot do that: each reader has a stream of its own here. So the forward pass is written out once more
(`stages`), and many subgraphs run in one batch: beside one that was run before, and of that only what their other edges
change.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from interpbench.toolkit.circuits import passes
from interpbench.toolkit.circuits.beside import Ran, live, steps
from interpbench.toolkit.circuits.graph import Graph
from interpbench.toolkit.circuits.plain import check
from interpbench.toolkit.circuits.sites import written
from interpbench.toolkit.circuits.stages import Stages
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
        stages: what it does.
        clean: what every writer adds on clean inputs.
        corrupt: the same on corrupt ones.
        metric: of the logits.
    """

    bridge: Any
    graph: Graph
    stages: Stages
    clean: Float[Tensor, "writer row position d"]
    corrupt: Float[Tensor, "writer row position d"]
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
        with torch.no_grad():
            here, instead = activations(bridge, graph, clean), put_in(bridge, graph, clean, corrupt)
            return cls(
                bridge=bridge,
                graph=graph,
                stages=Stages.of(bridge, graph),
                clean=written(bridge, graph, here).permute(2, 0, 1, 3).contiguous(),
                corrupt=written(bridge, graph, instead).permute(2, 0, 1, 3).contiguous(),
                metric=metric,
            )

    @cached_property
    def whole(self) -> Ran:
        """The network itself, with all edges kept: every reader of a stage sees the same."""
        stream, seen = self.clean[0], []
        for stage in range(1, 2 * self.graph.n_layers + 2):
            here, before = self.graph.reading(stage), self.graph.writing(stage - 1)
            if stage > 1:
                stream = stream + self.clean[before].sum(dim=0) + self._constant(stage - 1)
            seen.append(stream.expand(here.stop - here.start, *stream.shape))
        return Ran(keep=everything(self.graph), change=self.clean - self.corrupt, seen=torch.cat(seen))

    @cached_property
    def empty(self) -> Ran:
        """The network without any edge."""
        return self.ran(torch.zeros_like(self.graph.edges))

    @cached_property
    def ends(self) -> tuple[float, float]:
        """The mean metric without any edge, and with all."""
        low, high = (float(self.values(ran.keep[None], ran).mean()) for ran in (self.empty, self.whole))
        return low, high

    def ran(self, keep: Bool[Tensor, "writer reader"]) -> Ran:
        """A subgraph, to run others beside that have nearly the same edges."""
        passes.count(self.bridge, self.clean.shape[1])
        with torch.no_grad():
            change, seen = self.whole.change.clone(), self.whole.seen.clone()
            every = torch.ones(len(change), dtype=torch.bool)
            for step in steps(self.graph, self.stages, self.corrupt, keep[None], self.whole, every):
                seen[step.readers] = step.seen[0]
                change[step.writers] = step.change[0]
            return Ran(keep=keep, change=change, seen=seen)

    def values(self, keep: Keep, beside: Ran | None = None) -> Float[Tensor, "subgraph row"]:
        """The metric of each row in each subgraph.

        Args:
            keep: edges.
            beside: a subgraph that was run; the fewer edges differ from its own, the less is computed. None: the whole
                network.
        """
        many = max(1, ROWS // self.clean.shape[1])
        logits = [one for part in torch.split(keep, many) for one in self.logits(part, beside)]
        with torch.no_grad():
            return torch.stack([self.metric(one) for one in logits])

    def logits(self, keep: Keep, beside: Ran | None = None) -> Float[Tensor, "subgraph row position k"]:
        """Logits of every subgraph, without gradient."""
        passes.count(self.bridge, len(keep) * self.clean.shape[1])
        near = self.whole if beside is None else beside
        with torch.no_grad():
            wanted = live(self.graph, keep.any(dim=0))
            *_, last = steps(self.graph, self.stages, self.corrupt, keep, near, wanted)
            return self.stages.logits(last.seen[:, 0])

    def _constant(self, stage: int) -> Tensor:
        layer, neurons = divmod(stage - 1, 2)
        return (self.stages.neurons if neurons else self.stages.heads)[layer].constant


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
