"""Clusters or superposition? Rows of equal covariance and equal law of norms, which are the one or the other."""

from collections.abc import Mapping
from typing import final

from interpbench.tracks.features.key import Kind
from interpbench.tracks.features.question import Wants
from interpbench.tracks.features.toy import Drawn, Plan, ToyTask

from .rows import Setting, drawn

DESIGNS: Mapping[str, Setting] = {
    "pairs": Setting(features=48, active=3, clusters=40, d=24),
    "fours": Setting(features=96, active=4, clusters=64, d=32),
    "fives": Setting(features=64, active=5, clusters=24, d=28),
    "dev_pairs": Setting(features=40, active=3, clusters=30, d=20),
    "dev_fours": Setting(features=72, active=4, clusters=48, d=30),
    "dev_fives": Setting(features=60, active=5, clusters=20, d=26),
}
SIZES: Mapping[str, Mapping[str, int]] = {
    "smoke": {"pairs": 1},
    "dev": {"dev_pairs": 1, "dev_fours": 1, "dev_fives": 1},
    "quick": {"pairs": 1, "fours": 1, "fives": 1},
    "standard": {"pairs": 2, "fours": 2, "fives": 1},
}
"""Twins: a world of superposition and one of clusters each."""


@final
class HypothesisTask(ToyTask):
    """Twins share covariance, law of norms, and the fourth moment of the cosine between two rows."""

    name = "hypothesis"
    version = "1.0"
    kind = Kind.HYPOTHESIS
    wants = Wants.SUPERPOSED
    least = 0.2

    def plans(self, size: str) -> list[Plan]:
        """Twins, and of each design the null of one."""
        found = []
        for design, count in SIZES[size].items():
            found += [Plan(design=design, number=number) for number in range(2 * count)]
            if size != "smoke":
                found.append(Plan(design=design, number=0, null=True))
        return found

    def draw(self, plan: Plan) -> Drawn:
        """Even numbers are superposition, odd ones their twins of clusters."""
        twin = Plan(design=plan.design, number=plan.number // 2)
        return drawn(
            DESIGNS[plan.design],
            superposed=plan.number % 2 == 0,
            shared=self.rng(twin, "covariance"),
            reference=self.rng(twin, "reference"),
            own=self.rng(plan, "rows"),
        )
