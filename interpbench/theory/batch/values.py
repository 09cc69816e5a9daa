"""Values of many inputs at once.

A value is an integer that all inputs share, an array with one integer an input, or a sequence of values. A sequence
has as many slots for every input; where its length depends on the input, each slot says for which inputs it is there.
What a value holds for inputs that do not reach this place is arbitrary, though within its bounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Int

Mask = Bool[np.ndarray, " input"]
Truth = bool | Mask
"""Whether something holds: for all inputs alike, or for each."""

SAFE = 2**62
"""Integers in arrays are smaller, so that a sum of two stays within 64 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Ints:
    """One integer an input.

    Attributes:
        values: (input,) int64, or bool for truth values.
        low: no entry is below.
        high: no entry is above.
    """

    values: np.ndarray
    low: int
    high: int

    @property
    def wide(self) -> Int[np.ndarray, " input"]:
        """The entries as int64."""
        return self.values.astype(np.int64) if self.values.dtype == bool else self.values

    def tight(self) -> "Ints":
        """With the bounds that the entries really have."""
        if not len(self.values):
            return Ints(self.values, 0, 0)
        return Ints(self.values, int(self.values.min()), int(self.values.max()))


@dataclass(slots=True, eq=False)
class Seq:
    """A sequence.

    Attributes:
        items: a value for each slot.
        present: for each slot the inputs whose sequence has it; None for all of them. None altogether where every slot
            is there for every input.
        matrix: (input, slot) the items as one array, once somebody has asked for it.
    """

    items: tuple["Batched", ...]
    present: tuple[Mask | None, ...] | None = None
    matrix: np.ndarray | None = field(default=None, repr=False)

    def slots(self) -> list[tuple["Batched", Mask | None]]:
        """Items with their presence."""
        return list(zip(self.items, self.present or (None,) * len(self.items), strict=True))


Batched = int | Ints | Seq


def sequence(items: Sequence[Batched], present: Sequence[Mask | None]) -> Seq:
    """A sequence whose slots may all be there for every input."""
    return Seq(tuple(items), None if all(p is None for p in present) else tuple(present))


def number(truth: Truth) -> int | Ints:
    """A truth value as an integer."""
    return int(truth) if isinstance(truth, bool | np.bool_) else Ints(truth, 0, 1)


def truth(value: Batched) -> Truth:
    """Whether a value counts as true."""
    if isinstance(value, int):
        return bool(value)
    if isinstance(value, Ints):
        if value.low > 0 or value.high < 0:
            return True
        return value.values if value.values.dtype == bool else np.asarray(value.values != 0)
    if not value.items:
        return False
    result: Truth = False
    for each in value.present or (None,):
        result = either(result, True if each is None else each)
    return result


def both(first: Truth, second: Truth) -> Truth:
    """Conjunction."""
    if isinstance(first, bool):
        return second if first else False
    if isinstance(second, bool):
        return first if second else False
    return np.asarray(first & second)


def either(first: Truth, second: Truth) -> Truth:
    """Disjunction."""
    if isinstance(first, bool):
        return True if first else second
    if isinstance(second, bool):
        return True if second else first
    return np.asarray(first | second)


def negated(first: Truth) -> Truth:
    """Negation."""
    return not first if isinstance(first, bool) else np.asarray(~first)


def array(value: int | Ints) -> np.ndarray | int:
    """What NumPy computes with; an integer that all share stays one."""
    return value.wide if isinstance(value, Ints) else value


def bounds(value: int | Ints) -> tuple[int, int]:
    """Smallest and largest that it can be."""
    return (value.low, value.high) if isinstance(value, Ints) else (value, value)


def column(value: int | Ints, inputs: int) -> Int[np.ndarray, " input"]:
    """One integer an input, whatever it was."""
    return value.wide if isinstance(value, Ints) else np.full(inputs, value, dtype=np.int64)


def fits(value: Batched) -> bool:
    """Whether it can stand in an array."""
    return not isinstance(value, int) or -SAFE < value < SAFE


def merge(mask: Mask, first: Batched, second: Batched) -> Batched | None:
    """The first value on the mask, the second elsewhere; None where no value is both."""
    if first is second:
        return first
    if isinstance(first, Seq) and isinstance(second, Seq):
        return _merge_sequences(mask, first, second)
    if isinstance(first, Seq) or isinstance(second, Seq) or not (fits(first) and fits(second)):
        return None
    (low, high), (other_low, other_high) = bounds(first), bounds(second)
    low, high = min(low, other_low), max(high, other_high)
    if low == high:
        return low
    flags = [isinstance(v, Ints) and v.values.dtype == bool for v in (first, second)]
    if all(flags) and isinstance(first, Ints) and isinstance(second, Ints):
        return Ints(np.where(mask, first.values, second.values), low, high)
    return Ints(np.where(mask, array(first), array(second)), low, high)


def _merge_sequences(mask: Mask, first: Seq, second: Seq) -> Seq | None:
    if len(first.items) == len(second.items) and first.present is None and second.present is None:
        merged = [merge(mask, a, b) for a, b in zip(first.items, second.items, strict=True)]
        kept = [item for item in merged if item is not None]
        return Seq(tuple(kept)) if len(kept) == len(merged) else None
    # slots that both have from the start are shared, as after `t = t + (v,)` in one branch; all others stand side by
    # side, each there for its own inputs
    mine, theirs = first.slots(), second.slots()
    shared = 0
    while shared < min(len(mine), len(theirs)) and mine[shared][0] is theirs[shared][0]:
        shared += 1
    items = [item for item, _ in mine] + [item for item, _ in theirs[shared:]]
    present = [_chosen(mask, p, q) for (_, p), (_, q) in zip(mine[:shared], theirs[:shared], strict=True)]
    present += [mask if p is None else mask & p for _, p in mine[shared:]]
    present += [~mask if p is None else ~mask & p for _, p in theirs[shared:]]
    return sequence(items, present)


def _chosen(mask: Mask, first: Mask | None, second: Mask | None) -> Mask | None:
    if first is second:
        return first
    return np.where(mask, True if first is None else first, True if second is None else second)
