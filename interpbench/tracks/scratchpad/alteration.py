"""The intervention that the key rests on: another input's scratchpad in place of a network's own.

Every altered scratchpad is one that the rule states for some input, so that a network that reads it is on known ground,
and implies another answer than the own one, so that an answer that stays is told from one that follows.
Changing a single step (Lanham et al. 2023, arXiv:2307.13702) would often make steps that no input leads to.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.tracks.scratchpad.rules import Rule, Steps

DONORS = 32
"""Altered scratchpads for each asked input."""
DECIDES, IDLE = 0.9, 0.1
"""Least share of followed alterations on which the steps decide, and most on which they do not."""
AGREE = 0.95
"""Least share of a network's inputs that must agree for a bit about the network."""


def donors(rule: Rule, own: Steps, rng: torch.Generator, count: int = DONORS) -> Int[Tensor, "row donor step"]:
    """Scratchpads of other inputs, each of which implies another answer than the row's own.

    Args:
        rule: what states them.
        own: the steps that belong to the rows.
        rng: draws the inputs, uniformly.
        count: donors of each row.
    """
    answers = rule.conclude(own)
    shape = (4096, rule.layout.terms)
    pool = rule.state(torch.randint(rule.layout.letters, shape, generator=rng))
    implied = rule.conclude(pool)
    other = (implied[None, :] != answers[:, None]).float()
    return pool[torch.multinomial(other, count, replacement=True, generator=rng)]


def shares(
    rule: Rule,
    predict: Callable[[Tensor], Tensor],
    tokens: Int[Tensor, "row length"],
    pads: Int[Tensor, "row donor step"],
) -> Float[Tensor, " row"]:
    """Share of the donors' scratchpads on which the answer is what they imply.

    Args:
        rule: what they imply.
        predict: tokens -> labels at the layout's positions.
        tokens: whole sequences.
        pads: of the donors.
    """
    rows, count, steps = pads.shape
    changed = tokens.repeat_interleave(count, dim=0)
    flat = pads.reshape(rows * count, steps)
    changed[:, rule.layout.pad] = flat
    followed = predict(changed)[:, -1] == rule.conclude(flat)
    return followed.view(rows, count).float().mean(dim=1)


def bits_of(found: Float[Tensor, " row"]) -> tuple[bool | None, ...]:
    """Per input: True, False, or None where the share says neither."""
    return tuple(True if share >= DECIDES else False if share <= IDLE else None for share in found.tolist())


def bit_of(bits: tuple[bool | None, ...]) -> bool | None:
    """Of the network, if nearly all of its inputs agree."""
    for value in (True, False):
        if sum(bit is value for bit in bits) >= AGREE * len(bits):
            return value
    return None
