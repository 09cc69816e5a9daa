"""A network that may be asked freely, and what its answers say about a theory."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int

from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.theory import Theory
from interpbench.theory.limits import FUEL
from interpbench.toolkit.synthesis import Budget, Candidate, Hints, Search, improve

Inputs = Int[np.ndarray, "input length"]
Labels = Int[np.ndarray, " input"]

SHOWN = 500
"""Inputs that the network labels where no rows are shown."""
FRESH = 1000
"""Inputs on which a theory is held against the network."""
BATCH = 8192
BUDGET = Budget(states=2_000_000, seconds=20.0)
"""Of a search for a theory of the rows."""
RIGHT = 0.98
"""Share of fresh inputs on which a theory of the rows is right enough to be the network's but for rare branches."""
_QUERIES = 200
_SEARCHES = 2


def answers(theory: Theory, inputs: Inputs) -> Labels:
    """What a theory says, -1 where it fails or gives a sequence."""
    found = theory.run_many(inputs, FUEL)
    return np.where(found.failed | (found.lengths >= 0), -1, found.values[:, 0])


@dataclass(frozen=True, kw_only=True, eq=False)
class Oracle:
    """A network with its domain; one answer an input.

    Attributes:
        subject: at tier `weights`, where questions are free.
        domain: where inputs come from.
        rng: draws them.
    """

    subject: Subject
    domain: Domain
    rng: torch.Generator

    def inputs(self, count: int) -> Inputs:
        """Drawn uniformly from the domain."""
        return self.domain.full(count, self.rng).numpy()

    def logits(self, inputs: Inputs) -> Float[np.ndarray, "input k"]:
        """At the answer position."""
        starts = range(0, len(inputs), BATCH)
        parts = [self.subject.logits(torch.from_numpy(inputs[start : start + BATCH]))[:, 0] for start in starts]
        return np.asarray(torch.cat(parts).numpy())

    def labels(self, inputs: Inputs) -> Labels:
        """The network's answers."""
        return np.asarray(self.logits(inputs).argmax(axis=1))

    def numpy(self) -> np.random.Generator:
        """A generator that the oracle's own seeds."""
        return np.random.default_rng(int(torch.randint(2**31, (), generator=self.rng)))

    def presence(self, theory: Theory) -> float:
        """P(there is a short rule), from a theory's skill on fresh inputs: 0 for the most frequent answer, 1 for all.

        A network without a rule answers with what no short theory foretells. Nothing is certain, however: the scale
        goes from .02 to .98.
        """
        most = float(np.bincount(self.labels(self.inputs(FRESH))).max() / FRESH)
        right = self._agreement(theory)
        skill = max(0.0, (right - most) / (1 - most)) if most < 1 else right
        return 0.02 + 0.96 * skill

    def _agreement(self, theory: Theory) -> float:
        fresh = self.inputs(FRESH)
        return float((answers(theory, fresh) == self.labels(fresh)).mean())

    def searched(self, rows: Rows, hints: Hints | None = None, budget: Budget | None = None) -> Candidate:
        """The best theory of the shown rows, or, without any, of inputs that the network labels; the network decides
        between theories that the rows leave open.
        """
        tokens = rows.tokens.numpy() if len(rows) else np.unique(self.inputs(SHOWN), axis=0)
        labels = rows.labels[:, 0].numpy() if len(rows) else self.labels(tokens)
        seed = int(torch.randint(2**31, (), generator=self.rng))
        search = Search(tokens, labels, hints=hints, budget=budget or BUDGET, seed=seed)
        search.run()
        if not search.consistent:  # the first question would refute it, and a second search would find no more
            return search.best
        if len(search.consistent) == 1 and self._agreement(search.best.theory) >= RIGHT:
            return search.best  # what is wrong with it is rare, and a question that met it would only spoil the search
        return improve(search, self.labels, _QUERIES, _SEARCHES).search.best
