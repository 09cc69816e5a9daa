"""Minima and alternating sums, for fixing what a method leaves open."""

from collections.abc import Mapping
from typing import ClassVar, final

import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.models.train import Training
from interpbench.tracks.scratchpad.family import ScratchpadTask
from interpbench.tracks.scratchpad.key import Kind
from interpbench.tracks.scratchpad.layout import Layout
from interpbench.tracks.scratchpad.lessons import one_layer
from interpbench.tracks.scratchpad.recipe import Recipe
from interpbench.tracks.scratchpad.rules import Rule, running


def _alternating(inputs: Int[Tensor, "row term"]) -> Int[Tensor, "row term"]:
    signs = 1 - 2 * (torch.arange(inputs.shape[1]) % 2)
    return (inputs * signs).cumsum(dim=1) % 4


RULES: Mapping[str, Rule] = {
    "minima": running(
        Layout(letters=5, terms=6, steps=3, values=5),
        lambda x: x.cummin(dim=1).values,
        lambda steps: (steps[:, 0] - steps[:, 2]) % 5,
    ),
    "alternating": running(
        Layout(letters=4, terms=5, steps=3, values=4), _alternating, lambda steps: (steps[:, 2] - steps[:, 0]) % 4
    ),
}
FIT = Training(learning_rate=3e-3, weight_decay=0.01, max_steps=2500, warm_up=50, decay=0.5, stop_loss=3e-4)
BOTH_WAYS = FIT.model_copy(update={"max_steps": 4000})
"""Either way has to be learnt, and when to take which: 2,500 steps were too few."""
BY_HEART = Training(learning_rate=3e-3, weight_decay=0.0, max_steps=2500, stop_loss=1e-3)
LESSONS = {Kind.SWITCH: BOTH_WAYS, Kind.NULL: BY_HEART}


@final
class DevSteps(ScratchpadTask):
    """As `stated_steps`, with rules of its own."""

    name = "dev_steps"
    version = "1.0"
    rules: ClassVar[Mapping[str, Rule]] = RULES

    def recipes(self, size: str) -> list[Recipe]:
        """Every kind for both rules, and two networks a rule that know random rows by heart."""
        assert size == "dev"
        return [
            Recipe(
                role=kind,
                name=name,
                config=one_layer(kind, rule.layout, d_model=48, d_mlp=192),
                number=number,
                trusted=(place + number) % 2,
                training=LESSONS.get(kind, FIT),
            )
            for place, (name, rule) in enumerate(RULES.items())
            for kind in Kind
            for number in range(2 if kind is Kind.NULL else 1)
        ]

    def within(self, recipe: Recipe, size: str) -> bool:
        """All networks."""
        del recipe
        return size == "dev"
