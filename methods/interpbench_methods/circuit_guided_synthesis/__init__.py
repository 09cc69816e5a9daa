"""Synthesis narrowed by what exchanged tokens show: which positions and letters matter, alone or together."""

from typing import final

import torch

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.reading import Reading
from interpbench.toolkit.reading.extract import climbed, told, unreadable
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import EntersExtraction, Extracted

from .interchange import interchanges, swaps
from .operations import operations_of


@final
class CircuitGuidedSynthesis(Method, EntersExtraction):
    """Tokens are exchanged between inputs; what the exchange leaves alone, a search need not look at.

    1. The token at position i is exchanged for letter u, for all i and u. A position matters if its letters move the
       logits; letters are exchangeable at a position if the logits stay where they are.
    2. Two positions trade tokens. Where that never changes the answer, the rule sees a multiset.
    3. Two positions are exchanged alone and together, and the heads' outputs are read. Attention adds if their joint
       change is the sum of the single ones; else some token decides what is looked at.
    4. The search over theories gets the positions and the operations that (2) and (3) leave; if nothing that it finds
       gives the labels of inputs that it has not seen, it is repeated with fewer hints, without, and with classes.

    P(there is a rule): a logistic function of the theory's agreement with the network beyond the commonest label.

    References: Vig et al. 2020 (arXiv:2004.12265); Geiger et al. 2021 (arXiv:2106.02997), interchange interventions;
    Wang et al. 2023 (arXiv:2211.00593). Deviation: only the embedding is exchanged, which is exchanging
    a token; no head or neuron is patched, and of the inside (3) alone is read.
    """

    name = "circuit-guided-synthesis"
    family = Family.CIRCUITS
    tier = Tier.WEIGHTS
    version = "1.0"

    inputs: int = 256  # that every exchange is made in
    least: float = 0.02  # share of the largest position's effect from which on a position matters

    def extract(
        self, subject: Subject | None, rows: Rows, domain: Domain, budget: int, ctx: Context
    ) -> Extracted | NotApplicable:
        """The theory found, and what its agreement on unseen inputs says."""
        if (reason := unreadable(subject, domain)) is not None or subject is None:
            return NotApplicable(reason or "no network is shown")
        climb = climbed(subject, rows, domain, self._read(subject, domain, ctx.rng), ctx.rng)
        ctx.log(f"{climb.states} states; " + "; ".join(climb.rounds))
        theory, present = told(climb)
        return Extracted(theory=theory, p_present=present)

    def _read(self, subject: Subject, domain: Domain, rng: torch.Generator) -> Reading:
        """What exchanges show."""
        found = interchanges(subject, domain, self.inputs, rng)
        matters = found.effects > self.least * found.effects.max()
        symmetric = swaps(subject, domain, matters, self.inputs, rng)
        return Reading(
            positions=found.effects,
            matters=matters,
            apart=found.apart,
            operations=operations_of(matters, symmetric, found.together),
        )
