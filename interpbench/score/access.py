"""What each access tier adds: the data, queries to the network, its weights; the best method of each, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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


@dataclass(frozen=True)
class Contender:
    """A row that may stand for its tier.

    Attributes:
        name: of the row.
        tier: what it sees.
        score: headline on suite `dev`, if it has one.
        parts: metric -> score there, the headline's too; nothing where no more than the headline was kept.
    """

    name: str
    tier: str
    score: float | None
    parts: Mapping[str, float] = field(default_factory=dict)

    def on(self, metric: str) -> float | None:
        """Its score on suite `dev` in a metric; the headline's where nothing else was kept."""
        return self.parts.get(metric) if self.parts else self.score


class Highest(BaseModel):
    """Who scores most, chosen after the fact."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str
    value: float


class AccessTier(BaseModel):
    """One tier on a board.

    Attributes:
        tier: its name.
        methods: metric -> its best row there on suite `dev`, chosen before this suite was looked at.
        gains: metric -> that row's score less that of the tier before, paired.
        highest: metric -> who scores most of the tier here, chosen after the fact.
        detectable: metric -> the smallest gain that these cells would show with 80% power; boards of before lack it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tier: str
    methods: dict[str, str]
    gains: dict[str, Estimate]
    highest: dict[str, Highest]
    detectable: dict[str, float] = {}


def by_access(
    rows: Sequence[Contender], draws: Draws, metrics: Sequence[str], evidence: Mapping[str, Evidence]
) -> list[AccessTier]:
    """The tiers that have a row which was scored on suite `dev`, from least access to most.

    Args:
        rows: all but the bounds.
        draws: of these rows, on the weights of differences.
        metrics: what tiers are compared in; each tier has its own best row in each.
        evidence: metric -> what it rests on.
    """
    found: list[AccessTier] = []
    for tier in ORDER:
        here = [row for row in rows if row.tier == tier]
        if all(row.score is None for row in here):
            continue
        best = {metric: _best(here, metric) for metric in metrics}
        methods = {metric: name for metric, name in best.items() if name is not None}
        gains, sizes = {}, {}
        for metric in [metric for metric in methods if found and metric in found[-1].methods]:
            before, method = found[-1].methods[metric], methods[metric]
            pair = {name: draws[name][metric] for name in (before, method)}
            compared = compare_to(before, pair, evidence[metric])
            (gain,) = (one for one in compared if one.method == method)
            gains[metric] = gain.difference
            if gain.detectable is not None:
                sizes[metric] = gain.detectable
        highest = {metric: _highest([row.name for row in here], draws, metric) for metric in metrics}
        known = {metric: one for metric, one in highest.items() if one is not None}
        found.append(AccessTier(tier=tier, methods=methods, gains=gains, highest=known, detectable=sizes))
    return found


def _best(rows: Sequence[Contender], metric: str) -> str | None:
    """The row that is best on suite `dev`, of equal ones the first by name."""
    return min(((-score, row.name) for row in rows if (score := row.on(metric)) is not None), default=(0, None))[1]


def _highest(rows: Sequence[str], draws: Draws, metric: str) -> Highest | None:
    known = [(float(draws[name][metric][0]), name) for name in sorted(rows) if np.isfinite(draws[name][metric][0])]
    if not known:
        return None
    value, method = max(known, key=lambda one: one[0])
    return Highest(method=method, value=value)
