"""Seven rules of different nature, each a running value and a function of three of its values.

Each is learnt by one layer both ways, from the steps and from the input; numbers of distinct letters were not, and are
left out.
"""

from collections.abc import Mapping

import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.tracks.scratchpad.layout import Layout
from interpbench.tracks.scratchpad.rules import Rule, running

Inputs = Int[Tensor, "row term"]


def latest(inputs: Inputs) -> Inputs:
    """The last letter so far that is 2 or more; 0 before there is one."""
    places = torch.where(inputs >= 2, torch.arange(inputs.shape[1]), -1).cummax(dim=1).values
    return torch.where(places >= 0, inputs.gather(1, places.clamp(min=0)), 0)


def second_largest(inputs: Inputs) -> Inputs:
    """Of the letters so far, equal ones counted as often as they stand; of the first letter alone, that letter."""
    ranked = [inputs[:, :end].sort(dim=1).values for end in range(1, inputs.shape[1] + 1)]
    return torch.stack([some[:, max(some.shape[1] - 2, 0)] for some in ranked], dim=1)


def exclusive_or(inputs: Inputs) -> Inputs:
    """Both bits of the letters, each added up without carry."""
    low, high = inputs % 2, inputs // 2
    return low.cumsum(dim=1) % 2 + 2 * (high.cumsum(dim=1) % 2)


FIRST: Mapping[str, Rule] = {
    "sums": running(
        Layout(letters=5, terms=5, steps=3, values=5),
        lambda x: x.cumsum(dim=1) % 5,
        lambda steps: (steps[:, 2] - steps[:, 0]) % 5,
    ),
    "parities": running(
        Layout(letters=4, terms=5, steps=3, values=4),
        lambda x: (x >= 2).long().cumsum(dim=1) % 2,
        lambda steps: steps.sum(dim=1),
    ),
    "maxima": running(
        Layout(letters=6, terms=6, steps=3, values=6),
        lambda x: x.cummax(dim=1).values,
        lambda steps: (steps[:, 2] - steps[:, 0]) % 6,
    ),
}
"""Their networks were trained by loss."""
LATER: Mapping[str, Rule] = {
    "counts": running(
        Layout(letters=4, terms=6, steps=3, values=7),
        lambda x: (x == 0).long().cumsum(dim=1),
        lambda steps: steps.sum(dim=1) % 7,
    ),
    "xors": running(
        Layout(letters=4, terms=5, steps=3, values=4), exclusive_or, lambda steps: steps[:, 0] ^ steps[:, 2]
    ),
    "latest": running(
        Layout(letters=5, terms=6, steps=3, values=5), latest, lambda steps: (steps[:, 0] + steps[:, 2]) % 5
    ),
    "seconds": running(
        Layout(letters=5, terms=6, steps=3, values=5), second_largest, lambda steps: (steps[:, 2] - steps[:, 0]) % 5
    ),
}
"""Theirs for equally many steps."""
