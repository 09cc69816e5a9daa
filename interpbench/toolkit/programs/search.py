"""The smallest program that reproduces given answers, by trying all programs in the order of their sizes."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from interpbench.toolkit.programs.bank import MOST_EXAMPLES, Bank, Block
from interpbench.toolkit.programs.growth import Growth
from interpbench.toolkit.programs.leaves import leaves
from interpbench.toolkit.programs.syntax import Examples, Program, evaluate

_VERIFIED = 16
"""Programs of a block that are run on all examples, at most, because they do well enough on the sample."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How far a search goes. It counts programs and not seconds, so that a search repeats exactly.

    Attributes:
        programs: tried in all; with 128 examples a million takes .2 to .9 CPU seconds, the least once nothing more is
            kept.
        kept: distinct ones that larger programs are made of; each takes two bytes an example.
        examples: examples that every program is run on; where there are more, a sample of them.
        size: largest program, in syntax nodes.
    """

    programs: int = 1_000_000
    kept: int = 50_000
    examples: int = 128
    size: int = 15


@dataclass(frozen=True, kw_only=True)
class Found:
    """A program and the share of all given answers that it reproduces."""

    program: Program
    agreement: float


def smallest(
    examples: Examples,
    answers: Int[np.ndarray, " example"],
    rng: np.random.Generator,
    *,
    share: float = 1.0,
    budget: Budget | None = None,
) -> Found:
    """The smallest program that gives at least `share` of the answers; where none is found, the one that gives most.

    Of the programs of the `frontier`, whose arguments these are, the one with the largest agreement.
    """
    return max(frontier(examples, answers, rng, share=share, budget=budget), key=lambda found: found.agreement)


def frontier(
    examples: Examples,
    answers: Int[np.ndarray, " example"],
    rng: np.random.Generator,
    *,
    share: float = 1.0,
    budget: Budget | None = None,
) -> list[Found]:
    """Programs of growing size and growing agreement: no smaller program that was tried agrees as often.

    The search ends at the first program that gives at least `share` of all answers, or with the budget. Where there
    are more examples than the budget runs every program on, programs are told apart, and the others of the frontier
    are chosen, on a sample of them; each one's agreement, and whether it ends the search, is measured on all.

    Args:
        examples: inputs with the positions of the answers.
        answers: what a program should give on each example, at least 0.
        rng: draws the sample.
        share: of the answers, above 0 and at most 1.
        budget: how far to go.

    Returns:
        At least one program, the smallest first.
    """
    budget = budget or Budget()
    taken = min(len(examples), budget.examples, MOST_EXAMPLES)
    some = np.sort(rng.permutation(len(examples))[:taken])
    record = _Record(examples, answers, some, share)
    growth = _growth(examples, examples[some], answers, budget.kept)
    tried = 0
    for size in range(1, budget.size + 1):
        for block in growth.of_size(size):
            record.see(block, growth.bank)
            tried += len(block.values)
            if record.done or tried >= budget.programs:
                return record.found
            growth.keep(block)
        growth.bank.close()
    return record.found


def _growth(examples: Examples, some: Examples, answers: Int[np.ndarray, " example"], capacity: int) -> Growth:
    """Where answers stand at several positions, `c - e` may be a position; otherwise it is a symbol or a label."""
    known = list(leaves(examples, answers))
    spoken = max(int(examples.tokens.max()), int(answers.max())) + 1
    minuend = max(spoken, examples.tokens.shape[1]) if examples.several else spoken
    return Growth(some, known, capacity, minuend)


class _Record:
    """The best programs so far."""

    def __init__(
        self, examples: Examples, answers: Int[np.ndarray, " example"], some: Int[np.ndarray, " sampled"], share: float
    ) -> None:
        self._examples, self._answers, self._share = examples, answers, share
        self._wanted = answers[some].astype(np.int32)
        sampled = len(some) < len(examples)
        slack = 2 * np.sqrt(len(some) * share * (1 - share)) if sampled else 0.0  # of a sample, in two of its errors
        self._enough = share * len(some) - slack - 1e-9
        self._most = -1
        self.found: list[Found] = []
        self.done = False

    def see(self, block: Block, bank: Bank) -> None:
        """Takes notice of programs that are not smaller than all before."""
        hits = (block.values == self._wanted).sum(axis=1)
        places = np.flatnonzero(hits >= self._enough)
        for place in places[np.argsort(-hits[places], kind="stable")][:_VERIFIED].tolist():
            self._keep(bank.program(block, place), int(hits[place]))
            if self.done:
                return
        best = int(hits.argmax())
        if hits[best] > self._most:
            self._keep(bank.program(block, best), int(hits[best]))

    def _keep(self, program: Program, hits: int) -> None:
        agreement = float((evaluate(program, self._examples) == self._answers).mean())
        self.done = agreement >= self._share
        if self.done or hits > self._most:
            if self.found and self.found[-1].program.size == program.size:
                self.found.pop()
            self.found.append(Found(program=program, agreement=agreement))
            self._most = max(self._most, hits)
