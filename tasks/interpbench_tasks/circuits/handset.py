"""Transformers whose weights are set by hand: what each head and neuron reads and writes is said by directions' names.

What is not said is filled at random without any effect, so that neither the norms nor the ranks of what was set stand
out: everybody reads from directions that nobody writes into, and writes into directions that nobody reads.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.disguise import random_rotation
from interpbench.tracks.circuits.family import Subject

Vector = Mapping[str, float]
"""Direction of the stream -> weight."""

IN_HEAD, OUT_HEAD = 3.2, 3.0
"""Norms of what a head reads with (queries, keys and values, each) and writes with, as small networks learn them."""
IN_NEURON, OUT_NEURON = 1.05, 0.8
"""The same of one neuron."""
SPREAD = 0.1
"""How far, as a share, single norms lie from these."""


@dataclass(frozen=True, kw_only=True)
class Head:
    """What one head does.

    Attributes:
        looks: (read at the query, read at the key), whose products are added up; scores before they are scaled.
        moves: (read at the key, written at the query).
    """

    looks: Sequence[tuple[Vector, Vector]]
    moves: Sequence[tuple[Vector, Vector]]


@dataclass(frozen=True, kw_only=True)
class Neuron:
    """relu(reads + bias), written."""

    reads: Vector
    bias: float
    writes: Vector


Group = tuple[Neuron, ...]


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """A network as it is thought of.

    Attributes:
        positions: places at which it is asked.
        d_head: width of a head.
        tokens: what each letter writes.
        places: what each position writes.
        heads: layer -> heads, as many in each.
        groups: layer -> groups of neurons.
        constants: layer -> what is added behind its neurons, whatever the input.
        answers: what each logit reads.
        size: neurons of a group; few are told apart into copies that share what they write.
    """

    positions: tuple[int, ...]
    d_head: int
    tokens: Sequence[Vector]
    places: Sequence[Vector]
    heads: Sequence[Sequence[Head]]
    groups: Sequence[Sequence[Group]]
    constants: Sequence[Vector]
    answers: Sequence[Vector]
    size: int

    @cached_property
    def config(self) -> TransformerConfig:
        """Its architecture."""
        return TransformerConfig(
            vocabulary=len(self.tokens),
            length=len(self.places),
            positions=self.positions,
            classes=len(self.answers),
            n_layers=len(self.heads),
            d_model=self.d_head * len(self.heads[0]),
            n_heads=len(self.heads[0]),
            d_mlp=self.size * len(self.groups[0]),
        )

    def _vectors(self) -> Iterator[Vector]:
        yield from (*self.tokens, *self.places, *self.constants, *self.answers)
        for layer in self.heads:
            for head in layer:
                yield from (one for pair in (*head.looks, *head.moves) for one in pair)
        for some in self.groups:
            yield from (one for group in some for neuron in group for one in (neuron.reads, neuron.writes))

    @cached_property
    def directions(self) -> Mapping[str, int]:
        """Place of every named direction.

        Raises:
            ValueError: there are more than the stream has.
        """
        names = list(dict.fromkeys(name for vector in self._vectors() for name in vector))
        if len(names) + 2 > self.config.d_model:
            raise ValueError(f"{len(names)} directions and 2 for what has no effect, {self.config.d_model} are there")
        return {name: place for place, name in enumerate(names)}

    def vector(self, weights: Vector) -> Float[Tensor, " d"]:
        """In the stream."""
        out = torch.zeros(self.config.d_model, dtype=torch.float64)
        for name, weight in weights.items():
            out[self.directions[name]] += weight
        return out


def handset(sketch: Sketch, rng: np.random.Generator) -> Subject:
    """The network that a sketch describes, with all that is not said filled.

    Args:
        sketch: what it does.
        rng: draws what has no effect, and what can be scaled one way or the other.
    """
    return _Setting(sketch, rng).subject()


class _Setting:
    """Weights of a sketch, matrix by matrix."""

    def __init__(self, sketch: Sketch, rng: np.random.Generator) -> None:
        self.sketch, self.rng = sketch, rng
        free = list(range(len(sketch.directions), sketch.config.d_model))
        self.shown = {name for vector in (*sketch.tokens, *sketch.places) for name in vector}
        """Directions of the input, which are the first."""
        self.silent, self.deaf = free[: len(free) // 2], free[len(free) // 2 :]
        """Directions that nobody writes into, and that nobody reads."""

    def subject(self) -> Subject:
        sketch, config = self.sketch, self.sketch.config
        params = {
            "tok_embed.weight": self._stack(sketch.tokens),
            "pos.weight": self._stack(sketch.places),
            "head.weight": self._stack(sketch.answers),
        }
        for layer, (heads, groups) in enumerate(zip(sketch.heads, sketch.groups, strict=True)):
            block = f"layers.{layer}"
            made = [self._head(head) for head in heads]
            for place, part in enumerate("qkv"):
                params[f"{block}.attn.{part}.weight"] = torch.cat([one[place] for one in made])
                params[f"{block}.attn.{part}.bias"] = torch.zeros(config.d_model, dtype=torch.float64)
            params[f"{block}.attn.o.weight"] = torch.cat([one[3] for one in made], dim=1)
            params[f"{block}.attn.o.bias"] = torch.zeros(config.d_model, dtype=torch.float64)
            neurons = [self._neuron(one) for group in groups for one in self._filled(group)]
            params[f"{block}.mlp.fc_in.weight"] = torch.stack([one[0] for one in neurons])
            params[f"{block}.mlp.fc_in.bias"] = torch.tensor([one[1] for one in neurons], dtype=torch.float64)
            params[f"{block}.mlp.fc_out.weight"] = torch.stack([one[2] for one in neurons], dim=1)
            params[f"{block}.mlp.fc_out.bias"] = sketch.vector(sketch.constants[layer])
        size = sketch.size
        layers = tuple(
            tuple(tuple(range(size * group, size * (group + 1))) for group in range(len(groups)))
            for groups in sketch.groups
        )
        return Subject(config=config, params={name: value.float() for name, value in params.items()}, groups=layers)

    def _stack(self, vectors: Sequence[Vector]) -> Tensor:
        return torch.stack([self.sketch.vector(one) for one in vectors])

    def _head(self, head: Head) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Queries, keys, values (dimension of the head, d), and what is written (d, dimension of the head)."""
        wide = self.sketch.d_head
        q, k = (self._rows([pair[side] for pair in head.looks]) for side in range(2))
        v, o = (self._rows([pair[side] for pair in head.moves]) for side in range(2))
        q, k = _evened(q * wide**0.25, k * wide**0.25)  # scores are divided by the root of the width
        v, o = _evened(v, o, IN_HEAD / OUT_HEAD)
        idle = torch.zeros(wide, dtype=torch.bool)
        idle[len(head.moves) :] = True
        # values that reach no direction anybody reads may be of what is really there; only of the input, since what is
        # not to come through cancels in the head's mixed dimensions to rounding alone
        v[idle] = 0.3 * self._normal(int(idle.sum()), len(self.shown), wide=self.sketch.config.d_model)
        looked, moved = (random_rotation(wide, self.rng) for _ in range(2))
        q, k, v = (
            looked @ self._noised(q, self.silent, IN_HEAD),
            looked @ self._noised(k, self.silent, IN_HEAD),
            moved @ self._noised(v, self.silent, IN_HEAD),
        )
        return q, k, v, (moved @ self._noised(o, self.deaf, OUT_HEAD)).T

    def _rows(self, vectors: Sequence[Vector]) -> Tensor:
        out = torch.zeros(self.sketch.d_head, self.sketch.config.d_model, dtype=torch.float64)
        for row, vector in enumerate(vectors):
            out[row] = self.sketch.vector(vector)
        return out

    def _filled(self, group: Group) -> list[Neuron]:
        """As many neurons as a group has: copies of few, with shares of what each of them writes.

        Raises:
            ValueError: there are too many.
        """
        if len(group) > self.sketch.size:
            raise ValueError(f"a group of {len(group)} neurons, {self.sketch.size} are wanted")
        copies = [0] * len(group)
        for place in range(self.sketch.size):
            copies[place % len(group)] += 1
        out = []
        for neuron, count in zip(group, copies, strict=True):
            shares = self.rng.dirichlet([20.0] * count)
            out += [
                Neuron(
                    reads=neuron.reads,
                    bias=neuron.bias,
                    writes={name: float(share) * weight for name, weight in neuron.writes.items()},
                )
                for share in shares
            ]
        return out

    def _neuron(self, neuron: Neuron) -> tuple[Tensor, float, Tensor]:
        reads, writes = self.sketch.vector(neuron.reads), self.sketch.vector(neuron.writes)
        # a ReLU passes a positive factor on
        shape = sqrt(float(writes.norm() / reads.norm()) * IN_NEURON / OUT_NEURON)
        factor = shape if writes.any() else IN_NEURON / float(reads.norm())
        reads = self._noised(reads[None] * factor, self.silent, IN_NEURON)[0]
        return reads, neuron.bias * factor, self._noised(writes[None] / factor, self.deaf, OUT_NEURON)[0]

    def _noised(self, rows: Tensor, among: Sequence[int], wanted: float) -> Tensor:
        """With weights on directions without effect, so that the norm is about as wanted."""
        noise = torch.zeros_like(rows)
        noise[:, list(among)] = self._normal(len(rows), len(among))
        wanted *= 1 + SPREAD * float(self.rng.standard_normal())
        left = wanted**2 - float(rows.square().sum())
        return rows + noise / noise.norm() * sqrt(left) if left > 0 else rows

    def _normal(self, rows: int, columns: int, wide: int | None = None) -> Tensor:
        out = torch.zeros(rows, wide or columns, dtype=torch.float64)
        out[:, :columns] = torch.from_numpy(self.rng.standard_normal((rows, columns)))
        return out


def _evened(left: Tensor, right: Tensor, ratio: float = 1.0) -> tuple[Tensor, Tensor]:
    """The same product from factors whose norms stand in a ratio."""
    factor = sqrt(ratio * float(right.norm() / left.norm())) if left.any() and right.any() else 1.0
    return left * factor, right / factor
