"""Searches over inputs that the network labelled, until a theory also gives labels that no search has seen."""

from dataclasses import dataclass, field

import numpy as np

from interpbench.theory import Theory, canonical, size
from interpbench.toolkit.reading.sample import Labelled
from interpbench.toolkit.synthesis import Budget, Hints, Search
from interpbench.toolkit.synthesis.frontier import description_bits

NARROW = 2_000_000
"""States of a search with hints; what it can find it finds soon."""
WIDE = 4_500_000
"""States of a search without."""
MOST = 6_000_000
"""States of all searches together; each one may have `LEAST`."""
LEAST = 1_000_000
FITS = 0.9995
"""Agreement on unseen labels from which on a theory is taken at once; networks seldom err on more of their inputs."""
_ROUNDS = 3
_COUNTEREXAMPLES = 48
SEEN = 512
"""Rows that a search looks at: all that it can use."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Finding:
    """A theory with its agreement on labels that no search has seen.

    Attributes:
        theory: the theory.
        agreement: share of the held-out labels that it gives.
        bits: length of the held-out labels when written down as the theory and its exceptions. Unlike agreement it does
            not prefer a theory that also explains the network's few mistakes.
        via: which rung, or what else, led to it.
    """

    theory: Theory
    agreement: float
    bits: float
    via: str


@dataclass(kw_only=True, eq=False)
class Climb:
    """The best theory so far, and what it cost.

    Attributes:
        sample: what searches see; its first rows are preferred.
        held: labels that theories are judged by; those that refute a theory join the sample of the next search.
        states: of all searches.
        seed: of the searches.
    """

    sample: Labelled
    held: Labelled
    states: int = 0
    seed: int = 0
    best: Finding | None = None
    rounds: list[str] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether a theory fits."""
        return self.best is not None and self.best.agreement >= FITS

    def climb(self, rungs: list[Hints]) -> None:
        """Searches with each rung's hints in turn until a theory fits."""
        for hints in rungs:
            if self.done:
                return
            self.search(hints, NARROW if hints != Hints() else WIDE)

    def search(self, hints: Hints, states: int) -> None:
        """Searches, and again with counterexamples where a theory gives all labels but not the held-out ones."""
        sample = self.sample[:SEEN]
        for _ in range(_ROUNDS):
            budget = Budget(states=min(states, max(MOST - self.states, LEAST)), seconds=30.0)
            search = Search(sample.tokens, sample.labels, hints=hints, seed=self.seed, budget=budget)
            search.run()
            self.states += search.progress.states
            theory = search.best.theory
            right = self.offer(theory, _named(hints))
            if not search.consistent or right.all() or self.states >= MOST:
                return
            wrong = np.flatnonzero(~right)[:_COUNTEREXAMPLES]
            states = min(states, LEAST) if right.mean() >= FITS else states
            sample = self.held[wrong] + sample[: SEEN - len(wrong)]

    def offer(self, theory: Theory, via: str) -> np.ndarray:
        """Takes a theory in if it is the best; which held-out labels it gives."""
        right = correct(theory, self.held)
        short = canonical(theory)
        bits = description_bits(size(short), int((~right).sum()), len(right), int(self.held.labels.max()) + 1)
        found = Finding(theory=short, agreement=float(right.mean()), bits=bits, via=via)
        self.rounds.append(f"{via} {found.agreement:.4f}")
        if self.best is None or found.bits < self.best.bits:
            self.best = found
        return right


def correct(theory: Theory, held: Labelled) -> np.ndarray:
    """Which labels a theory gives; failures are wrong."""
    found = theory.run_many(held.tokens)
    one = ~found.failed & (found.lengths < 0)
    return np.asarray(one & (found.values[:, 0] == held.labels))


def presence(agreement: float, labels: np.ndarray) -> float:
    """P(there is a rule) from a theory's agreement with labels that it was not made from.

    What counts is the agreement beyond the most frequent label, as a share of what is possible: networks that learnt
    labels by heart are smooth enough for a theory to predict them a little.
    """
    base = float(np.bincount(labels).max() / len(labels))
    beyond = (agreement - base) / max(1 - base, 1e-9)
    return float(np.clip(1 / (1 + np.exp(-(beyond - MIDDLE) / WIDTH)), 0.02, 0.98))


MIDDLE, WIDTH = 0.3, 0.06
"""Where a theory speaks neither for a rule nor against it, and how fast that changes."""


def _named(hints: Hints) -> str:
    parts = [
        f"positions {','.join(map(str, hints.positions))}" if hints.positions is not None else "",
        f"modulus {hints.modulus}" if hints.modulus is not None else "",
        f"classes {','.join(map(str, hints.classes))}" if hints.classes is not None else "",
        "+".join(sorted(hints.operations)) if hints.operations is not None else "",
    ]
    return "; ".join(filter(None, parts)) or "no hints"
