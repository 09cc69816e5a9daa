"""Rules of their own, for fixing what a method leaves open; one of them also in two layers."""

from collections.abc import Mapping
from typing import ClassVar, final

import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.tracks.scratchpad.family import ScratchpadTask
from interpbench.tracks.scratchpad.layout import Layout
from interpbench.tracks.scratchpad.recipe import Recipe
from interpbench.tracks.scratchpad.rules import Rule, running
from interpbench_tasks.scratchpad.networks import by_loss, for_equal_steps


def _alternating(inputs: Int[Tensor, "row term"]) -> Int[Tensor, "row term"]:
    signs = 1 - 2 * (torch.arange(inputs.shape[1]) % 2)
    return (inputs * signs).cumsum(dim=1) % 4


def _earliest(inputs: Int[Tensor, "row term"]) -> Int[Tensor, "row term"]:
    """The first letter that is 2 or more; 0 before there is one."""
    large = inputs >= 2
    first = inputs.gather(1, large.long().argmax(dim=1, keepdim=True))
    return torch.where(large.cummax(dim=1).values, first, 0)


FIRST: Mapping[str, Rule] = {
    "minima": running(
        Layout(letters=5, terms=6, steps=3, values=5),
        lambda x: x.cummin(dim=1).values,
        lambda steps: (steps[:, 0] - steps[:, 2]) % 5,
    ),
    "alternating": running(
        Layout(letters=4, terms=5, steps=3, values=4), _alternating, lambda steps: (steps[:, 2] - steps[:, 0]) % 4
    ),
}
"""Their networks were trained by loss."""
LATER: Mapping[str, Rule] = {
    "spreads": running(
        Layout(letters=5, terms=6, steps=3, values=5),
        lambda x: x.cummax(dim=1).values - x.cummin(dim=1).values,
        lambda steps: (steps[:, 2] - steps[:, 0]) % 5,
    ),
    "earliest": running(
        Layout(letters=5, terms=6, steps=3, values=5), _earliest, lambda steps: (steps[:, 2] + steps[:, 0]) % 5
    ),
}
"""Theirs for equally many steps."""
NULLS = 2
"""Networks of the first rules that know random rows by heart; the later ones have one each."""
STEPS, DEEP_STEPS = 1000, 1500
"""Of training, in one layer and in two."""
DEEP = ("spreads",)
"""Rules that networks of two layers learn too."""


@final
class DevSteps(ScratchpadTask):
    """As `stated_steps`, with rules of its own."""

    name = "dev_steps"
    version = "1.1"
    rules: ClassVar[Mapping[str, Rule]] = {**FIRST, **LATER}

    def recipes(self, size: str) -> list[Recipe]:
        """Every kind for every rule."""
        assert size == "dev"
        found = []
        for place, (name, rule) in enumerate(self.rules.items()):
            if name in FIRST:
                found += by_loss(name, rule, place, NULLS)
            else:
                found += for_equal_steps(name, rule, place, STEPS, switch=True)
            if name in DEEP:
                found += for_equal_steps(name, rule, place, DEEP_STEPS, depth=2, switch=True)
        return found

    def within(self, recipe: Recipe, size: str) -> bool:
        """All networks."""
        del recipe
        return size == "dev"
