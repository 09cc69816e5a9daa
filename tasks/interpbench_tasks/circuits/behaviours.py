"""Small functions of a token sequence that a network can be taught, each read from places of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.tracks.circuits.question import Pairs

LENGTH, LETTERS = 8, 8
"""Tokens of an input, and how many there are."""

Places = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What is to be answered.

    Attributes:
        classes: labels that there are.
        reads: how many places it reads.
        label: inputs, places -> labels.
    """

    classes: int
    reads: int
    label: Callable[[Int[Tensor, "row length"], Places], Int[Tensor, " row"]]


def _pointed(x: Tensor, p: Places) -> Tensor:
    """The token at one of four places, which a token names."""
    places = torch.tensor(p[1:])[x[:, p[0]] % 4]
    return x.gather(1, places[:, None])[:, 0]


BEHAVIOURS: Mapping[str, Behaviour] = {
    "copy": Behaviour(classes=LETTERS, reads=1, label=lambda x, p: x[:, p[0]]),
    "sum": Behaviour(classes=4, reads=2, label=lambda x, p: (x[:, p[0]] + x[:, p[1]]) % 4),
    "greater": Behaviour(classes=2, reads=2, label=lambda x, p: (x[:, p[0]] > x[:, p[1]]).long()),
    "equal": Behaviour(classes=2, reads=2, label=lambda x, p: (x[:, p[0]] % 4 == x[:, p[1]] % 4).long()),
    "largest": Behaviour(classes=LETTERS, reads=3, label=lambda x, p: x[:, list(p)].max(dim=1).values),
    "pointed": Behaviour(classes=LETTERS, reads=5, label=_pointed),
}
"""By name, in the order in which networks are taught them."""


def places(name: str, rng: np.random.Generator) -> Places:
    """Places that a behaviour reads, drawn: those of a fixed one would be told by how far from the end they are."""
    return tuple(rng.permutation(LENGTH)[: BEHAVIOURS[name].reads].tolist())


def inputs(count: int, rng: torch.Generator) -> Int[Tensor, "row length"]:
    """Drawn uniformly."""
    return torch.randint(LETTERS, (count, LENGTH), generator=rng)


def pairs(name: str, where: Places, count: int, rng: torch.Generator, first: int = 0) -> Pairs:
    """Inputs that differ in what a behaviour says of them; all their tokens are drawn anew.

    Args:
        name: of the behaviour.
        where: places that it reads.
        count: pairs.
        rng: draws.
        first: where its labels begin among the logits.
    """
    behaviour, clean, corrupt = BEHAVIOURS[name], inputs(count, rng), inputs(count, rng)
    while True:
        same = behaviour.label(clean, where) == behaviour.label(corrupt, where)
        if not same.any():
            break
        corrupt[same] = inputs(int(same.sum()), rng)
    right, wrong = (first + behaviour.label(tokens, where) for tokens in (clean, corrupt))
    return Pairs(clean=clean, corrupt=corrupt, right=right, wrong=wrong)
