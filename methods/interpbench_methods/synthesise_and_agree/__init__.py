"""Agreement with the smallest program that fits the shown rows."""

from typing import final

import numpy as np
import torch
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.programs.search import Budget, smallest
from interpbench.toolkit.programs.syntax import examples_of, predictions
from interpbench.toolkit.unlabelled import unlabelled
from interpbench.tracks.context import Context
from interpbench.tracks.generalization.enter import EntersGeneralization


@final
class SynthesiseAndAgree(Method, EntersGeneralization):
    """The shortest explanation of the rows is the likeliest rule; a network that found the rule agrees with it.

    score = mean over inputs x outside of the shown rows, and over answers, of [subject(x) = program(x)], where program
    is the smallest that reproduces every shown answer. Where no program within the budget does, it is the one that
    reproduces the most.

    References: Gulwani, Polozov & Singh 2017, Program synthesis; Blumer et al. 1987, Occam's razor.
    """

    name = "synthesise-and-agree"
    family = Family.RIVALS
    tier = Tier.BEHAVIOUR
    version = "1.0"

    inputs: int = 1024  # unlabelled inputs, at most
    programs: int = 8_000_000  # tried for one row set, at most

    def study(self, rows: Rows, domain: Domain, ctx: Context) -> dict[str, Tensor]:
        """Probe inputs (input, length), the program's answers to them (input, answer), and how many rows it fits."""
        tokens = unlabelled(domain, rows, self.inputs, ctx.rng)
        examples = examples_of(rows.tokens.numpy(), domain.positions)
        rng = np.random.default_rng(int(torch.randint(2**31, (), generator=ctx.rng)))
        found = smallest(examples, rows.labels.numpy().reshape(-1), rng, budget=Budget(programs=self.programs))
        ctx.log(f"{found.program} gives {found.agreement:.3f} of the shown answers")
        answers = predictions(found.program, tokens.numpy(), domain.positions)
        return {
            "inputs": tokens,
            "answers": torch.from_numpy(answers),
            "fit": torch.tensor(found.agreement, dtype=torch.float64),
        }

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float:
        """Share of answers on which the subject and the program agree."""
        return float((subject.predict(ctx.study["inputs"]) == ctx.study["answers"]).double().mean())
