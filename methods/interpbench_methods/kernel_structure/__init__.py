"""What the kernel of per-row gradients looks like: whether it knows the labels, and how many directions it has."""

from typing import Literal, final

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.gradients import gradient_kernel
from interpbench.tracks.context import Context
from interpbench.tracks.generalization.enter import EntersGeneralization

from .structure import centred_alignment, cosines, label_kernel, rank_share


@final
class KernelStructure(Method, EntersGeneralization):
    """Rows of one label should pull at the same weights, and all rows at few; a memoriser has a direction a row.

    With c(i, j) the cosine between the loss gradients of shown rows i and j,

        alignment:       score = <c, l> / (|c| |l|), both centred; l(i, j) = share of answers with equal labels
        effective-rank:  score = -exp(entropy of the eigenvalues of c / n) / n, n the number of rows

    Cosines and not inner products, since otherwise the few rows of large loss would be the whole kernel. By theory both
    are higher for the network that generalises.

    References: Cristianini et al. 2001, On kernel-target alignment; Cortes et al. 2012 (arXiv:1203.0550), centred;
    Baratin et al. 2021 (arXiv:2008.00938), of tangent kernels in training; Roy & Vetterli 2007, effective rank.
    """

    name = "kernel-structure"
    family = Family.INFLUENCE
    tier = Tier.WEIGHTS
    version = "1.0"

    statistic: Literal["alignment", "effective-rank"] = "alignment"
    rows: int = 128  # shown rows, at most

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float:
        """Alignment, or minus the effective rank in units of the number of rows."""
        seen = rows.sample(self.rows, ctx.rng)
        kernel = cosines(gradient_kernel(subject, seen))  # (row, row)
        if self.statistic == "alignment":
            return centred_alignment(kernel, label_kernel(seen.labels))
        return -rank_share(kernel)
