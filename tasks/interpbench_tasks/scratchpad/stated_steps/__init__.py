"""Sums, parities and maxima with their running values as scratchpad."""

from collections.abc import Mapping
from typing import ClassVar, final

from interpbench.models.train import Training
from interpbench.tracks.scratchpad.family import ScratchpadTask
from interpbench.tracks.scratchpad.key import Kind
from interpbench.tracks.scratchpad.layout import Layout
from interpbench.tracks.scratchpad.lessons import one_layer
from interpbench.tracks.scratchpad.recipe import Recipe
from interpbench.tracks.scratchpad.rules import Rule, running

RULES: Mapping[str, Rule] = {
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
NULLS = 2
"""Networks a rule that know random rows by heart: a fifth of all."""
SIZES = {"smoke": ("parities",), "quick": tuple(RULES), "standard": tuple(RULES)}
"""Size -> rules."""
FIT = Training(learning_rate=3e-3, weight_decay=0.01, max_steps=2500, warm_up=50, decay=0.5, stop_loss=3e-4)
BOTH_WAYS = FIT.model_copy(update={"max_steps": 4000})
"""Either way has to be learnt, and when to take which: 2,500 steps were too few."""
BY_HEART = Training(learning_rate=3e-3, weight_decay=0.0, max_steps=2500, stop_loss=1e-3)
LESSONS = {Kind.SWITCH: BOTH_WAYS, Kind.NULL: BY_HEART}


@final
class StatedSteps(ScratchpadTask):
    """Each network states three running values before it answers; its answer rests on them, or it does not."""

    name = "stated_steps"
    version = "1.0"
    rules: ClassVar[Mapping[str, Rule]] = RULES

    def recipes(self, size: str) -> list[Recipe]:
        """Every kind for every rule of a size."""
        return [
            Recipe(
                role=kind,
                name=name,
                config=one_layer(kind, RULES[name].layout, d_model=48, d_mlp=192),
                number=number,
                trusted=(place + number) % 2,
                training=LESSONS.get(kind, FIT),
            )
            for place, name in enumerate(RULES)
            if name in SIZES[size]
            for kind in Kind
            for number in range(NULLS if kind is Kind.NULL else 1)
        ]

    def within(self, recipe: Recipe, size: str) -> bool:
        """By its rule."""
        return recipe.name in SIZES[size]
