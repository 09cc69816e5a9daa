"""Synthesis narrowed by a sparse dictionary: what its features fire on says what matters and where a rule branches."""

from typing import final

import torch

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.dictionary import Fitting, train_dictionaries
from interpbench.toolkit.reading import Climb, Reading
from interpbench.toolkit.reading.extract import First, climbed, told, unreadable
from interpbench.toolkit.reading.states import normed, weighed
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import EntersExtraction, Extracted

from .branches import branched
from .features import described, firing


@final
class DictionaryGuidedSynthesis(Method, EntersExtraction):
    """Features of the answer's state are described by the tokens they fire on; the descriptions narrow the search.

    1. A TopK autoencoder is trained on the state at the answer position, as the unembedding weighs it.
    2. A feature's mean code under each letter at each position, less what chance makes of it, says which positions
       matter; letters under which all features fire alike are exchangeable.
    3. A feature that fires just where a statement about one token or two holds (x[i] == c, x[i] > c, x[i] < x[j], ...)
       is that statement: a condition by which the rule may branch.
    4. The search gets the positions; then the inputs where a condition holds and those where it does not are searched
       apart, and joined as `a if condition else b`; then it goes without hints, and at last with the classes.

    P(there is a rule): a logistic function of the theory's agreement with the network beyond the commonest label.

    References: Bricken et al. 2023; Cunningham et al. 2023 (arXiv:2309.08600); Gao et al. 2024 (arXiv:2406.04093),
    TopK. Deviation: features are described by exact conditional means over a known alphabet and not by a reader of
    examples.
    """

    name = "dictionary-guided-synthesis"
    family = Family.SAE
    tier = Tier.WEIGHTS
    version = "1.0"

    inputs: int = 2000  # whose states the dictionary is trained on
    latents: int = 96
    k: int = 8  # latents that may fire on a state
    least: float = 0.03  # share of the largest position's effect from which on a position matters
    conditions: int = 8  # at most, by which branches are tried

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
        """What features show, and the search by branches."""
        tokens = domain.full(self.inputs, rng)
        states = normed(weighed(subject, tokens)).float()[None]
        dictionary = train_dictionaries(states, Fitting(d_sae=self.latents, k=self.k), rng)
        codes = dictionary.codes(states)[0].detach()  # (input, latent)
        fired = firing(codes, tokens, domain)
        effects = fired.effects
        matters = effects > self.least * effects.max()
        own = domain.positions[0]
        if matters[own] and matters.sum() > 1:  # its token is in the state whatever the network makes of it
            matters[own], effects[own] = False, self.least * effects.max()
        reading = Reading(positions=effects, matters=matters, apart=fired.apart)

        def first(climb: Climb, positions: tuple[int, ...] | None) -> None:
            branched(described(codes, tokens, domain, self.conditions), subject, domain, climb, positions, rng)

        return reading, first
