"""Synthesis narrowed by linear probes: positions, letters and intermediate variables that the state holds."""

from typing import final

import torch

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.reading import Climb, Reading
from interpbench.toolkit.reading.extract import First, climbed, told, unreadable
from interpbench.toolkit.reading.states import gathered, weighed
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import EntersExtraction, Extracted

from .probes import letters_apart, token_probes
from .variables import grown_over, variables


@final
class ProbeGuidedSynthesis(Method, EntersExtraction):
    """What a linear probe reads from the state beyond its control is what the rule is made of.

    1. A ridge probe of the state at the answer position, as the unembedding weighs it, reads each token. A position
       matters if its token is read beyond the control task: the same probe of tokens of other inputs. The answer's own
       token is in its state whatever the network makes of it, so it comes after those that matter.
    2. Letters are exchangeable at a position if the mean states under them coincide.
    3. Variables computed from inputs (counts, sums, extremes, their places, ...) are read by the same probe; the
       control task is the same variable of renamed letters. The `kept` of most selectivity are kept.
    4. The search gets the positions; then expressions are grown over the variables kept; then it goes without hints,
       and at last with the classes.

    P(there is a rule): a logistic function of the theory's agreement with the network beyond the commonest label.

    References: Alain & Bengio 2016 (arXiv:1610.01644); Hewitt & Liang 2019 (arXiv:1909.03368), control tasks.
    """

    name = "probe-guided-synthesis"
    family = Family.PROBING
    tier = Tier.WEIGHTS
    version = "1.0"

    inputs: int = 2000  # that probes are fitted and tested on
    penalty: float = 0.1  # on a probe's squared weights, as a share of the states' mean variance
    least: float = 0.03  # explained share of a token, beyond the control, from which on its position matters
    kept: int = 30  # intermediate variables

    def extract(
        self, subject: Subject | None, rows: Rows, domain: Domain, budget: int, ctx: Context
    ) -> Extracted | NotApplicable:
        """The theory found, and what its agreement on unseen inputs says."""
        if (reason := unreadable(subject, domain)) is not None or subject is None:
            return NotApplicable(reason or "no network is shown")
        reading, first = self._read(subject, domain, ctx.rng)
        climb = climbed(subject, rows, domain, reading, ctx.rng, first)
        ctx.log(f"{climb.states} states; " + "; ".join(climb.rounds))
        theory, present = told(climb)
        return Extracted(theory=theory, p_present=present)

    def _read(self, subject: Subject, domain: Domain, rng: torch.Generator) -> tuple[Reading, First]:
        """What probes show, and the search over the variables that they read."""
        tokens = domain.full(self.inputs, rng)
        states = weighed(subject, tokens)
        selectivity = token_probes(states, tokens, domain, self.penalty, rng)
        matters = selectivity > self.least
        own = domain.positions[0]
        if matters[own]:
            matters[own], selectivity[own] = False, self.least
        reading = Reading(positions=selectivity, matters=matters, apart=letters_apart(states, tokens, domain))

        def first(climb: Climb, positions: tuple[int, ...] | None) -> None:
            held = (gathered(subject, tokens), states)
            leaves = variables(held, tokens, positions, self.penalty, self.kept, rng)
            grown_over(leaves, climb, positions)

        return reading, first
