"""Sequences of many inputs: elements, slices, and the functions of the language."""

import numpy as np

from interpbench.theory import operations
from interpbench.theory.batch import arithmetic, order
from interpbench.theory.batch.compact import columns, compacted, counts, matrix, ranks, spread
from interpbench.theory.batch.state import State
from interpbench.theory.batch.values import (
    Batched,
    Ints,
    Mask,
    Seq,
    Truth,
    array,
    both,
    bounds,
    column,
    either,
    fits,
    merge,
    negated,
    number,
    sequence,
    truth,
)
from interpbench.theory.errors import RunError

LONGEST = 1024
"""Slots of a range whose length depends on the input."""


def binary(state: State, mask: Mask, op: str, left: Batched, right: Batched) -> Batched:
    """`+` of two sequences, `*` of one and an integer; everything of two integers."""
    if not isinstance(left, Seq) and not isinstance(right, Seq):
        return arithmetic.binary(state, mask, op, left, right)
    if op == "+" and isinstance(left, Seq) and isinstance(right, Seq):
        slots = left.slots() + right.slots()
        return state.made(sequence([item for item, _ in slots], [present for _, present in slots]), mask)
    if op == "*" and isinstance(left, Seq) != isinstance(right, Seq):
        items, times = (left, right) if isinstance(left, Seq) else (right, left)
        assert isinstance(items, Seq)
        assert not isinstance(times, Seq)
        if not isinstance(times, int):
            state.give_up(mask)
        if not items.items:
            return items
        if len(items.items) * times > state.fuel:
            state.give_up(mask)
        slots = items.slots() * max(times, 0)
        return state.made(sequence([item for item, _ in slots], [present for _, present in slots]), mask)
    return state.fail(mask)


def index(state: State, mask: Mask, items: Batched, place: Batched) -> Batched:
    """An element."""
    if not isinstance(items, Seq) or isinstance(place, Seq):
        state.fail(mask)
    size = len(items.items)
    if items.present is not None:
        return _ranked(state, mask, items, place)
    low, high = bounds(place)
    if isinstance(place, int) or high < -size or low >= size:
        if not (isinstance(place, int) and -size <= place < size):
            state.fail(mask)
        return items.items[place]
    if not fits(place):
        state.give_up(mask)
    where = place.wide
    if low < -size or high >= size:
        outside = (where < -size) | (where >= size)
        state.fail_where(mask, outside)
        where = np.where(outside, 0, where)
    where = np.where(where < 0, where + size, where) if low < 0 else where
    if any(isinstance(item, Seq) or not fits(item) for item in items.items):
        return _picked(state, mask, items, [where == slot for slot in range(size)])
    values = matrix(state, mask, items)[np.arange(state.inputs), where]
    return arithmetic.made(values, *spread(items))


def _ranked(state: State, mask: Mask, items: Seq, place: int | Ints) -> Batched:
    size = counts(state, items)
    if not fits(place):
        state.fail(mask)  # no sequence is so long
    where = np.asarray(array(place))
    where = np.where(where < 0, where + array(size), where)
    state.fail_where(mask, np.asarray((where < 0) | (where >= array(size))))
    hits = []
    for rank, (_, present) in zip(ranks(state, items), items.slots(), strict=True):
        hit = np.broadcast_to(where == rank, (state.inputs,))
        hits.append(hit if present is None else hit & present)
    return _picked(state, mask, items, hits)


def _picked(state: State, mask: Mask, items: Seq, hits: list[Mask]) -> Batched:
    """For each input the item of the slot that is hit; in the last slot's place where none is."""
    *others, last = items.items
    result: Batched = last
    for item, hit in zip(others, hits, strict=False):
        merged = merge(hit, item, result)
        if merged is None:
            state.give_up(mask)
        result = merged
    return result


def cut(state: State, mask: Mask, items: Batched, given: list[Batched | None]) -> Batched:
    """A slice."""
    if not isinstance(items, Seq):
        state.fail(mask)
    numbers: list[int | Ints | None] = []
    for bound in given:
        if isinstance(bound, Seq):
            state.fail(mask)
        numbers.append(bound)
    step = 1 if numbers[2] is None else numbers[2]
    if isinstance(step, int) and step == 0:
        state.fail(mask)
    plain = [bound for bound in numbers if not isinstance(bound, Ints)]
    if items.present is None and len(plain) == len(numbers):
        return state.made(Seq(items.items[slice(*plain)]), mask)
    if not isinstance(step, int) or not all(bound is None or fits(bound) for bound in numbers):
        state.give_up(mask)
    return state.made(_cut_ranks(state, items, numbers[0], numbers[1], step), mask)


def _cut_ranks(state: State, items: Seq, lower: int | Ints | None, upper: int | Ints | None, step: int) -> Seq:
    """Keeps the slots whose ranks Python's rules for slices name."""
    size = np.asarray(array(counts(state, items)))
    first, last = (0, size) if step > 0 else (size - 1, -1)
    start = first if lower is None else _clipped(lower, size, step)
    stop = last if upper is None else _clipped(upper, size, step)
    kept: list[Batched] = []
    there: list[Mask | None] = []
    for rank, (item, present) in zip(ranks(state, items), items.slots(), strict=True):
        ahead, left = (rank - start, stop - rank) if step > 0 else (start - rank, rank - stop)
        inside = np.broadcast_to((ahead >= 0) & (left > 0) & (ahead % abs(step) == 0), (state.inputs,))
        kept.append(item)
        there.append(inside if present is None else inside & present)
    order = slice(None) if step > 0 else slice(None, None, -1)
    return sequence(kept[order], there[order])


