"""Features that fire only where another one fires: does the other one's latent still fire there?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from jaxtyping import Bool, Int

from interpbench.tracks.features.key import Kind
from interpbench.tracks.features.toy import Drawn, Plan
from interpbench_tasks.features.sparse import ASKED, SHOWN, SparseTask, at_most, magnitudes


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A design of worlds.

    Attributes:
        parents: features that others rest on.
        children: of each parent; at most one of them fires, and only with the parent.
        others: features by themselves.
        d: dimensions.
        families: parents that fire on a row at most.
        active: features that fire on a row at most.
        child: probability that a parent that fires has a child that fires.
    """

    parents: int
    children: int
    others: int
    d: int
    families: int
    active: int
    child: float

    @property
    def features(self) -> int:
        """Of all; a dictionary may have as many latents."""
        return self.parents * (1 + self.children) + self.others


DESIGNS: Mapping[str, Setting] = {
    "threes": Setting(parents=10, children=3, others=20, d=40, families=2, active=5, child=0.6),
    "fours": Setting(parents=12, children=4, others=12, d=48, families=1, active=3, child=0.75),
    "twos": Setting(parents=16, children=2, others=16, d=44, families=2, active=5, child=0.5),
    "dev_threes": Setting(parents=8, children=3, others=16, d=32, families=2, active=5, child=0.6),
    "dev_fours": Setting(parents=9, children=4, others=15, d=42, families=1, active=3, child=0.7),
    "dev_twos": Setting(parents=12, children=2, others=14, d=36, families=2, active=5, child=0.5),
}


@final
class HierarchyTask(SparseTask):
    """A sparse code is shorter where a child's latent also stands for its parent; the parent's is then wrong."""

    name = "hierarchy"
    version = "1.0"
    kind = Kind.HIERARCHY
    worlds: ClassVar[Mapping[str, Mapping[str, int]]] = {
        "smoke": {"threes": 1},
        "dev": {"dev_threes": 1, "dev_fours": 1, "dev_twos": 1},
        "quick": {"threes": 1, "fours": 1, "twos": 1},
        "standard": {"threes": 4, "fours": 3, "twos": 3},
    }
    nulls: ClassVar[Mapping[str, Sequence[str]]] = {
        "smoke": (),
        "dev": ("dev_threes",),
        "quick": ("threes",),
        "standard": ("threes", "fours", "twos"),
    }

    def draw(self, plan: Plan) -> Drawn:
        """Directions, then rows: parents, with or without a child, and others."""
        setting = DESIGNS[plan.design]
        planted = {}
        for role, count in (("shown", SHOWN), ("asked", ASKED)):
            rng = self.rng(plan, role)
            planted[role] = magnitudes(_firing(setting, count, rng), rng)
        return self.sums(
            plan,
            planted["shown"],
            planted["asked"],
            d=setting.d,
            size=setting.features,
            active=setting.active,
            parents=_above(setting),
        )


def _above(setting: Setting) -> Int[np.ndarray, " feature"]:
    """Per feature its parent, or -1: parents first, then their children, then the others."""
    of_children = np.repeat(np.arange(setting.parents), setting.children)
    return np.concatenate([np.full(setting.parents, -1), of_children, np.full(setting.others, -1)])


def _firing(setting: Setting, rows: int, rng: np.random.Generator) -> Bool[np.ndarray, "row feature"]:
    parents = at_most(
        rng.random((rows, setting.parents)) < 0.85 * setting.families / setting.parents, setting.families, rng
    )
    which = rng.integers(setting.children, size=(rows, setting.parents))
    born = parents & (rng.random(parents.shape) < setting.child)
    children = born[:, :, None] & (which[:, :, None] == np.arange(setting.children))
    most = setting.active - 2 * setting.families
    others = at_most(rng.random((rows, setting.others)) < 0.75 * most / setting.others, most, rng)
    return np.concatenate([parents, children.reshape(rows, -1), others], axis=1)
