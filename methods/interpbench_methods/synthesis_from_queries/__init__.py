"""The shortest program that gives the labels of the rows, and of the inputs on which earlier programs were wrong."""

from typing import final

import numpy as np

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.synthesis import Budget, Search
from interpbench.toolkit.synthesis.presence import presence
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import EntersExtraction, Extracted

from .branch import rare_branch
from .questions import Questions

ROWS = 500
"""Rows of a search; asked for where none are shown, with at most half of the budget."""


@final
class SynthesisFromQueries(Method, EntersExtraction):
    """Synthesis that may ask: counterexamples to a program that fits the rows lead to the next one.

    A program that fits the rows is put to random questions. Those that refute it go in front of the rows of the next
    search, unless they have a common cause: a rare branch, whose tests are found by changing one token at a time.

    References: Solar-Lezama 2008, Program synthesis by sketching (counterexample-guided synthesis); Angluin 1988,
    Queries and concept learning (equivalence queries by random sampling).
    """

    name = "synthesis-from-queries"
    family = Family.BEHAVIOURAL
    tier = Tier.BEHAVIOUR
    version = "1.0"

    states: int  # programs, tables and linear systems looked at in each search
    size: int  # largest program, in syntax nodes
    searches: int  # at most

    def extract(
        self, subject: Subject | None, rows: Rows, domain: Domain, budget: int, ctx: Context
    ) -> Extracted | NotApplicable:
        """A program from rows, then questions, then a look for a rare branch."""
        ask = Questions(subject=subject, domain=domain, left=budget if subject is not None else 0, rng=ctx.rng)
        tokens, labels = rows.tokens.numpy(), rows.labels.flatten().numpy()
        if not len(rows) and budget < 2:
            return NotApplicable("no rows are shown, and too few questions allowed to make some")
        if not len(rows):
            tokens = ask.drawn(min(ROWS, budget // 2))
            labels = ask(tokens)
        search = self._searched(tokens, labels, ctx)
        present, branch = presence(search), None
        for _ in range(self.searches - 1):
            if not search.consistent:  # more rows would be harder still
                break
            doubts = ask.doubts(search.best.theory)
            branch = rare_branch(ask, search.best.theory, doubts)
            if branch is not None or not len(doubts.inputs):
                break
            kept = slice(ROWS - len(doubts.inputs))
            tokens, labels = (
                np.concatenate([doubts.inputs, tokens[kept]]),
                np.concatenate([doubts.labels, labels[kept]]),
            )
            search = self._searched(tokens, labels, ctx)
            present = max(present, presence(search))
        theory = search.best.theory
        return Extracted(theory=str(theory if branch is None else branch.on(theory)), p_present=present)

    def _searched(self, tokens: np.ndarray, labels: np.ndarray, ctx: Context) -> Search:
        limits = Budget(states=self.states, seconds=ctx.limits.wall_seconds / (1 + self.searches), size=self.size)
        search = Search(tokens, labels, budget=limits)
        search.run()
        ctx.log(f"{search.progress.states} states, {search.best.agreement:.3f} of {len(labels)} labels")
        return search
