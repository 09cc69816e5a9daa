"""All kinds of questions in a world of their own: where methods are chosen before they are compared elsewhere."""

from typing import final

from interpbench.tracks.extraction.family import ExtractionTask
from interpbench.tracks.extraction.key import GUARDED, TWIST, Kind
from interpbench.tracks.extraction.recipe import Recipe
from interpbench.tracks.extraction.rules import KINDS
from interpbench_tasks.extraction.planting import World, guarded_rule, ruled, twin_sets, without

WORLD = World(task="rehearsal", length=7, letters=5)
SETS, NULLS = 2, 4
TESTS = (3, 4)
"""Tests of a guard: measures of 8e-3 and 1.6e-3."""
QUERIES = {Kind.GUARDED_FEW: 0.1, Kind.GUARDED_MANY: 10.0}


@final
class Rehearsal(ExtractionTask):
    """Shorter inputs of fewer letters than those of the public tasks, and other rules."""

    name = "rehearsal"
    version = "1.0"

    def recipes(self, size: str) -> list[Recipe]:
        """One rule of each kind, some rows without a rule, twins and guards."""
        assert size == "dev"
        rules = [recipe for kind in KINDS for recipe in ruled(WORLD, kind, 0)]
        sets = [recipe for role in TWIST for one in twin_sets(WORLD, role, SETS, self.rows) for recipe in one]
        guards = [guarded_rule(WORLD, role, 0, tests, QUERIES[role]) for tests in TESTS for role in GUARDED]
        return [*rules, *(without(WORLD, number) for number in range(NULLS)), *sets, *guards]

    def kinds(self, recipe: Recipe, size: str) -> tuple[Kind, ...]:
        """All of them; half of the plain ones in parts, too."""
        assert size == "dev"
        parts = recipe.role is Kind.PLAIN and recipe.stratum == "transformer" and recipe.name < "m"
        return (recipe.role, Kind.DATA_ONLY, Kind.MODEL_ONLY) if parts else (recipe.role,)
