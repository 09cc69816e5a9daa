"""Rules with a rare branch, which shown rows never take, and which few queries or many may meet by luck."""

from typing import final

from interpbench.tracks.extraction.family import ExtractionTask
from interpbench.tracks.extraction.key import GUARDED, Kind
from interpbench.tracks.extraction.recipe import Recipe
from interpbench_tasks.extraction.planting import World, guarded_rule

WORLD = World(task="guarded", length=8, letters=10, salt="2cfad4b68eb31b5a011755022c65f47c")
TESTS = (3, 4, 5)
"""Tests of a guard: measures of 1e-3 to 1e-5. Pairs that 500 rows do not show are few enough to be tried one by one."""
RULES = {"smoke": 1, "quick": 4, "standard": 4}
"""Rules of each number of tests and each budget."""
QUERIES = {Kind.GUARDED_FEW: 0.1, Kind.GUARDED_MANY: 10.0}
"""Queries allowed, times the measure of the guard."""


@final
class Guarded(ExtractionTask):
    """Each network learnt a rule of the grammar that shifts its answer where a conjunction of token tests holds."""

    name = "guarded"
    version = "1.1"

    def recipes(self, size: str) -> list[Recipe]:
        """The networks of a size: every number of tests with every budget."""
        return [
            guarded_rule(WORLD, role, number, tests, QUERIES[role])
            for number in range(RULES[size])
            for tests in TESTS
            for role in GUARDED
        ]

    def kinds(self, recipe: Recipe, size: str) -> tuple[Kind, ...]:
        """By its number among those of its guard and budget."""
        return (recipe.role,) if recipe.number < RULES[size] else ()