def _clipped(bound: int | Ints, size: np.ndarray, step: int) -> np.ndarray:
    """A bound of a slice as Python reads it: counted from the end where negative, then moved inside."""
    values = np.asarray(array(bound))
    values = np.where(values < 0, values + size, values)
    least, most = (0, size) if step > 0 else (-1, size - 1)
    return np.asarray(np.clip(values, least, most))


def call(state: State, mask: Mask, name: str, arguments: list[Batched]) -> Batched:
    """A function of the language; what it costs is counted by the caller."""
    first = arguments[0]
    match name:
        case "bool":
            return number(truth(first))
        case "int":
            return first if not isinstance(first, Seq) else state.fail(mask)
        case "abs":
            return _absolute(first) if not isinstance(first, Seq) else state.fail(mask)
        case "range":
            return _range(state, mask, arguments)
        case "min" | "max" if len(arguments) > 1:
            return order.extreme(state, mask, name, Seq(tuple(arguments)))
        case "zip":
            return _zip(state, mask, arguments)
    if not isinstance(first, Seq):
        state.fail(mask)
    match name:
        case "all":
            return number(negated(_some(first, False)))
        case "any":
            return number(_some(first, True))
        case "enumerate":
            return _enumerate(state, first)
        case "len":
            return counts(state, first)
        case "min" | "max":
            return order.extreme(state, mask, name, first)
        case "sorted":
            return _sorted(state, mask, first)
        case "sum":
            return order.total(state, mask, first)
    return first  # tuple


def _absolute(value: int | Ints) -> int | Ints:
    if isinstance(value, int):
        return abs(value)
    if value.low >= 0:
        return value
    return Ints(np.abs(value.wide), 0, max(-value.low, value.high))


def _some(items: Seq, wanted: bool) -> Truth:
    found: Truth = False
    for item, present in items.slots():
        holds = truth(item) if wanted else negated(truth(item))
        found = either(found, both(holds, True if present is None else present))
    return found


def _enumerate(state: State, items: Seq) -> Seq:
    size = len(items.items)
    places = [rank if isinstance(rank, int) else Ints(rank, 0, size) for rank in ranks(state, items)]
    pairs = [Seq((place, item)) for place, item in zip(places, items.items, strict=True)]
    return Seq(tuple(pairs), items.present)


def _zip(state: State, mask: Mask, arguments: list[Batched]) -> Seq:
    parts = []
    for argument in arguments:
        if not isinstance(argument, Seq):
            state.fail(mask)
        parts.append(compacted(state, mask, argument))
    size = min(len(part.items) for part in parts)
    rows = [Seq(tuple(part.items[slot] for part in parts)) for slot in range(size)]
    present: list[Mask | None] = []
    for slot in range(size):
        there: Truth = True
        for part in parts:
            each = part.present[slot] if part.present else None
            there = both(there, True if each is None else each)
        present.append(None if isinstance(there, bool) else there)
    return sequence(rows, present)


def _sorted(state: State, mask: Mask, items: Seq) -> Seq:
    if len(items.items) > 1 and all(isinstance(item, Seq) for item in items.items):
        state.give_up(mask)
    if len(items.items) < 2:
        return items
    values = matrix(state, mask, items)
    if items.present is not None:
        there = np.stack([np.ones(state.inputs, dtype=bool) if p is None else p for p in items.present], axis=1)
        values = np.where(there, values, np.iinfo(np.int64).max)
        low, high = spread(items)
        values = np.sort(values, axis=1)
        size = counts(state, items)
        return columns(np.minimum(values, max(high, 0)), size, min(low, 0), max(high, 0))
    return columns(np.sort(values, axis=1), len(items.items), *spread(items))


def _range(state: State, mask: Mask, arguments: list[Batched]) -> Seq:
    numbers: list[int | Ints] = []
    for argument in arguments:
        if isinstance(argument, Seq):
            state.fail(mask)
        numbers.append(argument)
    plain = [value for value in numbers if isinstance(value, int)]
    if len(plain) == len(numbers):
        try:
            return Seq(operations.call("range", tuple(plain), state.fuel))
        except RunError:
            state.give_up(mask)
    start, stop = (0, numbers[0]) if len(numbers) == 1 else numbers[:2]
    step = numbers[2] if len(numbers) == 3 else 1
    if not isinstance(step, int) or not all(map(fits, numbers)):
        state.give_up(mask)
    if step == 0:
        state.fail(mask)
    return _range_of_any_length(state, mask, start, stop, step)


def _range_of_any_length(state: State, mask: Mask, start: int | Ints, stop: int | Ints, step: int) -> Seq:
    """As many slots as the longest range of a live input has."""
    distance = (
        arithmetic.binary(state, mask, "-", stop, start)
        if step > 0
        else arithmetic.binary(state, mask, "-", start, stop)
    )
    needed = arithmetic.binary(state, mask, "+", distance, abs(step) - 1)
    size = column(arithmetic.binary(state, mask, "//", needed, abs(step)), state.inputs)
    always = int(size.min()) if state.inputs else 0
    longest = int(np.max(size, where=mask & state.live, initial=0))
    if longest > LONGEST:
        state.doubt_where(mask, np.asarray(size > LONGEST))
        longest = LONGEST
    items: list[Batched] = []
    present: list[Mask | None] = []
    for slot in range(longest):
        items.append(arithmetic.binary(state, mask, "+", start, slot * step))
        present.append(None if slot < always else size > slot)
    return sequence(items, present)
