"""The theories that a search has found: checked, measured in their canonical form, the best of every size."""

from dataclasses import dataclass, field
from math import lgamma, log, log2

import numpy as np
from jaxtyping import Int

from interpbench.theory import Theory, canonical, size
from interpbench.toolkit.synthesis.recode import Recoding
from interpbench.toolkit.synthesis.term import Proposal, theory_of

NODE_BITS = 4.0
"""What a syntax node costs: some sixteen words are likely at any place of a theory."""
_MOST_CONSISTENT = 64


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """A theory with what the rows say about it.

    Attributes:
        theory: in canonical form.
        agreement: share of the rows whose label it gives.
        size: syntax nodes.
        bits: length of the labels when written down as the theory and its exceptions (Rissanen 1978).
    """

    theory: Theory
    agreement: float
    size: int
    bits: float


def description_bits(nodes: int, wrong: int, rows: int, classes: int) -> float:
    """Bits of a theory, of which rows are exceptions to it, and of what these are."""
    which = (lgamma(rows + 1) - lgamma(wrong + 1) - lgamma(rows - wrong + 1)) / log(2)
    return NODE_BITS * nodes + log2(rows + 1) + which + wrong * log2(max(classes - 1, 1))


@dataclass(kw_only=True, eq=False)
class Frontier:
    """The best candidates so far.

    Attributes:
        tokens: all rows, and the probes behind them.
        labels: of the rows.
        recoding: from the tokens to what solvers saw.
        largest: theories that have more nodes are dropped.
        consistent: candidates that give every label and differ on some probe, the smallest of each kind.
    """

    tokens: Int[np.ndarray, "example length"]
    labels: Int[np.ndarray, " row"]
    recoding: Recoding
    largest: int
    consistent: list[Candidate] = field(default_factory=list)
    _best: dict[int, Candidate] = field(default_factory=dict)
    _sizes: dict[bytes, int] = field(default_factory=dict)

    def offer(self, found: Proposal, seen: Int[np.ndarray, " example"]) -> Candidate | None:
        """Takes in what a solver found, unless something known is no larger and as good.

        Args:
            found: with its values on some of the examples.
            seen: which ones.

        Raises:
            AssertionError: the theory does not do what its solver computed; a fault of the solver.
        """
        rows = len(self.labels)
        inside = seen < rows
        share = float((found.values[inside] == self.labels[seen[inside]]).mean())
        if share < 1 and any(one.agreement >= share and one.size <= found.term.weight for one in self._best.values()):
            return None
        theory = canonical(self.recoding.lifted(theory_of(found.term)))
        answers = theory.run_many(self.tokens)
        # a table may hold too few cells for rows that the solver did not see: there it is wrong, which is no fault
        if answers.failed[seen].any() or not np.array_equal(answers.integers()[seen], found.values):
            raise AssertionError(f"the engine computed other values than the theory has:\n{theory}")
        return self.admit(theory)

    def admit(self, theory: Theory) -> Candidate | None:
        """Takes in a theory in canonical form, unless it is too large, or one that behaves alike is no larger."""
        nodes, rows = size(theory), len(self.labels)
        if nodes > self.largest:
            return None
        answers = theory.run_many(self.tokens)
        values = np.where(answers.failed, -1, answers.integers())
        key = values.tobytes()
        if self._sizes.get(key, self.largest + 1) <= nodes:
            return None
        self._sizes[key] = nodes
        wrong = int((values[:rows] != self.labels).sum())
        bits = description_bits(nodes, wrong, rows, int(self.labels.max()) + 1)
        candidate = Candidate(theory=theory, agreement=1 - wrong / rows, size=nodes, bits=bits)
        self._keep(candidate, key)
        return candidate

    def _keep(self, candidate: Candidate, key: bytes) -> None:
        known = self._best.get(candidate.size)
        if known is None or known.agreement < candidate.agreement:
            self._best[candidate.size] = candidate
        if candidate.agreement == 1:
            others = [one for one in self.consistent if one.theory.run_many(self.tokens).integers().tobytes() != key]
            self.consistent = sorted([*others, candidate], key=lambda one: one.size)[:_MOST_CONSISTENT]

    @property
    def candidates(self) -> list[Candidate]:
        """Of growing size and growing agreement."""
        kept: list[Candidate] = []
        for nodes in sorted(self._best):
            if not kept or self._best[nodes].agreement > kept[-1].agreement:
                kept.append(self._best[nodes])
        return kept

    @property
    def best(self) -> Candidate:
        """The smallest that gives every label, if it halves the bits of the labels; else that with the fewest bits.

        Raises:
            LookupError: nothing was found that is small enough.
        """
        if not self._best:
            raise LookupError(f"no theory of at most {self.largest} nodes was found: allow larger ones")
        rows, classes = len(self.labels), max(int(self.labels.max()) + 1, 2)
        if self.consistent and self.consistent[0].bits < rows * log2(classes) / 2:
            return self.consistent[0]
        return min(self.candidates, key=lambda one: one.bits)
