"""Twins: several rules fit every shown row, and each network follows another one of them."""

from typing import final

from interpbench.tracks.extraction.family import ExtractionTask
from interpbench.tracks.extraction.key import TWIST, Kind
from interpbench.tracks.extraction.recipe import Recipe
from interpbench_tasks.extraction.planting import World, twin_sets

WORLD = World(task="twist", length=8, letters=6)
SETS = {"smoke": 1, "quick": 9, "standard": 11}
"""Sets of twins that differ on many inputs, and as many that differ on few."""


@final
class Twist(ExtractionTask):
    """Networks of a set share all shown rows; rows that no method sees steered each to its rule."""

    name = "twist"
    version = "1.0"

    def recipes(self, size: str) -> list[Recipe]:
        """The networks of a size, set by set."""
        return [recipe for role in TWIST for one in twin_sets(WORLD, role, SETS[size], self.rows) for recipe in one]

    def kinds(self, recipe: Recipe, size: str) -> tuple[Kind, ...]:
        """By the number of its set."""
        return (recipe.role,) if recipe.number < SETS[size] else ()
