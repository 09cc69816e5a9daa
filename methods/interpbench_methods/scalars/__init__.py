"""Scalar statistics of weights, losses and margins: the rivals that cost nothing."""

from typing import final

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.manifest import nearest
from interpbench.plugins.method import Method
from interpbench.tracks.context import Context
from interpbench.tracks.generalization.enter import EntersGeneralization

from .registry import STATISTICS


@final
class Scalars(Method, EntersGeneralization):
    """One number of the network, in the direction in which it is said to go with generalisation.

    score = `registry.STATISTICS[statistic](subject, rows)`. Small weights, wide margins, flat minima and low rank are
    the classical explanations of generalisation; a method that looks inside has to do better than all of them.

    References: Jiang et al. 2020, Fantastic generalization measures (arXiv:1912.02178); Dziugaite et al. 2020, In
    search of robust measures of generalization (arXiv:2010.11924). Those of each statistic stand with its function.
    """

    name = "scalars"
    family = Family.STATISTICS
    tier = Tier.WEIGHTS
    version = "1.0"

    statistic: str  # a name in the registry

    def __post_init__(self) -> None:
        """Raises ValueError for a statistic that there is not, naming the nearest."""
        if self.statistic not in STATISTICS:
            raise ValueError(f"scalars: no statistic {self.statistic!r}{nearest(self.statistic, STATISTICS)}")

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float:
        """The statistic; higher is what its authors expect of a network that generalises."""
        return STATISTICS[self.statistic](subject, rows, ctx.rng)
