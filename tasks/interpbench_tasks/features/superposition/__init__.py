"""More sparse features than dimensions: which of them fire on a row?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from jaxtyping import Bool

from interpbench.tracks.features.key import Kind
from interpbench.tracks.features.toy import Drawn, Plan
from interpbench_tasks.features.sparse import ASKED, SHOWN, SparseTask, at_most, magnitudes


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A design of worlds.

    Attributes:
        features: planted directions.
        d: dimensions.
        size: latents that a dictionary may have.
        active: features that fire on a row at most; three quarters of it fire in the mean.
        law: features fire with a frequency proportional to (1 + rank / 8)^-law.
        together: features of a group of so many fire together: a group that is off has all of them off.
    """

    features: int
    d: int
    size: int
    active: int
    law: float = 0.0
    together: int = 1


DESIGNS: Mapping[str, Setting] = {
    "narrow": Setting(features=256, d=64, size=64, active=4, law=0.5),
    "double": Setting(features=128, d=64, size=128, active=4, law=0.5),
    "groups": Setting(features=96, d=48, size=96, active=6, law=0.5, together=4),
    "even": Setting(features=80, d=40, size=80, active=4),
    "dev_narrow": Setting(features=160, d=40, size=40, active=3, law=0.7),
    "dev_double": Setting(features=72, d=36, size=72, active=4, law=0.7),
    "dev_groups": Setting(features=90, d=45, size=90, active=6, law=0.3, together=3),
}


@final
class SuperpositionTask(SparseTask):
    """Rows are sums of a few directions out of many, a constant and a little noise."""

    name = "superposition"
    version = "1.0"
    kind = Kind.SUPERPOSITION
    worlds: ClassVar[Mapping[str, Mapping[str, int]]] = {
        "smoke": {"double": 1},
        "dev": {"dev_narrow": 1, "dev_double": 1, "dev_groups": 1},
        "quick": {"narrow": 1, "double": 1, "groups": 1},
        "standard": {"narrow": 3, "double": 3, "groups": 2, "even": 2},
    }
    nulls: ClassVar[Mapping[str, Sequence[str]]] = {
        "smoke": (),
        "dev": ("dev_double",),
        "quick": ("double",),
        "standard": ("double", "narrow", "even"),
    }

    def draw(self, plan: Plan) -> Drawn:
        """Directions, then rows, each from a stream of its own."""
        setting = DESIGNS[plan.design]
        planted = {}
        for role, count in (("shown", SHOWN), ("asked", ASKED)):
            rng = self.rng(plan, role)
            planted[role] = magnitudes(_firing(setting, count, rng), rng)
        return self.sums(
            plan, planted["shown"], planted["asked"], d=setting.d, size=setting.size, active=setting.active
        )


def _firing(setting: Setting, rows: int, rng: np.random.Generator) -> Bool[np.ndarray, "row feature"]:
    """Which features fire: by their frequency, and only where their group is open."""
    rank = np.arange(setting.features)
    frequency = (1 + rank / 8) ** -setting.law
    frequency *= 0.75 * setting.active / frequency.sum()
    group = rank % (setting.features // setting.together)
    share = 1.0 if setting.together == 1 else max(frequency.max(), 0.15)
    is_open = rng.random((rows, group.max() + 1)) < share
    on = is_open[:, group] & (rng.random((rows, setting.features)) < frequency / share)
    return at_most(on, setting.active, rng)
