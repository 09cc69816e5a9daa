"""All programs of one size, made of smaller ones, in blocks whose values are computed together.

Not every pair is tried. Constants above `SMALL` occur only where programs in practice have them: under `%` and `//`, in
comparisons, and in `c - e`; what adds a larger one takes more nodes. Two constants are never combined.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Int

from interpbench.toolkit.programs.bank import Bank, Block
from interpbench.toolkit.programs.syntax import BINARY, BY_CONSTANT, COMMUTATIVE, Examples, Program, evaluate

SMALL = 2
"""Constants up to this one are operands like any other."""
BLOCK = 4096
"""Programs whose values are computed together: with 128 examples, 2 MB an operand."""
_WITH_LARGE = ("==", "<")
_PAIRED = tuple(op for op in BINARY if op not in BY_CONSTANT)


class Growth:
    """A bank, and the larger programs that can be made of those in it.

    Args:
        examples: what values are on.
        leaves: programs that are not made of others.
        capacity: of the bank.
        largest_minuend: `c - e` is tried for constants up to this one.
    """

    def __init__(self, examples: Examples, leaves: Sequence[Program], capacity: int, largest_minuend: int) -> None:
        self.bank = Bank(len(examples), capacity)
        self._examples = examples
        self._leaves = leaves
        self._constants: dict[int, int] = {}  # number in the bank -> the constant
        self._largest_minuend = largest_minuend

    def keep(self, block: Block) -> None:
        """Puts what is new into the bank."""
        before = len(self.bank)
        self.bank.add(block)
        if block.leaf is not None and block.op == "const" and len(self.bank) > before:
            self._constants[before] = block.leaf.numbers[0]

    def of_size(self, size: int) -> Iterator[Block]:
        """Blocks of all programs of a size that this module's restrictions leave; smaller ones are in the bank."""
        for leaf in self._leaves:
            if leaf.size == size:
                yield Block(op=leaf.op, values=evaluate(leaf, self._examples)[None].astype(np.int32), leaf=leaf)
        yield from self._by_constants(size)
        yield from self._looked_up(size)
        for left in range(1, (size - 1) // 2 + 1):
            yield from self._pairs(left, size - 1 - left)
        yield from self._conditionals(size)

    def _gather(self, numbers: np.ndarray) -> Int[np.ndarray, "program example"]:
        return np.asarray(self.bank.values[numbers], dtype=np.int32)

    def _varying(self, size: int) -> Int[np.ndarray, " program"]:
        """Programs of a size, constants left out."""
        return np.array([number for number in self.bank.of_size(size) if number not in self._constants], dtype=np.int64)

    def _by_constants(self, size: int) -> Iterator[Block]:
        numbers = self._varying(size - 2)
        for start in range(0, len(numbers), BLOCK):
            lefts = numbers[start : start + BLOCK]
            values = self._gather(lefts)
            for number, constant in self._constants.items():
                if constant >= 1:
                    below = values // constant  # fast by a scalar, which % is not
                    if constant > 1:
                        yield _block("%", values - constant * below, lefts, number)
                        yield _block("//", below, lefts, number)
                if constant > SMALL:
                    for op in _WITH_LARGE:
                        yield _block(op, BINARY[op](values, np.array(constant)), lefts, number)
                    yield _block("<", constant < values, number, lefts)
                    if constant <= self._largest_minuend:
                        yield _block("-", constant - values, number, lefts)

    def _looked_up(self, size: int) -> Iterator[Block]:
        tokens = self._examples.tokens.astype(np.int32)
        row = np.arange(len(tokens))
        numbers = self._varying(size - 1)
        for start in range(0, len(numbers), BLOCK):
            chosen = numbers[start : start + BLOCK]
            yield _block("at", tokens[row, self._gather(chosen) % tokens.shape[1]], chosen)

    def _pairs(self, left: int, right: int) -> Iterator[Block]:
        """Both orders of each pair of programs that are not both constant."""
        lefts, rights = self._operands(left), self._operands(right)
        for flat in _spans(len(lefts) * len(rights)):
            a, b = lefts[flat // max(len(rights), 1)], rights[flat % max(len(rights), 1)]
            keep = (a <= b) if left == right else np.ones(len(a), dtype=bool)
            keep &= ~(np.isin(a, list(self._constants)) & np.isin(b, list(self._constants)))
            a, b = a[keep], b[keep]
            if not len(a):
                continue
            first, second = self._gather(a), self._gather(b)
            for op in _PAIRED:
                yield _block(op, BINARY[op](first, second), a, b)
                if op not in COMMUTATIVE:
                    yield _block(op, BINARY[op](second, first), b, a)

    def _operands(self, size: int) -> Int[np.ndarray, " program"]:
        return np.array([n for n in self.bank.of_size(size) if self._constants.get(n, 0) <= SMALL], dtype=np.int64)

    def _conditionals(self, size: int) -> Iterator[Block]:
        """Conditions are programs that are 0 on some examples and 1 on the others."""
        for first in range(1, size - 2):
            conditions = self._varying(first)
            values = self.bank.values[conditions]
            conditions = (
                conditions[(values.min(axis=1) == 0) & (values.max(axis=1) == 1)] if len(values) else conditions
            )
            for second in range(1, size - 1 - first):
                thens = np.array(self.bank.of_size(second), dtype=np.int64)
                others = np.array(self.bank.of_size(size - 1 - first - second), dtype=np.int64)
                for flat in _spans(len(conditions) * len(thens) * len(others)):
                    a, rest = np.divmod(flat, len(thens) * len(others))
                    b, c = np.divmod(rest, len(others))
                    a, b, c = conditions[a], thens[b], others[c]
                    keep = b != c
                    a, b, c = a[keep], b[keep], c[keep]
                    if len(a):
                        chosen = np.where(self.bank.values[a] != 0, self._gather(b), self._gather(c))
                        yield _block("if", chosen, a, b, c)


def _spans(total: int) -> Iterator[Int[np.ndarray, " flat"]]:
    """0 ... total - 1 in blocks."""
    for start in range(0, total, BLOCK):
        yield np.arange(start, min(start + BLOCK, total))


def _block(op: str, values: np.ndarray, *parts: np.ndarray | int) -> Block:
    return Block(op=op, values=values.astype(np.int32, copy=False), parts=parts)
