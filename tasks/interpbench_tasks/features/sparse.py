"""Toy worlds of sparse variables: unit directions, magnitudes, rows that are sums of them."""

from abc import ABC
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Bool, Float

from interpbench.tracks.features.toy import Drawn, Plan, ToyTask

SHOWN, ASKED = 12_000, 1_000
"""Rows of a world."""
NOISE = 0.02
"""Variance of the noise over that of what is planted."""


class SparseTask(ToyTask, ABC):
    """Worlds whose rows are sums of variables times directions, a constant and a little noise.

    Attributes:
        worlds: size -> design -> how many worlds of it.
        nulls: size -> designs of which there is one world without anything.
    """

    worlds: ClassVar[Mapping[str, Mapping[str, int]]]
    nulls: ClassVar[Mapping[str, Sequence[str]]]

    def plans(self, size: str) -> list[Plan]:
        """Worlds of each design, and nulls."""
        counts = self.worlds[size].items()
        found = [Plan(design=design, number=number) for design, count in counts for number in range(count)]
        return found + [Plan(design=design, number=0, null=True) for design in self.nulls[size]]

    def sums(
        self,
        plan: Plan,
        shown: Float[np.ndarray, "shown variable"],
        asked: Float[np.ndarray, "asked variable"],
        *,
        d: int,
        **more: Any,
    ) -> Drawn:
        """The world of these variables; directions and noise come from streams of their own.

        Args:
            plan: the world.
            shown: values of the variables at the shown rows.
            asked: the same at the asked ones.
            d: dimensions.
            more: of `Drawn`.
        """
        rng = self.rng(plan, "directions")
        directions = unit_directions(asked.shape[1], d, rng)
        offset = unit_directions(1, d, rng)[0]
        return Drawn(
            shown=noisy(shown, directions, offset, self.rng(plan, "shown noise")),
            asked=noisy(asked, directions, offset, self.rng(plan, "asked noise")),
            planted=asked,
            directions=directions,
            **more,
        )


def unit_directions(count: int, d: int, rng: np.random.Generator) -> Float[np.ndarray, "count d"]:
    """Uniform on the sphere."""
    found = rng.standard_normal((count, d))
    scaled: np.ndarray = found / np.linalg.norm(found, axis=1, keepdims=True)
    return scaled


def magnitudes(on: Bool[np.ndarray, "row variable"], rng: np.random.Generator) -> Float[np.ndarray, "row variable"]:
    """Half to one and a half where a variable is on, 0 elsewhere."""
    found: np.ndarray = on * rng.uniform(0.5, 1.5, on.shape)
    return found


def at_most(
    on: Bool[np.ndarray, "row variable"], active: int, rng: np.random.Generator
) -> Bool[np.ndarray, "row variable"]:
    """Of rows with more than `active` variables on, that many at random."""
    lot = np.where(on, rng.random(on.shape), 2.0)
    worst = np.sort(lot, axis=1)[:, active - 1 : active]
    found: np.ndarray = on & (lot <= worst)
    return found


def noisy(
    planted: Float[np.ndarray, "row variable"],
    directions: Float[np.ndarray, "variable d"],
    offset: Float[np.ndarray, " d"],
    rng: np.random.Generator,
) -> Float[np.ndarray, "row d"]:
    """Sums of directions, a constant, and noise that is equal in all directions."""
    signal = planted @ directions
    scale = np.sqrt(NOISE * signal.var(axis=0).mean())
    found: np.ndarray = signal + offset + scale * rng.standard_normal(signal.shape)
    return found
