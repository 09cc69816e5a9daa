"""Agreement with networks trained afresh on the shown rows."""

from typing import final

import torch
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import logits
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.unlabelled import unlabelled
from interpbench.tracks.context import Context
from interpbench.tracks.generalization.enter import EntersGeneralization

from .recipe import fresh_config, recipe


@final
class RetrainAndAgree(Method, EntersGeneralization):
    """Networks that found the rule agree with each other on new inputs; every memoriser errs in its own way.

    score = mean over k networks m, trained on the shown rows with strong weight decay, and over inputs x outside of
    those rows, of [subject(x) = m(x)]. Nothing of the subject but its answers is used, not even its architecture.

    References: Jiang et al. 2022, Assessing generalization of SGD via disagreement (arXiv:2106.13799); Baek et al.
    2022, Agreement-on-the-line (arXiv:2206.13089).
    """

    name = "retrain-and-agree"
    family = Family.RIVALS
    tier = Tier.BEHAVIOUR
    version = "1.0"

    networks: int = 5
    inputs: int = 1024  # unlabelled inputs, at most

    def study(self, rows: Rows, domain: Domain, ctx: Context) -> dict[str, Tensor]:
        """Probe inputs, (input, length), and what each fresh network answers there, (network, input, answer)."""
        tokens = unlabelled(domain, rows, self.inputs, ctx.rng)
        config = fresh_config(domain)
        answers = []
        for _ in range(self.networks):
            params, _ = ctx.train(config, rows, recipe(config))
            answers.append(logits(config, params, tokens).argmax(dim=-1))
        return {"inputs": tokens, "answers": torch.stack(answers)}

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float:
        """Share of answers on which the subject and a fresh network agree."""
        answers = ctx.study["answers"]  # (network, input, answer)
        return float((subject.predict(ctx.study["inputs"]) == answers).double().mean())
