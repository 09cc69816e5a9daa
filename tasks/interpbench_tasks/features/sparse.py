"""Draws that toy worlds share: unit directions, magnitudes, rows made of variables."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float

from interpbench.tracks.features.toy import Plan

SHOWN, ASKED = 12_000, 1_000
"""Rows of a world."""
NOISE = 0.02
"""Variance of the noise over that of what is planted."""


def plans(worlds: Mapping[str, int], nulls: Sequence[str]) -> list[Plan]:
    """So many worlds of each design, and one null of each of some."""
    found = [Plan(design=design, number=number) for design, count in worlds.items() for number in range(count)]
    return found + [Plan(design=design, number=0, null=True) for design in nulls]


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
