"""Programs with their values on the examples, one for each distinct vector of values.

Two programs that agree on all examples are the same program as far as the examples can tell; only the first, which is
never the larger one, is kept and built upon (observational equivalence: Udupa et al. 2013, TRANSIT; Albarghouthi et al.
2013, Recursive program synthesis).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from interpbench.toolkit.programs.syntax import ARITY, Program

LARGEST = 10_000
"""A program with a larger value, of either sign, is dropped; below it int16 holds the values."""
MOST_EXAMPLES = 1024
_HASH_BITS = 29
"""Of the random factors: 2^29 * LARGEST * MOST_EXAMPLES < 2^53, so that float64 adds the products up exactly."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """Programs that were made alike, with their values: one leaf, or one operation on many programs of the bank.

    Attributes:
        values: of each program on each example.
        op: the operation.
        parts: its operands by their numbers in the bank, one a program or one for all.
        leaf: the leaf itself.
    """

    values: Int[np.ndarray, "program example"]
    op: str
    parts: tuple[Int[np.ndarray, " program"] | int, ...] = ()
    leaf: Program | None = None


class Bank:
    """Distinct programs in the order of their sizes, at most `capacity` of them.

    Args:
        examples: how many values a program has; at most `MOST_EXAMPLES`.
        capacity: later programs are not kept.
    """

    def __init__(self, examples: int, capacity: int) -> None:
        if examples > MOST_EXAMPLES:
            raise ValueError(f"{examples} examples to compare programs on, wanted at most {MOST_EXAMPLES}: sample them")
        self.values = np.zeros((capacity, examples), dtype=np.int16)
        self._parts = np.zeros((capacity, 3), dtype=np.int32)
        self._ops: list[str] = []
        self._leaves: dict[int, Program] = {}
        self._ends = [0]  # number of programs of at most this size
        self._seen: set[int] = set()
        factors = np.random.default_rng(0).integers(1, 2**_HASH_BITS, size=(examples, 2))
        self._factors = factors.astype(np.float64)

    def __len__(self) -> int:
        return len(self._ops)

    @property
    def full(self) -> bool:
        """Whether nothing more is kept."""
        return len(self) == len(self.values)

    def close(self) -> None:
        """All programs of the next size are in."""
        self._ends.append(len(self))

    def of_size(self, size: int) -> range:
        """Numbers of the programs of a closed size."""
        return range(self._ends[size - 1], self._ends[size]) if 0 < size < len(self._ends) else range(0)

    def add(self, block: Block) -> None:
        """Keeps the programs whose values are bounded and new."""
        if self.full:
            return
        places = np.flatnonzero(_bounded(block.values))
        keys = self._keys(block.values[places]).tolist()
        first = dict(zip(reversed(keys), reversed(places.tolist()), strict=True))  # the last one stays, so reversed
        new = sorted((place, key) for key, place in first.items() if key not in self._seen)
        new = new[: len(self.values) - len(self)]
        here = slice(len(self), len(self) + len(new))
        chosen = np.array([place for place, _ in new], dtype=np.int64)
        self._seen.update(key for _, key in new)
        self.values[here] = block.values[chosen]
        for column, part in enumerate(block.parts):
            self._parts[here, column] = part if isinstance(part, int) else part[chosen]
        if block.leaf is not None and new:
            self._leaves[len(self)] = block.leaf
        self._ops += [block.op] * len(new)

    def program(self, block: Block, place: int) -> Program:
        """The syntax tree of one program of a block."""
        if block.leaf is not None:
            return block.leaf
        numbers = [part if isinstance(part, int) else int(part[place]) for part in block.parts]
        return Program(block.op, tuple(self._kept(number) for number in numbers))

    def _kept(self, number: int) -> Program:
        if number in self._leaves:
            return self._leaves[number]
        op = self._ops[number]
        return Program(op, tuple(self._kept(int(part)) for part in self._parts[number, : ARITY[op]]))

    def _keys(self, values: Int[np.ndarray, "program example"]) -> Int[np.ndarray, " program"]:
        """A hash of each vector: two inner products with random vectors, exact, in one word of 64 bits."""
        sums = (values.astype(np.float64) @ self._factors).astype(np.int64).view(np.uint64)  # (program, 2)
        mixed: np.ndarray = sums[:, 0] * np.uint64(0x9E3779B97F4A7C15) + sums[:, 1]  # an xor would merge e and -e
        return mixed


def _bounded(values: Int[np.ndarray, "program example"]) -> Bool[np.ndarray, " program"]:
    """Whether no value is too large for the bank."""
    return np.asarray((values.max(axis=1) <= LARGEST) & (values.min(axis=1) >= -LARGEST))
