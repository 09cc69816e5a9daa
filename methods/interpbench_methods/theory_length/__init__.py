"""How short a theory of the network's own answers can be."""

from math import log2
from typing import final

import numpy as np
import torch

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.programs.leaves import leaves
from interpbench.toolkit.programs.search import Budget, frontier
from interpbench.toolkit.programs.syntax import ARITY, examples_of
from interpbench.toolkit.unlabelled import unlabelled
from interpbench.tracks.context import Context
from interpbench.tracks.generalization.enter import EntersGeneralization

from .description import FIDELITY, exception_bits


@final
class TheoryLength(Method, EntersGeneralization):
    """A network that follows a rule can be described by it; one that memorised has to be described answer by answer.

    score = -min over programs of [bits(program) + bits(exceptions)] / (answers * log2 classes),

    on the network's own answers outside of the shown rows. A program costs the same number of bits for each syntax
    node; exceptions are coded as far as they are needed to be right on .99 of the answers. Where a program has this
    fidelity, its length alone counts; where none has, the exceptions do, and the score falls towards -1.

    References: Rissanen 1978, Modeling by shortest data description; Grunwald 2007, The minimum description length
    principle, two-part codes.
    """

    name = "theory-length"
    family = Family.BEHAVIOURAL
    tier = Tier.BEHAVIOUR
    version = "1.0"

    inputs: int = 512  # unlabelled inputs, at most
    programs: int = 300_000  # tried for one subject, at most

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float:
        """Minus the length of the shortest theory found, as a share of the length of the bare list of answers."""
        tokens = unlabelled(domain, rows, self.inputs, ctx.rng)
        answers = subject.predict(tokens).numpy().reshape(-1)
        examples = examples_of(tokens.numpy(), domain.positions)
        rng = np.random.default_rng(int(torch.randint(2**31, (), generator=ctx.rng)))
        budget = Budget(programs=self.programs, examples=96)
        found = frontier(examples, answers, rng, share=FIDELITY, budget=budget)
        node = log2(sum(1 for _ in leaves(examples, answers)) + len(ARITY))  # bits: one of all symbols of the language

        def bits(program_size: int, agreement: float) -> float:
            wrong = round((1 - agreement) * len(answers))
            return program_size * node + exception_bits(len(answers), wrong, domain.classes)

        theory = min(found, key=lambda one: bits(one.program.size, one.agreement))
        ctx.log(f"{theory.program} gives {theory.agreement:.3f} of the network's answers")
        return -bits(theory.program.size, theory.agreement) / (len(answers) * log2(domain.classes))
