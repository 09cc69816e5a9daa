"""The local learning coefficient: how many directions the loss feels around the weights."""

from math import log, sqrt
from typing import final

from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.balance import equalised, squared_norm
from interpbench.toolkit.flat import flatten, unflatten
from interpbench.toolkit.row_loss import row_losses
from interpbench.toolkit.sgld import Chains, inverse_temperature, local_learning_coefficient
from interpbench.tracks.context import Context
from interpbench.tracks.generalization.enter import EntersGeneralization


@final
class LocalLearningCoefficient(Method, EntersGeneralization):
    """A network that memorised sits in a narrower basin: more directions raise its loss.

    score = -lambda-hat, lambda-hat = n beta (E[L(w)] - L(w*)), the expectation over SGLD chains around the weights w*
    at beta = 1 / log n, localised by gamma. Singular learning theory: of two basins of equal loss the posterior prefers
    the one of smaller coefficient, and its generalisation error is lambda / n (Watanabe 2009).

    With `equalise` the network is first brought to a train loss of .01 and to least norm without changing its
    predictions, and the chains move in units of its root mean square weight; else lambda-hat compares losses and norms
    more than basins.

    References: Lau et al. 2023 (arXiv:2308.12108); Watanabe 2013 (arXiv:1208.6338).
    """

    name = "llc"
    family = Family.SLT
    tier = Tier.WEIGHTS
    version = "1.1"

    equalise: bool = True
    gamma: float = 10.0  # where the loss is flat, chains spread by 1 / sqrt(gamma) = .3 of the root mean square weight
    epsilon: float = 1e-2
    chains: int = 4
    burn_in: int = 30
    draws: int = 45
    answers: int = 64  # of a step's rows
    halvings: int = 6  # of epsilon, where a chain diverges

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float:
        """Minus the local learning coefficient; the log holds its diagnostics."""
        params = equalised(subject, rows) if self.equalise else subject.params
        at = flatten(params)
        unit = sqrt(squared_norm(params) / len(at)) if self.equalise else 1.0
        at_rest = row_losses(subject.functional(params, rows.tokens), rows.labels)  # (row,)

        def excess(point: Tensor, batch: Tensor) -> Tensor:
            out = subject.functional(unflatten(point * unit, params), rows.tokens[batch])
            return (row_losses(out, rows.labels[batch]) - at_rest[batch]).mean()

        settings = Chains(
            n_beta=inverse_temperature(len(rows)),
            gamma=self.gamma,
            epsilon=self.epsilon,
            chains=self.chains,
            burn_in=self.burn_in,
            draws=self.draws,
            batch=max(8, self.answers // rows.labels.shape[1]),
        )
        found = local_learning_coefficient(
            excess, at / unit, len(rows), settings, ctx.rng, ceiling=10 * log(domain.classes), halvings=self.halvings
        )
        ctx.log(
            f"llc {found.llc:.3g}, R-hat {found.r_hat:.2f}, drift {found.drift:.2f}, epsilon {found.epsilon:.1e}"
            + (", diverged at every step size" if found.diverged else "")
        )
        return -found.llc
