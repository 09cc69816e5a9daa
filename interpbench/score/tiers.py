"""Tiers: runs of methods that these data cannot tell from the best among them.

Tiers describe, they do not test: the leader is chosen on the same cells, and two methods of one tier may well differ
from each other. A claim is a paired difference to a rival that was named beforehand (`compare.compare_to`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from interpbench.score.compare import compare_to
from interpbench.score.units import Evidence


@dataclass(frozen=True, kw_only=True)
class Tiers:
    """Methods by tier, best first."""

    tiers: tuple[tuple[str, ...], ...]
    """In each tier the leader first, then by score; equal scores by name."""
    unranked: tuple[str, ...]
    """Methods without a score, by name."""


def tiers(draws: Mapping[str, Float[np.ndarray, " draw"]], evidence: Evidence) -> Tiers:
    """Group methods into tiers.

    Go down from the best: a method belongs to the tier of the current leader until one differs from that leader,
    adjusted by Holm for all methods below the leader. That one leads the next tier. Where evidence is too thin for any
    comparison, all methods share a tier.

    Args:
        draws: for each method its score on the same weights (row 0 the value); more is better, NaN is no score.
        evidence: what these cells rest on.

    Raises:
        ValueError: if there are too few draws for this many methods.
    """
    scored = sorted((name for name in draws if np.isfinite(draws[name][0])), key=lambda name: (-draws[name][0], name))
    found: list[tuple[str, ...]] = []
    rest = scored
    while rest:
        below = compare_to(rest[0], {name: draws[name] for name in rest}, evidence)
        size = 1 + next((place for place, against in enumerate(below) if against.distinct), len(below))
        found.append(tuple(rest[:size]))
        rest = rest[size:]
    return Tiers(tiers=tuple(found), unranked=tuple(sorted(set(draws) - set(scored))))
