"""Confidence on inputs whose answer nobody gave."""

from typing import final

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.energy import energy_gap
from interpbench.toolkit.unlabelled import unlabelled
from interpbench.tracks.context import Context
from interpbench.tracks.generalization.enter import EntersGeneralization


@final
class Confidence(Method, EntersGeneralization):
    """A network that knows the rule is as sure on new inputs as on old ones; one that memorised has to guess.

    score = mean over inputs outside the shown rows, and over answers, of log max_y p(y | x); or, with `energy`,
    of logsumexp_y f_y(x), less its mean over the shown rows, where f are the raw logits. Probabilities do not change
    when a number is added to all logits of an input, and the logsumexp does: it says how much an input resembles those
    on which the logits were raised.

    References: Hendrycks & Gimpel 2017 (arXiv:1610.02136), maximum softmax probability; Guillory et al. 2021
    (arXiv:2107.03315), differences of confidence; Garg et al. 2022 (arXiv:2201.04234); Liu et al. 2020
    (arXiv:2010.03759), energy in the place of probability.
    """

    name = "confidence"
    family = Family.BEHAVIOURAL
    tier = Tier.BEHAVIOUR
    version = "1.0"

    inputs: int = 1024  # unlabelled inputs, at most
    energy: bool = False  # whether energies are compared instead

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float:
        """Mean log-probability of the most likely answer, or the gap in energy."""
        tokens = unlabelled(domain, rows, self.inputs, ctx.rng)
        if self.energy:
            return energy_gap(subject.logits(rows.sample(self.inputs, ctx.rng).tokens), subject.logits(tokens))
        log_p = subject.logits(tokens).double().log_softmax(dim=-1)  # (input, answer, class)
        return float(log_p.amax(dim=-1).mean())
