"""A family: rules of one text that differ in numbers, all of the same size, evaluated together.

A family is a product of axes. The rule at an index is made only when it is wanted; its answers on many inputs come from
arrays, for thousands of rules at once. What the text says and what the arrays say is the same: the tests compare them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, permutations
from math import prod

import numpy as np
from jaxtyping import Int

from interpbench.theory import Theory, canonical, parse, size
from interpbench.tracks.extraction.rules.rule import Rule, Tokens, alphabets

Column = Int[np.ndarray, " rule"]
"""One number of each rule."""
Grid = Int[np.ndarray, "input rule"]
"""What each rule says on each input."""
CELLS = 2**21
"""Cells of one block of work: inputs x positions x rules."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Axis:
    """Some numbers that are chosen together.

    Attributes:
        names: of the numbers.
        choices: (choice, name) the values.
    """

    names: tuple[str, ...]
    choices: Int[np.ndarray, "choice name"]

    def __len__(self) -> int:
        return len(self.choices)


@dataclass(frozen=True, kw_only=True, eq=False)
class Family:
    """Rules of one text.

    Attributes:
        kind: a name from `KINDS`.
        classes: answers of every rule of it are in range(classes).
        axes: what the rules differ in.
        text: the body of the rule for given numbers, by name.
        grid: the answers of many rules: (tokens, numbers by name, each a column) to (input, rule).
    """

    kind: str
    classes: int
    axes: tuple[Axis, ...]
    text: Callable[..., str]
    grid: Callable[..., Grid]

    def __len__(self) -> int:
        return prod(map(len, self.axes))

    @cached_property
    def size(self) -> int:
        """Syntax nodes of each of its rules."""
        return size(self.theory(0))

    def columns(self, indices: Column) -> dict[str, Column]:
        """The numbers of some rules, by name."""
        places = np.unravel_index(indices, [len(axis) for axis in self.axes]) if self.axes else ()
        return {
            name: axis.choices[place, number].astype(np.int16)
            for axis, place in zip(self.axes, places, strict=True)
            for number, name in enumerate(axis.names)
        }

    def answers(self, tokens: Tokens, indices: Column) -> Grid:
        """What some rules say on some inputs."""
        made = self.grid(tokens.astype(np.int16), **self.columns(indices))
        return np.broadcast_to(made, (len(tokens), len(indices)))

    def blocks(self, indices: Column, inputs: int, length: int) -> Iterator[Column]:
        """Indices in pieces whose evaluation fits into the cache of a processor, nearly."""
        step = max(1, CELLS // max(1, inputs * length))
        return (indices[start : start + step] for start in range(0, len(indices), step))

    def theory(self, index: int) -> Theory:
        """The rule at an index, in canonical form."""
        numbers = {name: int(column[0]) for name, column in self.columns(np.array([index])).items()}
        return canonical(parse("def rule(x):\n    " + self.text(**numbers).replace("\n", "\n    ")))

    def rule(self, index: int, length: int, letters: int) -> Rule:
        """The rule at an index, with its domain."""
        domain = alphabets(length, letters)
        return Rule(kind=self.kind, theory=self.theory(index), alphabets=domain, classes=self.classes)


def axis(names: str, choices: Sequence[Sequence[int]] | Sequence[int] | range) -> Axis:
    """An axis from names, separated by spaces, and their values."""
    words = tuple(names.split())
    return Axis(names=words, choices=np.array(choices, dtype=np.int64).reshape(-1, len(words)))


def chosen(names: str, length: int) -> Axis:
    """Different positions in rising order."""
    return axis(names, list(combinations(range(length), len(names.split()))))


def arranged(names: str, length: int) -> Axis:
    """Different positions in any order."""
    return axis(names, list(permutations(range(length), len(names.split()))))


def moduli(letters: int) -> tuple[int, ...]:
    """The moduli of the grammar."""
    return tuple(sorted({m for m in (2, 3, 4, 5, letters) if m <= letters}))


def total(cells: np.ndarray) -> Grid:
    """Sum over positions of (input, position, rule)."""
    return np.asarray(cells.sum(axis=1, dtype=np.int16))


@dataclass(frozen=True, kw_only=True, eq=False)
class Span:
    """A stretch of the input, as it is written and as it is computed.

    Attributes:
        axes: `lo` and `hi`, unless it is the whole input.
        text: for given `lo` and `hi`.
    """

    axes: tuple[Axis, ...]
    text: Callable[[int, int], str]


def spans(length: int, least: int = 3) -> tuple[Span, ...]:
    """The whole input, its beginnings, its ends and its middles of at least `least` tokens."""
    ends = [(0, hi) for hi in range(least, length)]
    starts = [(lo, length) for lo in range(1, length - least + 1)]
    middles = [(lo, hi) for lo in range(1, length) for hi in range(lo + least, length)]
    made = (
        Span(axes=(axis("lo hi", [(0, length)]),), text=lambda lo, hi: "x"),  # noqa: ARG005 -- one form for four spans
        Span(axes=(axis("lo hi", ends),), text=lambda lo, hi: f"x[:{hi}]"),  # noqa: ARG005
        Span(axes=(axis("lo hi", starts),), text=lambda lo, hi: f"x[{lo}:]"),  # noqa: ARG005
        Span(axes=(axis("lo hi", middles),), text=lambda lo, hi: f"x[{lo}:{hi}]"),
    )
    return tuple(span for span in made if len(span.axes[0]))


def inside(length: int, lo: Column, hi: Column) -> np.ndarray:
    """(position, rule) whether a position is in the stretch."""
    places = np.arange(length)[:, None]
    return np.asarray((places >= lo) & (places < hi))
