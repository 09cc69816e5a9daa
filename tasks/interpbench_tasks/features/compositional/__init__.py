"""Pairs of factors of which one combination is never shown: does a code of the parts carry over to it?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from jaxtyping import Bool

from interpbench.tracks.features.key import Kind
from interpbench.tracks.features.toy import Drawn, Plan
from interpbench_tasks.features.sparse import ASKED, SHOWN, SparseTask, at_most, magnitudes

SHOWN_COMBINATIONS = np.array([[0, 0], [1, 0], [0, 1]], dtype=bool)
"""Of two factors; the fourth is kept back."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A design of worlds.

    Attributes:
        kinds: of animals; a row is of one kind, and of a short or long leg and a short or long tail of that kind.
        others: further features, which fire as they like.
        d: dimensions.
        active: features of a row at most: its kind, two factors, and others.
    """

    kinds: int
    others: int
    d: int
    active: int

    @property
    def features(self) -> int:
        """Of all; a dictionary may have as many latents."""
        return 3 * self.kinds + self.others


DESIGNS: Mapping[str, Setting] = {
    "few": Setting(kinds=8, others=24, d=36, active=5),
    "many": Setting(kinds=16, others=16, d=48, active=5),
    "plain": Setting(kinds=12, others=12, d=48, active=4),
    "dev_few": Setting(kinds=6, others=18, d=28, active=5),
    "dev_many": Setting(kinds=14, others=14, d=42, active=5),
    "dev_plain": Setting(kinds=10, others=10, d=40, active=4),
}


@final
class CompositionalTask(SparseTask):
    """Rows of each kind lie in three clusters, and the asked ones also in a fourth, which the factors point to."""

    name = "compositional"
    version = "1.0"
    kind = Kind.COMPOSITIONAL
    worlds: ClassVar[Mapping[str, Mapping[str, int]]] = {
        "smoke": {"few": 1},
        "dev": {"dev_few": 1, "dev_many": 1, "dev_plain": 1},
        "quick": {"few": 1, "many": 1, "plain": 1},
        "standard": {"few": 4, "many": 3, "plain": 3},
    }
    nulls: ClassVar[Mapping[str, Sequence[str]]] = {
        "smoke": (),
        "dev": ("dev_few",),
        "quick": ("few",),
        "standard": ("few", "many", "plain"),
    }

    def draw(self, plan: Plan) -> Drawn:
        """Directions, then rows: a kind, its two factors, and others; half of the asked ones have both factors."""
        setting = DESIGNS[plan.design]
        rng = self.rng(plan, "shown")
        shown = magnitudes(_features(setting, np.zeros(SHOWN, dtype=bool), rng), rng)
        rng = self.rng(plan, "asked")
        unseen = rng.random(ASKED) < 0.5
        asked = magnitudes(_features(setting, unseen, rng), rng)
        return self.sums(plan, shown, asked, d=setting.d, size=setting.features, active=setting.active, unseen=unseen)


def _features(
    setting: Setting, unseen: Bool[np.ndarray, " row"], rng: np.random.Generator
) -> Bool[np.ndarray, "row feature"]:
    """Which features a row has: kinds first, then their first factors, then their second ones, then the others."""
    rows = len(unseen)
    which = rng.integers(setting.kinds, size=rows)
    combination = SHOWN_COMBINATIONS[rng.integers(3, size=rows)] | unseen[:, None]
    of_kind = np.zeros((rows, 3, setting.kinds), dtype=bool)
    of_kind[np.arange(rows), 0, which] = True
    of_kind[np.arange(rows), 1, which] = combination[:, 0]
    of_kind[np.arange(rows), 2, which] = combination[:, 1]
    most = setting.active - 3
    others = at_most(rng.random((rows, setting.others)) < 0.75 * most / setting.others, most, rng)
    return np.concatenate([of_kind.reshape(rows, -1), others], axis=1)
