"""Whether exchanging two tokens changes the answer as often on new inputs as it does among the shown rows."""

from typing import final

import torch

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.unlabelled import unlabelled
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.generalization.enter import EntersGeneralization

from .swaps import consistency, exchangeable, shown_consistency


@final
class SwapConsistency(Method, EntersGeneralization):
    """Rows that are swaps of each other show what the rule does under the swap; the network should do so elsewhere.

    For two positions of equal alphabets and an answer, let r be the share of equal labels among shown rows that are
    each other's swap, and c the share of equal answers of the network among unlabelled inputs and their swaps. Then

        score = mean of 1 - |c - r|, each pair of positions weighted by its number of such shown rows,

    so for a commutative table it is the share of new inputs on which the network commutes. If no shown row is the swap
    of another, nothing is known and r = 1 for all pairs.

    References: Hupkes et al. 2020, Compositionality decomposed (arXiv:1908.08351), on consistency under substitutions;
    Ribeiro et al. 2020, CheckList (arXiv:2005.04118), invariance tests.
    """

    name = "swap-consistency"
    family = Family.BEHAVIOURAL
    tier = Tier.BEHAVIOUR
    version = "1.0"

    pairs: int = 16  # of positions, at most; those of which the rows tell most
    queries: int = 2048  # swapped inputs, for all pairs together

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float | NotApplicable:
        """Weighted mean agreement of the two rates; not applicable if no two positions share an alphabet."""
        swaps = exchangeable(domain)
        if not swaps:
            return NotApplicable("no two positions share an alphabet of at least two letters")
        swaps = [swaps[place] for place in torch.randperm(len(swaps), generator=ctx.rng)]
        rates, evidence = shown_consistency(rows, domain, swaps, ctx.rng)  # (swap, answer), (swap,)
        if not evidence.any():
            rates, evidence = torch.ones_like(rates), torch.ones_like(evidence)
        chosen = evidence.argsort(descending=True, stable=True)[: self.pairs]
        chosen = chosen[evidence[chosen] > 0]
        inputs = unlabelled(domain, rows, self.queries // len(chosen), ctx.rng)
        kept, counts = consistency(subject, inputs, [swaps[place] for place in chosen])  # (chosen, answer), (chosen,)
        weights = evidence[chosen] * (counts > 0)
        agreement = (1 - (kept - rates[chosen]).abs()).mean(dim=1)
        return float((weights * agreement).sum() / weights.sum().clamp_min(1))
