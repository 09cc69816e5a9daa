"""Expressions made of smaller ones, in the order of their weights, in blocks that are computed together.

Larger expressions are first computed on some rows alone, where nearly all of them are seen not to determine the label;
only those that may be kept, or that pass, are computed on every example.

References: Udupa et al. 2013, TRANSIT; Alur et al. 2013, Syntax-guided synthesis (the enumerative solver).
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from jaxtyping import Int

from interpbench.toolkit.synthesis.bank import Bank
from interpbench.toolkit.synthesis.clock import Clock
from interpbench.toolkit.synthesis.determined import exact
from interpbench.toolkit.synthesis.examples import Examples
from interpbench.toolkit.synthesis.leaves import Leaf
from interpbench.toolkit.synthesis.term import Term, joined

BINARY: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "({0} + {1})": np.add,
    "({0} - {1})": np.subtract,
    "({0} * {1})": np.multiply,
    "({0} == {1})": np.equal,
    "({0} < {1})": np.less,
    "max({0}, {1})": np.maximum,
    "min({0}, {1})": np.minimum,
}
"""Operations on two expressions, as templates. Where both are truths, max is their `or` and min their `and`."""
BY_CONSTANT: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "({0} % {1})": np.mod,
    "({0} // {1})": np.floor_divide,
}
"""Operations whose right side is a constant above 1."""
SYMMETRIC = frozenset({"({0} + {1})", "({0} * {1})", "({0} == {1})", "max({0}, {1})", "min({0}, {1})"})
_BLOCK = 2048
_GLANCE = 40


class Growth:
    """A bank of expressions that grows.

    Args:
        examples: what values are on.
        leaves: what is not made of others, each with its values.
        clock: counts every expression.
        capacity: of the bank.
    """

    def __init__(self, examples: Examples, leaves: list[Leaf], clock: Clock, capacity: int) -> None:
        self.bank = Bank(len(examples), capacity)
        self._examples, self._clock = examples, clock
        self._constants: dict[int, int] = {}
        waiting = sorted(leaves, key=lambda leaf: leaf[0].weight)
        for start in range(0, len(waiting), _BLOCK):
            terms = [term for term, _ in waiting[start : start + _BLOCK]]
            values = np.stack([vector for _, vector in waiting[start : start + _BLOCK]]).astype(np.int32)
            clock.spend(len(terms))
            before = len(self.bank)
            for number, place in enumerate(self.bank.add_terms(terms, values)):
                if terms[place].text.isdigit():
                    self._constants[before + number] = int(terms[place].text)
        self.leaves = len(self.bank)

    def determining(self) -> Iterator[tuple[Term, Int[np.ndarray, " example"]]]:
        """Kept leaves that determine the labels, the lightest first."""
        rows = self._examples.rows
        for start in range(0, self.leaves, _BLOCK):
            block = self.bank.values[start : min(start + _BLOCK, self.leaves), :rows]
            for place in exact(block, self._examples.labels):
                number = start + int(place)
                yield self.bank.term(number), self.bank.values[number].astype(np.int64)

    def grown(self, largest: int) -> Iterator[tuple[Term, Int[np.ndarray, " example"]]]:
        """Larger expressions that determine the labels, while the clock is open; what is new is kept meanwhile."""
        for weight in range(2, largest + 1):
            for template, first, second in self._pairs(weight):
                yield from self._block(template, first, second, weight)
                if not self._clock.open:
                    return

    def _pairs(self, weight: int) -> Iterator[tuple[str, Int[np.ndarray, " term"], Int[np.ndarray, " term"]]]:
        """Operations of a weight with their operands in the bank."""
        constants = np.array(list(self._constants), dtype=np.int64)
        for template in BY_CONSTANT:
            for number, constant in self._constants.items():
                lefts = np.setdiff1d(self.bank.of_weight(weight - 2), constants)
                if constant > 1 and len(lefts):
                    yield template, lefts, np.full(len(lefts), number)
        for left in range(1, weight - 1):
            lefts, rights = self.bank.of_weight(left), self.bank.of_weight(weight - 1 - left)
            total = len(lefts) * len(rights)
            for start in range(0, total, _BLOCK):
                flat = np.arange(start, min(start + _BLOCK, total))
                a, b = lefts[flat // len(rights)], rights[flat % len(rights)]
                for template in BINARY:
                    ordered = a <= b if template in SYMMETRIC else np.ones(len(a), dtype=bool)
                    if ordered.any():
                        yield template, a[ordered], b[ordered]

    def paired(self, most: int) -> Iterator[tuple[Term, Int[np.ndarray, " example"]]]:
        """Operations on two of the lightest leaves that determine the labels, far beyond the weights of `grown`."""
        constants = set(self._constants)
        light = np.array([number for number in range(self.leaves) if number not in constants][:most], dtype=np.int64)
        left, right = np.tril_indices(len(light))
        for start in range(0, len(left), _BLOCK):
            a, b = light[left[start : start + _BLOCK]], light[right[start : start + _BLOCK]]
            for template in BINARY:
                if not self._clock.open:
                    return
                yield from self._tested(template, a, b)
                if template == "({0} < {1})":
                    yield from self._tested(template, b, a)

    def _block(
        self, template: str, first: Int[np.ndarray, " term"], second: Int[np.ndarray, " term"], weight: int
    ) -> Iterator[tuple[Term, Int[np.ndarray, " example"]]]:
        """Tests expressions, and keeps those with new values."""
        yield from self._tested(template, first, second)
        if not self.bank.full:
            self.bank.add_made(template, np.stack([first, second]), self._values(template, first, second), weight)

    def _tested(
        self, template: str, first: Int[np.ndarray, " term"], second: Int[np.ndarray, " term"]
    ) -> Iterator[tuple[Term, Int[np.ndarray, " example"]]]:
        self._clock.spend(len(first))
        labels = self._examples.labels
        some = min(_GLANCE, len(labels))
        passed = exact(self._values(template, first, second, some), labels[:some])
        if not len(passed):
            return
        whole = self._values(template, first[passed], second[passed]).astype(np.int64)
        for found in exact(whole[:, : len(labels)], labels).tolist():
            parts = [self.bank.term(int(side[passed[found]])) for side in (first, second)]
            yield joined(template, *parts), whole[found]

    def _values(
        self, template: str, first: Int[np.ndarray, " term"], second: Int[np.ndarray, " term"], some: int | None = None
    ) -> Int[np.ndarray, "term example"]:
        """On the first examples, or on all."""
        form = BINARY.get(template) or BY_CONSTANT[template]
        values = self.bank.values[:, :some]
        return form(values[first].astype(np.int32), values[second].astype(np.int32)).astype(np.int32)
