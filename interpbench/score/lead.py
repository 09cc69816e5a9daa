"""Who leads in a metric, and whether these cells tell the leader from the runner-up."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from pydantic import BaseModel, ConfigDict

from interpbench.score.access import Draws
from interpbench.score.compare import compare_to
from interpbench.score.interval import Estimate
from interpbench.score.units import Evidence
from interpbench.tracks.track import Metric


class Lead(BaseModel):
    """The best row of a metric against the second best.

    Both are chosen on the very cells that they are compared on, so that a clear lead describes these cells; it is no
    test that was planned. Nothing rests on it but the bold face of a table.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    best: str
    second: str
    difference: Estimate
    """Best less second, paired; of a metric that falls second less best. Never negative."""
    detectable: float | None
    """The smallest difference that these cells would show with 80% power."""

    @property
    def clear(self) -> bool:
        """Whether the 95% interval of the difference lies above 0."""
        return self.difference.low is not None and self.difference.low > 0


def lead(draws: Mapping[str, Float[np.ndarray, " draw"]], evidence: Evidence, *, falls: bool = False) -> Lead | None:
    """The leader of a metric; None where fewer than two rows have a score.

    Args:
        draws: for each row the metric on the same weights (row 0 the value); NaN is no score.
        evidence: what these cells rest on.
        falls: whether less is better.
    """
    sign = -1.0 if falls else 1.0
    rising = {name: sign * values for name, values in draws.items() if np.isfinite(values[0])}
    if len(rising) < 2:
        return None
    best, second = sorted(rising, key=lambda name: (-rising[name][0], name))[:2]
    (found,) = compare_to(second, {second: rising[second], best: rising[best]}, evidence)
    return Lead(best=best, second=second, difference=found.difference, detectable=found.detectable)


Scores = tuple[Draws, Mapping[str, Evidence]]
"""Row -> metric -> draws, and for each metric what it rests on."""


def leads(metrics: Mapping[str, Metric], names: Sequence[str], families: Scores, nested: Scores) -> dict[str, Lead]:
    """Who leads in some metrics and in every kind; metrics with fewer than two rows are left out.

    Args:
        metrics: of a track.
        names: headline and parts.
        families: on weights that resample whole families.
        nested: on weights that resample networks too; used for what rests on one family alone.
    """
    kinds = [name for name, metric in metrics.items() if metric.kinds == (name,)]
    out: dict[str, Lead] = {}
    for name in dict.fromkeys((*names, *kinds)):
        draws, rests = nested if families[1][name].one_family else families
        falls = metrics[name].ceiling < metrics[name].chance
        found = lead({row: of[name] for row, of in draws.items()}, rests[name], falls=falls)
        if found is not None:
            out[name] = found
    return out
