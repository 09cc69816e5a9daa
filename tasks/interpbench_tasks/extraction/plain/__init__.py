"""Rules that the shown rows determine, and rows without a rule; some of them without rows, or without a network."""

from typing import final

from interpbench.tracks.extraction.family import ExtractionTask
from interpbench.tracks.extraction.key import Kind
from interpbench.tracks.extraction.recipe import Recipe
from interpbench.tracks.extraction.rules import KINDS
from interpbench_tasks.extraction.planting import World, ruled, without

WORLD = World(task="plain", length=8, letters=6)
RULES = {"smoke": 1, "quick": 5, "standard": 7}
"""Rules of each kind."""
NULLS = {"smoke": 2, "quick": 24, "standard": 30}
"""Networks without a rule."""
PARTS = {"smoke": 1, "quick": 2, "standard": 3}
"""Rules of each kind of which rows and network are also asked about alone."""
NULL_PARTS = {"smoke": 1, "quick": 4, "standard": 6}
"""The same of networks without a rule."""


@final
class Plain(ExtractionTask):
    """Each network learnt one rule of the grammar, from the shown rows and from many that nobody is shown."""

    name = "plain"
    version = "1.0"

    def recipes(self, size: str) -> list[Recipe]:
        """The networks of a size; smaller sizes are parts of larger ones."""
        rules = [recipe for kind in KINDS for number in range(RULES[size]) for recipe in ruled(WORLD, kind, number)]
        return [*rules, *(without(WORLD, number) for number in range(NULLS[size]))]

    def kinds(self, recipe: Recipe, size: str) -> tuple[Kind, ...]:
        """By its number among the rules of its kind, or among the networks without a rule."""
        null = recipe.role is Kind.NULL
        if recipe.number >= (NULLS if null else RULES)[size]:
            return ()
        parts = recipe.stratum == "transformer" and recipe.number < (NULL_PARTS if null else PARTS)[size]
        return (recipe.role, Kind.DATA_ONLY, Kind.MODEL_ONLY) if parts else (recipe.role,)
