"""The graph of a transformer's residual stream: who writes into it, who reads from it, and who can read whom.

Writers are the embedding, the heads, and groups of neurons; readers are the queries, keys and values of the heads,
groups of neurons, and the logits (Elhage et al. 2021, "A mathematical framework for transformer circuits"). A writer
reaches every reader of a later stage, for the stream only adds.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Bool
from torch import Tensor

READS = "qkv"


@dataclass(frozen=True)
class Node:
    """A writer or a reader.

    Attributes:
        name: `embed`, `a<layer>.<head>`, `m<layer>` or `m<layer>.<group>`, `logits`; of attention's readers with `.q`,
            `.k` or `.v` behind.
        stage: 0 for the embedding, then two a layer (attention, neurons), then the logits.
    """

    name: str
    stage: int


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Which components count as nodes.

    Attributes:
        n_layers: blocks, each attention and then neurons.
        n_heads: query heads a layer.
        n_key_heads: heads of keys and values a layer, fewer where queries share them.
        groups: layer -> groups of its neurons; a layer without any has all its neurons in one, also if they are gated.
    """

    n_layers: int
    n_heads: int
    n_key_heads: int
    groups: tuple[tuple[tuple[int, ...], ...], ...]

    @classmethod
    def of(cls, bridge: Any, groups: Sequence[Sequence[Sequence[int]]] | None = None) -> "Graph":
        """The graph of a `TransformerBridge`.

        Args:
            bridge: the network.
            groups: layer -> groups of neurons; None takes each layer's neurons as one.
        """
        layers = int(bridge.cfg.n_layers)
        given = [()] * layers if groups is None else groups
        return cls(
            n_layers=layers,
            n_heads=int(bridge.cfg.n_heads),
            n_key_heads=int(getattr(bridge.cfg, "n_key_value_heads", None) or bridge.cfg.n_heads),
            groups=tuple(tuple(tuple(group) for group in layer) for layer in given),
        )

    @cached_property
    def writers(self) -> tuple[Node, ...]:
        """In order of computation."""
        out = [Node("embed", 0)]
        for layer in range(self.n_layers):
            out += [Node(f"a{layer}.{head}", 2 * layer + 1) for head in range(self.n_heads)]
            out += self._neurons(layer)
        return tuple(out)

    @cached_property
    def readers(self) -> tuple[Node, ...]:
        """In order of computation; of a layer's attention first all queries, then keys, then values."""
        out: list[Node] = []
        for layer in range(self.n_layers):
            for part in READS:
                heads = self.n_heads if part == "q" else self.n_key_heads
                out += [Node(f"a{layer}.{head}.{part}", 2 * layer + 1) for head in range(heads)]
            out += self._neurons(layer)
        return (*out, Node("logits", 2 * self.n_layers + 1))

    @cached_property
    def edges(self) -> Bool[Tensor, "writer reader"]:
        """True where the writer comes before the reader."""
        writes = torch.tensor([node.stage for node in self.writers])
        reads = torch.tensor([node.stage for node in self.readers])
        return writes[:, None] < reads[None]

    @cached_property
    def owners(self) -> tuple[int | None, ...]:
        """For each reader the place of the writer that it is part of; None for the logits.

        Raises:
            ValueError: heads share keys and values, which then have no one owner.
        """
        places = {node.name: place for place, node in enumerate(self.writers)}
        names = [re.sub(r"\.[qkv]$", "", node.name) for node in self.readers]
        if self.n_key_heads != self.n_heads:
            raise ValueError(
                f"{self.n_heads} heads share {self.n_key_heads} of keys and values: these have no one owner"
            )
        return tuple(places.get(name) for name in names)

    def writing(self, stage: int) -> slice:
        """Places of a stage's writers."""
        return self._writing[stage]

    def reading(self, stage: int) -> slice:
        """Places of a stage's readers."""
        return self._reading[stage]

    @cached_property
    def _writing(self) -> dict[int, slice]:
        return _places(self.writers)

    @cached_property
    def _reading(self) -> dict[int, slice]:
        return _places(self.readers)

    def _neurons(self, layer: int) -> list[Node]:
        count, stage = len(self.groups[layer]), 2 * layer + 2
        return [Node(f"m{layer}.{group}", stage) for group in range(count)] if count else [Node(f"m{layer}", stage)]


def _places(nodes: Sequence[Node]) -> dict[int, slice]:
    """Stage -> where its nodes are, which follow each other."""
    stages = [node.stage for node in nodes]
    return {stage: slice(stages.index(stage), stages.index(stage) + stages.count(stage)) for stage in set(stages)}
