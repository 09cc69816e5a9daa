"""The search for theories that give the labels of rows: a line of solvers over one pool of expressions.

Each solver is complete for a small class of rules that enumeration alone would not reach; what it finds is made a
theory, run by the theory language's own interpreter and asserted to do what the solver computed.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import Int

from interpbench.toolkit.synthesis import leaves
from interpbench.toolkit.synthesis.automata import automata
from interpbench.toolkit.synthesis.choices import branches, choices, conditions
from interpbench.toolkit.synthesis.clock import Budget, Clock, Progress
from interpbench.toolkit.synthesis.determined import functions, hits
from interpbench.toolkit.synthesis.examples import examples_of
from interpbench.toolkit.synthesis.folds import folds
from interpbench.toolkit.synthesis.frontier import Candidate, Frontier
from interpbench.toolkit.synthesis.growth import Growth
from interpbench.toolkit.synthesis.hints import Hints
from interpbench.toolkit.synthesis.linear import linear
from interpbench.toolkit.synthesis.literals import literals
from interpbench.toolkit.synthesis.recode import Recoding
from interpbench.toolkit.synthesis.term import Proposal, Term

_PER_SOLVER = 24
"""Terms that determine the labels, of one solver, that are made theories."""
_APPROXIMATE = 6
_PAIRED = 1000


class Search:
    """Looks for small theories that give the labels of rows.

    Args:
        tokens: (row, length), letters from 0.
        labels: (row,) from 0.
        hints: what is known of the rule.
        budget: how far to go.
        probes: unlabelled inputs, drawn from the letters of each position, that keep apart rules which agree on all
            rows.
        patient: go through all solvers although a theory was found that gives every label, for others that do.
        seed: of all that is drawn.

    Raises:
        ValueError: no rows, tokens or labels below 0, hints that do not fit the tokens.

    References: Alur et al. 2013, Syntax-guided synthesis; Udupa et al. 2013, TRANSIT (observational equivalence).

    >>> tokens = np.random.default_rng(0).integers(0, 5, (200, 6))
    >>> search = Search(tokens, (tokens[:, 1] + 2 * tokens[:, 4]) % 5)
    >>> print(search.run()[-1].theory)
    def rule(x):
        return (x[1] + x[4] * 2) % 5
    """

    def __init__(
        self,
        tokens: Int[np.ndarray, "row length"],
        labels: Int[np.ndarray, " row"],
        *,
        hints: Hints | None = None,
        budget: Budget | None = None,
        probes: int = 128,
        patient: bool = False,
        seed: int = 0,
    ) -> None:
        self.tokens, self.labels = np.asarray(tokens, dtype=np.int64), np.asarray(labels, dtype=np.int64)
        self.hints, self.budget = hints or Hints(), budget or Budget()
        self.probes, self.patient, self.seed = probes, patient, seed
        self._rng = np.random.default_rng(seed)
        shown = examples_of(self.tokens, self.labels, probes, self._rng)
        recoding = Recoding(positions=self.hints.positions, classes=self.hints.classes)
        coded = recoding.applied(shown.tokens)
        letters = int(coded.max(initial=0)) + 1
        self._examples = replace(shown, tokens=coded, letters=letters)
        # the sampled rows, then the probes, by their numbers among all rows and the probes behind them
        every = np.concatenate([self.tokens, shown.tokens[shown.rows :]])
        self._seen = np.concatenate([shown.chosen, len(self.labels) + np.arange(len(shown) - shown.rows)])
        self.frontier = Frontier(tokens=every, labels=self.labels, recoding=recoding, largest=self.budget.size)
        self._clock = Clock(budget=self.budget)
        self._near: list[Proposal] = []

    @property
    def progress(self) -> Progress:
        """What was done so far."""
        return self._clock.progress

    @property
    def consistent(self) -> list[Candidate]:
        """Theories that give every label, the smallest first; any two differ on some probe."""
        return self.frontier.consistent

    @property
    def best(self) -> Candidate:
        """The smallest consistent one if it explains the labels in few bits, else the one with the fewest bits."""
        return self.frontier.best

    def run(self) -> list[Candidate]:
        """Searches until a theory gives every label, or the budget is used up.

        Returns:
            The frontier: candidates of growing size and growing agreement, at least one.
        """
        for name, share, solver in self._solvers():
            if self.consistent and not self.patient:
                break
            if name is None or self.hints.allows(name):
                self._clock.enter(name or "leaves", share)
                for proposal in solver():
                    self._offer(proposal)
        return self.frontier.candidates

    def _solvers(self) -> Iterator[tuple[str | None, float, Callable[[], Iterator[Proposal]]]]:
        examples, hints, clock = self._examples, self.hints, self._clock
        yield None, 0.1, self._constant
        yield None, 0.2, self._leaves
        yield "linear", 0.2, lambda: linear(examples, hints, clock, self._rng)
        yield "literals", 0.5, lambda: literals(examples, clock)
        yield "folds", 0.3, lambda: self._functions(folds(examples, hints, clock))
        yield "arithmetic", 0.3, lambda: self._functions(self._growth.paired(_PAIRED))
        yield "choices", 0.4, self._choices
        yield "automata", 0.4, lambda: automata(examples, clock, self._rng)
        yield "arithmetic", 1.0, lambda: self._functions(self._growth.grown(self.budget.size - 2))

    def _offer(self, proposal: Proposal) -> None:
        self.frontier.offer(proposal, self._seen)
        self._near.append(proposal)

    def _constant(self) -> Iterator[Proposal]:
        common = int(np.bincount(self._examples.labels).argmax())
        yield Proposal(Term(str(common)), np.full(len(self._examples), common))

    def _leaves(self) -> Iterator[Proposal]:
        examples, statistics = self._examples, self.hints.allows("statistics")
        every = [*leaves.tokens_of(examples), *leaves.constants(examples)]
        every += leaves.statistics(examples) if statistics and examples.length > 1 else ()
        self._growth = Growth(examples, every, self._clock, self.budget.kept)
        bank, count = self._growth.bank, self._growth.leaves
        yield from self._functions(self._growth.determining())
        right = hits(bank.values[:count, : examples.rows], examples.labels, examples.classes)
        for number in np.argsort(-right + bank.weights[:count], kind="stable")[:_APPROXIMATE].tolist():
            vector = bank.values[number].astype(np.int64)
            yield from _proposals(functions(bank.term(number), vector, examples.labels, most=1))

    def _functions(self, found: Iterator[tuple[Term, np.ndarray]]) -> Iterator[Proposal]:
        """Proposals of the functions of terms that determine the labels."""
        for number, (term, vector) in enumerate(found):
            yield from _proposals(functions(term, vector, self._examples.labels))
            if number + 1 == _PER_SOLVER or (number > 2 and not self.patient):
                return

    def _choices(self) -> Iterator[Proposal]:
        bank = self._growth.bank
        tests = conditions(self._examples, bank, self._growth.leaves)
        pool = branches(self._examples, bank, self._near, self.hints)
        yield from choices(self._examples, tests, pool, self.hints, self._clock)


def _proposals(found: Iterator[tuple[Term, np.ndarray]]) -> Iterator[Proposal]:
    return (Proposal(term, values) for term, values in found)
