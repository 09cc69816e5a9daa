"""Equality and order of values of many inputs, sequences among them."""

import numpy as np

from interpbench.theory.batch import arithmetic
from interpbench.theory.batch.compact import compacted, counts
from interpbench.theory.batch.state import State
from interpbench.theory.batch.values import Batched, Ints, Mask, Seq, Truth, both, either, merge, negated, number


def compare(state: State, mask: Mask, op: str, left: Batched, right: Batched) -> Truth:
    """One comparison other than `in`."""
    if op == "==":
        return equal(state, mask, left, right)
    if op == "!=":
        return negated(equal(state, mask, left, right))
    if not isinstance(left, Seq) and not isinstance(right, Seq):
        return arithmetic.compare(op, left, right)
    match op:
        case "<":
            return less(state, mask, left, right)
        case ">":
            return less(state, mask, right, left)
        case "<=":
            return negated(less(state, mask, right, left))
    return negated(less(state, mask, left, right))


def equal(state: State, mask: Mask, left: Batched, right: Batched) -> Truth:
    """Whether values are equal; an integer never equals a sequence."""
    if not isinstance(left, Seq) and not isinstance(right, Seq):
        return arithmetic.compare("==", left, right)
    if not isinstance(left, Seq) or not isinstance(right, Seq):
        return False
    if left.present is not None or right.present is not None:
        return _equal_of_any_length(state, mask, left, right)
    if len(left.items) != len(right.items):
        return False
    holds: Truth = True
    for first, second in zip(left.items, right.items, strict=True):
        holds = both(holds, equal(state, mask, first, second))
        if holds is False:
            break
    return holds


def _equal_of_any_length(state: State, mask: Mask, left: Seq, right: Seq) -> Truth:
    first, second = compacted(state, mask, left), compacted(state, mask, right)
    sizes = counts(state, first), counts(state, second)
    holds = arithmetic.compare("==", *sizes)
    shared = min(len(first.items), len(second.items))
    for slot in range(shared):
        same = equal(state, mask, first.items[slot], second.items[slot])
        holds = both(holds, either(same, arithmetic.compare("<=", sizes[0], slot)))
    return holds


def less(state: State, mask: Mask, left: Batched, right: Batched) -> Truth:
    """Whether the left value is smaller; sequences compare from their first element."""
    if not isinstance(left, Seq) and not isinstance(right, Seq):
        return arithmetic.compare("<", left, right)
    if not isinstance(left, Seq) or not isinstance(right, Seq):
        state.fail(mask)
    if left.present is not None or right.present is not None:
        state.give_up(mask)
    if any(isinstance(a, Seq) != isinstance(b, Seq) for a, b in zip(left.items, right.items, strict=False)):
        state.give_up(mask)  # an error only for inputs whose earlier elements are equal
    result: Truth = len(left.items) < len(right.items)
    for first, second in reversed(list(zip(left.items, right.items, strict=False))):
        result = either(less(state, mask, first, second), both(equal(state, mask, first, second), result))
    return result


def contains(state: State, mask: Mask, items: Seq, value: Batched) -> Truth:
    """Whether a sequence has an element."""
    found: Truth = False
    for item, present in items.slots():
        found = either(found, both(equal(state, mask, item, value), True if present is None else present))
        if found is True:
            break
    return found


def extreme(state: State, mask: Mask, name: str, items: Seq) -> Batched:
    """`min` or `max`: the first of the smallest or largest elements."""
    if not items.items:
        state.fail(mask)
    if items.present is not None:
        state.fail_where(mask, arithmetic.compare("==", counts(state, items), 0))
        return _extreme_present(state, mask, name, items)
    best = items.items[0]
    for item in items.items[1:]:
        best = _better(state, mask, name, best, item)
    return best


def _better(state: State, mask: Mask, name: str, best: Batched, item: Batched) -> Batched:
    if isinstance(best, Ints) and isinstance(item, Ints):
        first, second = best.wide, item.wide
        if name == "min":
            return Ints(np.minimum(first, second), min(best.low, item.low), min(best.high, item.high))
        return Ints(np.maximum(first, second), max(best.low, item.low), max(best.high, item.high))
    wins = less(state, mask, item, best) if name == "min" else less(state, mask, best, item)
    return chosen(state, mask, wins, item, best)


def _extreme_present(state: State, mask: Mask, name: str, items: Seq) -> Batched:
    """Slot after slot; the best so far is there for some inputs only."""
    best: Batched | None = None
    there: Truth = False
    for item, present in items.slots():
        here: Truth = True if present is None else present
        if best is None:
            best, there = item, here
            continue
        if isinstance(item, Seq) != isinstance(best, Seq):
            state.give_up(mask)  # an error only for inputs that have both
        wins = less(state, mask, item, best) if name == "min" else less(state, mask, best, item)
        best = chosen(state, mask, both(here, either(negated(there), wins)), item, best)
        there = either(there, here)
    if best is None:
        state.fail(mask)
    return best


def chosen(state: State, mask: Mask, condition: Truth, first: Batched, second: Batched) -> Batched:
    """The first value where the condition holds, else the second; for the interpreter if no value can be both."""
    if isinstance(condition, bool):
        return first if condition else second
    merged = merge(condition, first, second)
    if merged is None:
        state.give_up(mask)
    return merged


def total(state: State, mask: Mask, items: Seq) -> int | Ints:
    """The sum of a sequence of integers."""
    result: int | Ints = 0
    for item, present in items.slots():
        if isinstance(item, Seq):
            if present is None:
                state.fail(mask)
            state.give_up(mask)
        counted = item if present is None else _where_present(state, mask, item, present)
        result = arithmetic.binary(state, mask, "+", result, counted)
    return result


def _where_present(state: State, mask: Mask, item: int | Ints, present: Mask) -> int | Ints:
    if isinstance(item, int) and item == 1:
        return number(present)
    value = chosen(state, mask, present, item, 0)
    assert not isinstance(value, Seq)
    return value
