"""What the rows alone say: whether half of them predicts the other half."""

from typing import final

import torch
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.manifest import nearest
from interpbench.plugins.method import Method
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.generalization.enter import EntersGeneralization

from .learners import LEARNERS, predictions


@final
class DataOnly(Method, EntersGeneralization):
    """Rows that follow a rule can be predicted from each other; no network is looked at.

    score = share of answers right when each random half of the shown rows is predicted by a learner that was fitted to
    the other half. Two networks that share their rows tie; between different rows it gives away which can be learnt.

    References: Breiman et al. 1984, Classification and regression trees; Cover & Hart 1967, Nearest neighbor pattern
    classification; both as in scikit-learn.
    """

    name = "data-only"
    family = Family.DATA_ONLY
    tier = Tier.DATA
    version = "1.0"

    learner: str  # a name in LEARNERS

    def __post_init__(self) -> None:
        """Raises ValueError for a learner that there is not, naming the nearest."""
        if self.learner not in LEARNERS:
            raise ValueError(f"no learner {self.learner!r}{nearest(self.learner, LEARNERS)}")

    def study(self, rows: Rows, domain: Domain, ctx: Context) -> dict[str, Tensor]:
        """The score, once for all networks that share the rows."""
        order = torch.randperm(len(rows), generator=ctx.rng)
        seed = int(torch.randint(2**31, (), generator=ctx.rng))
        first, second = order[: len(rows) // 2], order[len(rows) // 2 :]
        if not len(first):
            return {}
        right = [
            predictions(self.learner, rows[fitted], rows.tokens[held], domain, seed) == rows.labels[held]
            for fitted, held in ((first, second), (second, first))
        ]
        return {"accuracy": torch.cat(right).double().mean()}

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float | NotApplicable:
        """The share of shown answers that the rest of the rows predicts."""
        if "accuracy" not in ctx.study:
            return NotApplicable("one row has no other half")
        return float(ctx.study["accuracy"])
