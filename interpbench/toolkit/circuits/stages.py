"""A bridge's stages as plain functions of what each reader sees, with all weights taken out of it once.

Components come before rows, so that any of a stage's heads or groups run together, and the others not at all. For
norms before each part, learned or no positions, and neurons without gates.
"""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from interpbench.toolkit.circuits.graph import READS, Graph
from interpbench.toolkit.circuits.plain import ACTIVATIONS, attention, bias, normalised


@dataclass(frozen=True, kw_only=True, eq=False)
class Norm:
    """What lies between the stream and a stage's readers."""

    module: Any
    cfg: Any

    def __call__(self, stream: Float[Tensor, "*rows d"]) -> Float[Tensor, "*rows d"]:
        """The stream as readers see it."""
        return normalised(self.module, self.cfg, stream)


@dataclass(frozen=True, kw_only=True, eq=False)
class Heads:
    """One layer's attention.

    Attributes:
        norm: before it.
        reading: weights of queries, keys and values, (part, head, d, e).
        offset: their biases, (part, head, 1, 1, e).
        writing: (head, e, d).
        constant: what the layer adds besides, which is nobody's.
    """

    norm: Norm
    reading: Float[Tensor, "part head d e"]
    offset: Float[Tensor, "part head 1 1 e"]
    writing: Float[Tensor, "head e d"]
    constant: Float[Tensor, " d"]

    @classmethod
    def of(cls, bridge: Any, layer: int) -> "Heads":
        """From a bridge."""
        block = bridge.blocks[layer]
        attn = block.attn
        reading = torch.stack([getattr(attn, f"W_{part}") for part in READS.upper()])
        offset = [bias(attn, f"b_{part}").expand(reading[0, :, 0].shape) for part in READS.upper()]
        return cls(
            norm=Norm(module=getattr(block, "ln1", None), cfg=bridge.cfg),
            reading=reading,
            offset=torch.stack(offset)[:, :, None, None],
            writing=attn.W_O,
            constant=bias(attn, "b_O"),
        )

    def read(
        self, part: int, heads: list[int], seen: Float[Tensor, "*copy head row position d"]
    ) -> Float[Tensor, "*copy head row position e"]:
        """Queries (0), keys (1) or values (2) of some heads."""
        weight, offset = self.reading[part, heads], self.offset[part, heads]
        return torch.einsum("...hbpd,hde->...hbpe", self.norm(seen), weight) + offset

    def write(
        self,
        heads: list[int],
        q: Float[Tensor, "*copy head row position e"],
        k: Float[Tensor, "*copy head row position e"],
        v: Float[Tensor, "*copy head row position e"],
    ) -> Float[Tensor, "*copy head row position d"]:
        """What some heads add to the stream."""
        return torch.einsum("...hbpe,hed->...hbpd", attention(q, k, v), self.writing[heads])


@dataclass(frozen=True, kw_only=True, eq=False)
class Neurons:
    """One layer's groups of neurons, filled up with zeros to the size of the largest; of a layer without groups one.

    Attributes:
        norm: before them.
        activation: of a neuron.
        reading: (group, d, neuron).
        offset: (group, 1, 1, neuron).
        writing: (group, neuron, d).
        own: what each writes besides; zero where there are groups.
        constant: what the layer adds besides, which is nobody's; zero where there are no groups.
    """

    norm: Norm
    activation: str
    reading: Float[Tensor, "group d neuron"]
    offset: Float[Tensor, "group 1 1 neuron"]
    writing: Float[Tensor, "group neuron d"]
    own: Float[Tensor, " d"]
    constant: Float[Tensor, " d"]

    @classmethod
    def of(cls, bridge: Any, graph: Graph, layer: int) -> "Neurons":
        """From a bridge and its graph."""
        block = bridge.blocks[layer]
        mlp, constant = block.mlp, bias(block.mlp, "b_out")
        into, out, offset = mlp.W_in, mlp.W_out, bias(mlp, "b_in").expand(mlp.W_in.shape[1])
        groups = [list(group) for group in graph.groups[layer]] or [list(range(into.shape[1]))]
        widest = max(map(len, groups))
        reading = into.new_zeros(len(groups), len(into), widest)
        biases = into.new_zeros(len(groups), 1, 1, widest)
        writing = into.new_zeros(len(groups), widest, out.shape[1])
        for place, group in enumerate(groups):
            reading[place, :, : len(group)] = into[:, group]
            biases[place, ..., : len(group)] = offset[group]
            writing[place, : len(group)] = out[group]
        grouped, nothing = bool(graph.groups[layer]), torch.zeros_like(constant)
        return cls(
            norm=Norm(module=getattr(block, "ln2", None), cfg=bridge.cfg),
            activation=str(bridge.cfg.act_fn),
            reading=reading,
            offset=biases,
            writing=writing,
            own=nothing if grouped else constant,
            constant=constant if grouped else nothing,
        )

    def write(
        self, groups: list[int], seen: Float[Tensor, "*copy group row position d"]
    ) -> Float[Tensor, "*copy group row position d"]:
        """What some groups add to the stream."""
        hidden = torch.einsum("...gbpd,gdm->...gbpm", self.norm(seen), self.reading[groups]) + self.offset[groups]
        active = ACTIVATIONS[self.activation](hidden)
        return torch.einsum("...gbpm,gmd->...gbpd", active, self.writing[groups]) + self.own


@dataclass(frozen=True, kw_only=True, eq=False)
class Logits:
    """The end of a network: (d, k) and what is added.

    Attributes:
        norm: before it.
        reading: (d, k).
        offset: of every logit.
    """

    norm: Norm
    reading: Float[Tensor, "d k"]
    offset: Float[Tensor, " k"]

    @classmethod
    def of(cls, bridge: Any) -> "Logits":
        """From a bridge."""
        norm = Norm(module=getattr(bridge, "ln_final", None), cfg=bridge.cfg)
        return cls(norm=norm, reading=bridge.W_U, offset=bias(bridge, "b_U"))

    def __call__(self, seen: Float[Tensor, "*rows d"]) -> Float[Tensor, "*rows k"]:
        """From the stream."""
        return torch.as_tensor(self.norm(seen) @ self.reading + self.offset)


@dataclass(frozen=True, kw_only=True, eq=False)
class Stages:
    """All of a network behind its embedding.

    Attributes:
        heads, neurons: of every layer.
        logits: the end.
    """

    heads: tuple[Heads, ...]
    neurons: tuple[Neurons, ...]
    logits: Logits

    @classmethod
    def of(cls, bridge: Any, graph: Graph) -> "Stages":
        """From a bridge that passes `plain.check`, without gradient."""
        with torch.no_grad():
            layers = range(graph.n_layers)
            return cls(
                heads=tuple(Heads.of(bridge, layer) for layer in layers),
                neurons=tuple(Neurons.of(bridge, graph, layer) for layer in layers),
                logits=Logits.of(bridge),
            )
