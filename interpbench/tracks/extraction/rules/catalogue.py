"""All rules of the grammar in the order of their size, and those that fit given rows.

Rules that say the same on a fixed sample of inputs are one rule, and the smallest stands for them. Candidates are
numbers in arrays until they are wanted; most are told apart by 64 inputs, and only those that are not see the rest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from jaxtyping import Int

from interpbench.tracks.extraction.rules.family import Column, Family, Grid
from interpbench.tracks.extraction.rules.kinds import all_families
from interpbench.tracks.extraction.rules.rule import Rule, Tokens

COARSE = 64
"""Inputs that tell most rules apart."""
PROBE = 1024
"""Inputs that tell rules of a listing apart."""
FINE = 8192
"""Inputs that tell rules apart which fit the same rows."""
_STAGES = (16, 64, 256)
"""Rows that candidates are checked on before they are checked on all."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidates:
    """Rules as numbers: which family, and which place in it.

    Attributes:
        families: smallest first.
        family: (rule,) a place in `families`, in rising order.
        index: (rule,) a place in that family.
    """

    families: tuple[Family, ...]
    family: Column
    index: Column

    def __len__(self) -> int:
        return len(self.family)

    def rule(self, place: int, length: int, letters: int) -> Rule:
        """One of them."""
        return self.families[int(self.family[place])].rule(int(self.index[place]), length, letters)

    def answers(self, places: Column, inputs: Tokens) -> Grid:
        """What some of them, all of one family, say on some inputs."""
        return self.families[int(self.family[places[0]])].answers(inputs, self.index[places])

    def kept(self, places: Column) -> "Candidates":
        """Some of them."""
        return Candidates(families=self.families, family=self.family[places], index=self.index[places])

    def groups(self) -> Iterator[tuple[Family, slice]]:
        """Each family with the stretch of its rules."""
        starts = np.searchsorted(self.family, np.arange(len(self.families) + 1))
        for number in np.unique(self.family).tolist():
            yield self.families[number], slice(int(starts[number]), int(starts[number + 1]))


def every(length: int, letters: int, max_size: int) -> Iterator[Rule]:
    """All rules of the grammar, smallest first; of those that agree on a fixed sample of inputs the smallest.

    Args:
        length: of an input.
        letters: of the alphabet.
        max_size: the largest size, in syntax nodes.

    >>> print(next(every(8, 6, 6)).theory)
    def rule(x):
        return max(x)
    """
    listing = catalogue(length, letters, max_size)[0]
    for place in range(len(listing)):
        yield listing.rule(place, length, letters)


@lru_cache(maxsize=4)
def catalogue(length: int, letters: int, max_size: int) -> tuple[Candidates, Int[np.ndarray, " rule"]]:
    """The rules of `every`, and for each a number that it shares with those that agree with it on `COARSE` inputs."""
    return _distinct(_all(_up_to(length, letters, max_size)), probe(length, letters, PROBE))


def consistent(
    rows_tokens: Tokens, rows_labels: Int[np.ndarray, " row"], length: int, letters: int, max_size: int
) -> list[Rule]:
    """The rules of the grammar that fit all rows, smallest first.

    Rules are told apart by more inputs than in `every`, so that two which differ on one input of a thousand are two.

    Args:
        rows_tokens: (row, length).
        rows_labels: (row,).
        length: of an input.
        letters: of the alphabet.
        max_size: the largest size, in syntax nodes.
    """
    found = fitting(_up_to(length, letters, max_size), rows_tokens, rows_labels)
    kept, _ = _distinct(found, probe(length, letters, FINE))
    return [kept.rule(place, length, letters) for place in range(len(kept))]


def fitting(families: Sequence[Family], tokens: Tokens, labels: Int[np.ndarray, " row"]) -> Candidates:
    """The rules of some families that fit all rows, those that agree with each other included."""
    kept = [_fitting(family, tokens, labels) for family in families]
    numbers = np.repeat(np.arange(len(families)), [len(each) for each in kept])
    indices = np.concatenate(kept) if kept else np.zeros(0, dtype=np.int64)
    return Candidates(families=tuple(families), family=numbers, index=indices)


def _fitting(family: Family, tokens: Tokens, labels: Int[np.ndarray, " row"]) -> Column:
    if len(labels) and int(labels.max()) >= family.classes:
        return np.zeros(0, dtype=np.int64)
    left = np.arange(len(family))
    edges = [0, *(stage for stage in _STAGES if stage < len(tokens)), len(tokens)]
    for start, stop in pairwise(edges):
        rows, wanted = tokens[start:stop], labels[start:stop, None]
        blocks = family.blocks(left, len(rows), tokens.shape[1])
        left = np.concatenate(
            [block[(family.answers(rows, block) == wanted).all(axis=0)] for block in blocks] or [left]
        )
        if not len(left):
            break
    return left


def probe(length: int, letters: int, count: int) -> Tokens:
    """A fixed sample of inputs: a half drawn uniformly, which comes first, a half of two or three letters each."""
    rng = np.random.default_rng((length, letters))
    uniform = rng.integers(letters, size=(FINE, length))
    few = rng.integers(letters, size=(FINE, 3))
    mixed = np.take_along_axis(few, rng.integers(rng.integers(2, 4, size=(FINE, 1)), size=(FINE, length)), axis=1)
    return np.concatenate([uniform[: count // 2], mixed[: count - count // 2]])


def _up_to(length: int, letters: int, max_size: int) -> tuple[Family, ...]:
    return tuple(family for family in all_families(length, letters) if family.size <= max_size)


def _all(families: tuple[Family, ...]) -> Candidates:
    counts = [len(family) for family in families]
    index = np.concatenate([np.arange(count) for count in counts]) if counts else np.zeros(0, dtype=np.int64)
    return Candidates(families=families, family=np.repeat(np.arange(len(families)), counts), index=index)


def _distinct(candidates: Candidates, inputs: Tokens) -> tuple[Candidates, Int[np.ndarray, " rule"]]:
    """The first of those that agree on all inputs; with what each says on the first `COARSE`, as a number."""
    coarse = _signatures(candidates, inputs[:COARSE])
    _, inverse, counts = np.unique(coarse, return_inverse=True, return_counts=True)
    doubtful = np.flatnonzero(counts[inverse] > 1)
    full = np.zeros_like(coarse)
    full[doubtful] = _signatures(candidates.kept(doubtful), inputs)
    both = np.stack([coarse, full], axis=1)
    _, firsts = np.unique(both.view([("coarse", np.uint64), ("full", np.uint64)]).ravel(), return_index=True)
    places = np.sort(firsts)
    return candidates.kept(places), coarse[places]


def _signatures(candidates: Candidates, inputs: Tokens) -> Int[np.ndarray, " rule"]:
    """A number of 64 bits for what each rule says on the inputs.

    Two sums with random weights of 34 bits: of up to 8,192 answers below 64 they are exact in floats, so that the order
    of addition does not count.
    """
    weights = np.random.default_rng(0).integers(2**34, size=(2, len(inputs))).astype(np.float64)
    made = np.zeros(len(candidates), dtype=np.uint64)
    for family, stretch in candidates.groups():
        done = stretch.start
        for block in family.blocks(candidates.index[stretch], len(inputs), inputs.shape[1]):
            sums = (weights @ family.answers(inputs, block).astype(np.float64)).astype(np.uint64)
            made[done : done + len(block)] = sums[0] * np.uint64(0x9E3779B97F4A7C15) ^ sums[1]
            done += len(block)
    return made
