"""Whether the answer is linearly readable before the last state."""

from typing import Literal, final

import torch

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.probe import answer_states, control_labels, held_out_accuracy
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.generalization.enter import EntersGeneralization


@final
class EarlyReadout(Method, EntersGeneralization):
    """A computation that builds its answer up leaves it readable on the way; a look-up has it at the end alone.

    score = mean over earlier states of the accuracy of a logistic probe on held-out shown rows, minus that of such a
    probe of the last state (`against: last`), or of the same states on a control task (`against: control`).

    Earlier states are `subject.sites` but the last, at the answer position, without the bare embedding, which holds one
    token: after attention and after each block in a transformer, before the activation in a perceptron. A recurrent net
    has one state, so it is not asked.

    References: Alain & Bengio 2016 (arXiv:1610.01644), probes by depth; Hewitt & Liang 2019 (arXiv:1909.03368),
    selectivity.
    """

    name = "early-readout"
    family = Family.PROBING
    tier = Tier.WEIGHTS
    version = "1.0"

    against: Literal["last", "control"] = "last"
    answers: int = 1024  # of shown rows, at most
    penalty: float = 0.1  # on the probe's squared weights

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float | NotApplicable:
        """Mean held-out accuracy at earlier states, less what it is held against."""
        if subject.config.kind == "gru":
            return NotApplicable("a recurrent net has no state before the one that answers are read from")
        sites = [site for site in subject.sites if not site.endswith("resid_pre")]
        seen = rows.sample(max(2, self.answers // rows.labels.shape[1]), ctx.rng)
        *early, last = answer_states(subject, seen.tokens, sites)  # each (answer, row, feature)
        order = torch.randperm(len(seen), generator=ctx.rng)
        fitted, held = order[: (len(seen) + 1) // 2], order[(len(seen) + 1) // 2 :]

        def accuracy(states: list[torch.Tensor], labels: torch.Tensor) -> float:
            """Mean over states; fitted together, since steps cost more than what they compute."""
            targets = labels.repeat(1, len(states))  # (row, state and answer)
            return held_out_accuracy(torch.cat(states), targets, domain.classes, fitted, held, self.penalty)

        readable = accuracy(early, seen.labels)
        if self.against == "last":
            return readable - accuracy([last], seen.labels)
        return readable - accuracy(early, control_labels(seen.tokens, domain, ctx.rng))
