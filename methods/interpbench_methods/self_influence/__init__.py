"""How much of each training prediction rests on its own row."""

from typing import final

import torch

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.gradients import gradient_kernel
from interpbench.tracks.context import Context
from interpbench.tracks.generalization.enter import EntersGeneralization


@final
class SelfInfluence(Method, EntersGeneralization):
    """Memorised rows rest on themselves; generalised rows rest on each other.

    score = -mean_i [ k(i,i) / sum_j |k(i,j)| ] over shown rows, k = inner products of per-row gradients of the loss.

    References: Koh & Liang 2017 (arXiv:1703.04730); Pruthi et al. 2020, TracIn (arXiv:2002.08484), at the one
    checkpoint that there is; Feldman & Zhang 2020 (arXiv:2008.03703) on self-influence as memorisation.
    """

    name = "self-influence"
    family = Family.INFLUENCE
    tier = Tier.WEIGHTS
    version = "1.0"

    rows: int = 256  # shown rows, at most

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float:
        """Minus the mean share of a row's influences that is its own; -1 if no row influences another."""
        kernel = gradient_kernel(subject, rows.sample(self.rows, ctx.rng))  # (row, row)
        total = kernel.abs().sum(dim=1).clamp_min(torch.finfo(kernel.dtype).tiny)
        return -float((kernel.diagonal() / total).mean())
