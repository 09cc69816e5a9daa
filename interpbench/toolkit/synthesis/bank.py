"""Expressions with their values on the examples, one for each distinct vector of values.

Two expressions with equal values on all examples are one as far as the examples can tell; the first, which is never
the heavier one, is kept and built upon.

References: Udupa et al. 2013, TRANSIT (observational equivalence); Albarghouthi et al. 2013; Alur et al. 2013, SyGuS.
"""

import numpy as np
from jaxtyping import Int

from interpbench.toolkit.synthesis.term import Term, joined

LARGEST = 10_000
"""Expressions with a larger value, of either sign, are dropped: int16 holds the others."""
_FACTOR = 2**28
"""Random factors are below it: times `LARGEST` and 1,024 examples that is below 2^53, so float64 adds up exactly."""


class Bank:
    """Distinct expressions in the order in which they came.

    Args:
        examples: values that an expression has.
        capacity: later ones are not kept.
    """

    def __init__(self, examples: int, capacity: int) -> None:
        self.values = np.zeros((capacity, examples), dtype=np.int16)
        self.weights = np.zeros(capacity, dtype=np.int32)
        self._made: list[Term | tuple[str, tuple[int, ...]]] = []
        self._seen: set[int] = set()
        self._factors = np.random.default_rng(0).integers(1, _FACTOR, size=(examples, 2)).astype(np.float64)

    def __len__(self) -> int:
        return len(self._made)

    @property
    def full(self) -> bool:
        """Whether nothing more is kept."""
        return len(self) == len(self.values)

    def new(self, values: Int[np.ndarray, "term example"]) -> Int[np.ndarray, " new"]:
        """Numbers of those vectors that are bounded and unknown, each once; they are known from here on."""
        fits = np.flatnonzero((values.max(axis=1) <= LARGEST) & (values.min(axis=1) >= -LARGEST))
        chosen = []
        for place, key in zip(fits.tolist(), self._keys(values[fits]).tolist(), strict=True):
            if key not in self._seen:
                self._seen.add(key)
                chosen.append(place)
        return np.array(chosen, dtype=np.int64)

    def add_terms(self, terms: list[Term], values: Int[np.ndarray, "term example"]) -> Int[np.ndarray, " kept"]:
        """Keeps what is new of terms that are not made of others; their numbers in the list."""
        places = self.new(values)[: len(self.values) - len(self)]
        weights = np.array([terms[place].weight for place in places], dtype=np.int32)
        self._store(values[places], weights)
        self._made += [terms[place] for place in places]
        return places

    def add_made(
        self, template: str, parts: Int[np.ndarray, "part term"], values: Int[np.ndarray, "term example"], weight: int
    ) -> None:
        """Keeps what is new of terms that one operation makes of kept ones."""
        if self.full:
            return
        places = self.new(values)[: len(self.values) - len(self)]
        self._store(values[places], np.full(len(places), weight, dtype=np.int32))
        self._made += [(template, tuple(parts[:, place].tolist())) for place in places]

    def _store(self, values: Int[np.ndarray, "term example"], weights: Int[np.ndarray, " term"]) -> None:
        here = slice(len(self), len(self) + len(values))
        self.values[here], self.weights[here] = values, weights

    def term(self, number: int) -> Term:
        """A kept expression."""
        made = self._made[number]
        return made if isinstance(made, Term) else joined(made[0], *(self.term(part) for part in made[1]))

    def of_weight(self, weight: int) -> Int[np.ndarray, " term"]:
        """Numbers of the expressions of a weight."""
        return np.flatnonzero(self.weights[: len(self)] == weight)

    def _keys(self, values: Int[np.ndarray, "term example"]) -> Int[np.ndarray, " term"]:
        """A hash of each vector: two inner products with random vectors in one word of 64 bits."""
        sums = np.rint(values.astype(np.float64) @ self._factors).astype(np.int64).view(np.uint64)
        mixed: np.ndarray = sums[:, 0] * np.uint64(0x9E3779B97F4A7C15) + sums[:, 1]  # an xor would merge e and -e
        return mixed
