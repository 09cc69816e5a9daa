"""What each access tier adds: the data, queries to the network, its weights; the best method of each, side by side."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from pydantic import BaseModel, ConfigDict

from interpbench.score.compare import compare_to
from interpbench.score.interval import Estimate
from interpbench.score.units import Evidence

ORDER = ("data", "behaviour", "weights", "checkpoints")
"""Each tier sees what those before it see, and more."""

Draws = Mapping[str, Mapping[str, Float[np.ndarray, " draw"]]]
"""Row -> metric -> draws; row 0 of each is the value."""


class Highest(BaseModel):
    """Who scores most, chosen after the fact."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str
    value: float


class AccessTier(BaseModel):
    """One tier on a board.

    Attributes:
        tier: its name.
        method: its best row on suite `dev`, chosen before this suite was looked at.
        gains: metric -> its score less that of the tier before, paired.
        highest: metric -> who scores most of the tier here, chosen after the fact.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tier: str
    method: str
    gains: dict[str, Estimate]
    highest: dict[str, Highest]


def by_access(
    rows: Sequence[tuple[str, str, float | None]],
    draws: Draws,
    metrics: Sequence[str],
    evidence: Mapping[str, Evidence],
) -> list[AccessTier]:
    """The tiers that have a row which was scored on suite `dev`, from least access to most.

    Args:
        rows: (name, tier, headline on suite `dev` or None) of all rows but the bounds.
        draws: of these rows, on the weights of differences.
        metrics: what tiers are compared in.
        evidence: metric -> what it rests on.
    """
    found: list[AccessTier] = []
    for tier in ORDER:
        members = [(score, name) for name, at, score in rows if at == tier and score is not None]
        if not members:
            continue
        method = max(members)[1]
        here = [name for name, at, _ in rows if at == tier]
        gains = {}
        if found:
            before = found[-1].method
            for metric in metrics:
                pair = {name: draws[name][metric] for name in (before, method)}
                compared = compare_to(before, pair, evidence[metric])
                gains[metric] = next(one.difference for one in compared if one.method == method)
        highest = {metric: _highest(here, draws, metric) for metric in metrics}
        known = {metric: one for metric, one in highest.items() if one is not None}
        found.append(AccessTier(tier=tier, method=method, gains=gains, highest=known))
    return found


def _highest(rows: Sequence[str], draws: Draws, metric: str) -> Highest | None:
    known = [(float(draws[name][metric][0]), name) for name in sorted(rows) if np.isfinite(draws[name][metric][0])]
    if not known:
        return None
    value, method = max(known, key=lambda one: one[0])
    return Highest(method=method, value=value)
