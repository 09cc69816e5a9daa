"""How far the output moves when tokens of a shown row are exchanged."""

from typing import final

import torch

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.tracks.context import Context
from interpbench.tracks.generalization.enter import EntersGeneralization

from .response import exchange, gi_score, overlap


@final
class PerturbedInput(Method, EntersGeneralization):
    """The perturbation response curve: how much of the answer is left after m tokens are exchanged.

    A(m) = mean over shown rows x of sum_y min(p(y | x), p(y | x')), where x' is x with m of its tokens replaced by
    other letters of their alphabets; A(0) = 1. With alpha = m / M the magnitude of the perturbation, M = `most`,

        score = -Gi,    Gi = integral over alpha of (alpha - integral up to alpha of A).

    References: Schiff et al. 2021, Predicting deep network generalization with perturbation response curves
    (arXiv:2106.04765). There A is accuracy under mixup; tokens cannot be mixed, so they are exchanged, and since an
    exchange may change the right answer, A is agreement with the network's own answer instead of the label.
    """

    name = "perturbed-input"
    family = Family.BEHAVIOURAL
    tier = Tier.BEHAVIOUR
    version = "1.0"

    rows: int = 256  # shown rows that are perturbed
    most: int = 1  # tokens exchanged, at most

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float:
        """Minus the Gi-score."""
        tokens = rows.sample(self.rows, ctx.rng).tokens
        before = subject.logits(tokens).double().softmax(dim=-1)  # (row, answer, class)
        curve = [1.0]
        for count in range(1, min(self.most, domain.length) + 1):
            changed = exchange(tokens, domain, count, ctx.rng)
            after = subject.logits(changed).double().softmax(dim=-1)
            curve.append(overlap(before, after))
        return -gi_score(torch.tensor(curve).double())
