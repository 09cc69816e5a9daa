"""Whether the answer is linearly readable from the last state, beyond what a probe could learn by itself."""

from typing import final

import torch

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.probe import answer_states, control_labels, held_out_accuracy
from interpbench.tracks.context import Context
from interpbench.tracks.generalization.enter import EntersGeneralization


@final
class LinearProbe(Method, EntersGeneralization):
    """A probe that has seen half of the shown rows reads the other half, if the state holds the answer and not the row.

    score = accuracy of a logistic probe on held-out shown rows, minus (`selective`) that of such a probe on a control
    task: a random label for each input token.

    The state is the one that the unembedding reads at the answer position (`subject.sites[-1]`: the residual stream
    after the last block, the hidden layer after its activation, the recurrent state). All three architectures end there
    with a linear map that answers the shown rows right, so the site means the same for all of them; what differs is
    whether half of the rows determine that map.

    References: Alain & Bengio 2016 (arXiv:1610.01644); Hewitt & Liang 2019 (arXiv:1909.03368), selectivity.
    """

    name = "linear-probe"
    family = Family.PROBING
    tier = Tier.WEIGHTS
    version = "1.1"

    selective: bool = True
    splits: int = 2  # random halves of the shown rows
    penalty: float = 0.1  # on the probe's squared weights

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float:
        """Held-out accuracy, less that on the control task."""
        [states] = answer_states(subject, rows.tokens, subject.sites[-1:])  # (answer, row, feature)
        scores = []
        for _ in range(self.splits):
            order = torch.randperm(len(rows), generator=ctx.rng)
            fitted, held = order[: (len(rows) + 1) // 2], order[(len(rows) + 1) // 2 :]
            control = control_labels(rows.tokens, domain, ctx.rng)  # (row, answer)
            score = held_out_accuracy(states, rows.labels, domain.classes, fitted, held, self.penalty)
            if self.selective:
                score -= held_out_accuracy(states, control, domain.classes, fitted, held, self.penalty)
            scores.append(score)
        return sum(scores) / len(scores)
