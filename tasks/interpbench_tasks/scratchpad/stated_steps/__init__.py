"""Seven rules with their running values as scratchpad, three of them also in two layers."""

from collections.abc import Mapping
from typing import ClassVar, final

from interpbench.tracks.scratchpad.family import ScratchpadTask
from interpbench.tracks.scratchpad.recipe import Recipe
from interpbench.tracks.scratchpad.rules import Rule
from interpbench_tasks.scratchpad.networks import by_loss, for_equal_steps

from .rules import FIRST, LATER

NULLS = 2
"""Networks of the first rules that know random rows by heart; the later ones have one each."""
SIZES = {"smoke": ("parities",), "quick": (*FIRST, *LATER), "standard": (*FIRST, *LATER)}
"""Size -> rules."""
STEPS = 1000
"""Of training, in one layer and in two."""
DEEP = ("maxima", "counts", "latest")
"""Rules that networks of two layers learn too."""
DEEP_SWITCH = ("maxima",)
"""Of these, where one switches."""


@final
class StatedSteps(ScratchpadTask):
    """Each network states three running values before it answers; its answer rests on them, or it does not."""

    name = "stated_steps"
    version = "1.1"
    rules: ClassVar[Mapping[str, Rule]] = {**FIRST, **LATER}

    def recipes(self, size: str) -> list[Recipe]:
        """Every kind for every rule of a size; two layers in all sizes but the smallest."""
        found = []
        for place, (name, rule) in enumerate(self.rules.items()):
            if name in FIRST:
                found += by_loss(name, rule, place, NULLS)
            else:
                found += for_equal_steps(name, rule, place, STEPS)
            if name in DEEP:
                found += for_equal_steps(name, rule, place, STEPS, depth=2, switch=name in DEEP_SWITCH)
        return [recipe for recipe in found if self.within(recipe, size)]

    def within(self, recipe: Recipe, size: str) -> bool:
        """By its rule, and in the smallest size by its depth."""
        return recipe.name in SIZES[size] and (size != "smoke" or recipe.layers == 1)
