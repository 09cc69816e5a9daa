"""All scalar statistics, weighed by a logistic regression that was fitted once, on suite `dev`."""

from typing import final

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.tracks.context import Context
from interpbench.tracks.generalization.enter import EntersGeneralization

from .coefficients import COEFFICIENTS
from .features import features


@final
class MetaClassifier(Method, EntersGeneralization):
    """The best that a weighted sum of the cheap statistics can do, if its weights carry over to new families.

    score = sum_f weight_f (f - centre_f) / scale_f over the statistics of `features`. A pair's difference of scores is
    the logit of a logistic regression without intercept on differences of statistics; weights, centres and scales are
    constants, fitted by `fit.py` on the pairs of suite `dev`.

    References: Jiang et al. 2020, Fantastic generalization measures (arXiv:1912.02178); Jiang et al. 2021, the PGDL
    competition (arXiv:2012.07976), whose entries combine such measures.
    """

    name = "meta-classifier"
    family = Family.RIVALS
    tier = Tier.WEIGHTS
    version = "1.0"

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float:
        """The weighted sum of the standardised statistics."""
        values = features(subject, rows, ctx.rng)
        return sum(one.weight * (values[name] - one.centre) / one.scale for name, one in COEFFICIENTS.items())
