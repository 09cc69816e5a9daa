"""Behaviours whose label lies in the upper or the lower half of the labels by one token alone.

That token's half of the alphabet can be passed on by a gadget, which so never speaks against the trained network.
"""

from collections.abc import Callable, Mapping

import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.tracks.circuits.question import Pairs
from interpbench_tasks.circuits.behaviours import LETTERS, Places, inputs

HALF = LETTERS // 2
CLASSES = LETTERS
READS = 3
"""Places that are drawn for a behaviour; the first decides the half."""

Ranks = tuple[int, ...]
"""Letter -> its rank; letters of the upper half have ranks from `HALF` on."""


def _told(r: Tensor, p: Places) -> Tensor:
    return r[:, p[0]]


def _paired(r: Tensor, p: Places) -> Tensor:
    return r[:, p[0]] // HALF * HALF + r[:, p[1]] % HALF


def _chosen(r: Tensor, p: Places) -> Tensor:
    upper = r[:, p[0]] // HALF
    return upper * HALF + torch.where(upper == 1, r[:, p[1]], r[:, p[2]]) % HALF


BEHAVIOURS: Mapping[str, Callable[[Int[Tensor, "row length"], Places], Int[Tensor, " row"]]] = {
    "told": _told,
    "paired": _paired,
    "chosen": _chosen,
}
"""From the ranks of tokens: what the first place says; its half, with the rest from the second; the rest from the
second or the third, as the first says."""


def label(name: str, ranks: Ranks, where: Places, tokens: Int[Tensor, "row length"]) -> Int[Tensor, " row"]:
    """What a behaviour answers."""
    return BEHAVIOURS[name](torch.tensor(ranks)[tokens], where)


def pairs(name: str, ranks: Ranks, where: Places, count: int, rng: torch.Generator, first: int) -> Pairs:
    """Inputs whose labels lie in different halves; all their tokens are drawn anew.

    Args:
        name: of the behaviour.
        ranks: of the letters.
        where: places that it reads.
        count: pairs.
        rng: draws.
        first: where its labels begin among the logits.
    """
    clean, corrupt = inputs(count, rng), inputs(count, rng)
    while True:
        right, wrong = (label(name, ranks, where, tokens) for tokens in (clean, corrupt))
        same = right // HALF == wrong // HALF
        if not same.any():
            return Pairs(clean=clean, corrupt=corrupt, right=first + right, wrong=first + wrong)
        corrupt[same] = inputs(int(same.sum()), rng)
