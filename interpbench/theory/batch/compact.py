"""Sequences whose slots are there for some inputs only: how long they are, and which element a slot holds."""

import numpy as np
from jaxtyping import Int

from interpbench.theory.batch.state import State
from interpbench.theory.batch.values import Ints, Mask, Seq, column, fits, sequence


def counts(state: State, items: Seq) -> int | Ints:
    """How many elements there are."""
    if items.present is None:
        return len(items.items)
    total = np.zeros(state.inputs, dtype=np.int64)
    always = 0
    for present in items.present:
        if present is None:
            always += 1
        else:
            total += present
    return Ints(total + always, always, len(items.items))


def ranks(state: State, items: Seq) -> list[int | Int[np.ndarray, " input"]]:
    """For each slot, which element it is where it is there."""
    if items.present is None:
        return list(range(len(items.items)))
    places: list[int | Int[np.ndarray, " input"]] = []
    before = np.zeros(state.inputs, dtype=np.int64)
    for present in items.present:
        places.append(before)
        before = before + (1 if present is None else present)
    return places


def matrix(state: State, mask: Mask, items: Seq) -> Int[np.ndarray, "input slot"]:
    """The items of a sequence of integers; gives up where some are none."""
    if items.matrix is None:
        columns = []
        for item in items.items:
            if isinstance(item, Seq) or not fits(item):
                state.give_up(mask)
            columns.append(column(item, state.inputs))
        items.matrix = np.stack(columns, axis=1) if columns else np.zeros((state.inputs, 0), dtype=np.int64)
    return items.matrix


def spread(items: Seq) -> tuple[int, int]:
    """Bounds of all items of a sequence of integers."""
    bounds = [
        (item.low, item.high) if isinstance(item, Ints) else (item, item)
        for item in items.items
        if not isinstance(item, Seq)
    ]
    return min((low for low, _ in bounds), default=0), max((high for _, high in bounds), default=0)


def compacted(state: State, mask: Mask, items: Seq) -> Seq:
    """The same sequence with its elements in the first slots; of integers only, where slots are not always there."""
    if items.present is None:
        return items
    values = matrix(state, mask, items)
    there = np.stack([np.ones(state.inputs, dtype=bool) if p is None else p for p in items.present], axis=1)
    first = np.argsort(~there, axis=1, kind="stable")
    values = np.take_along_axis(values, first, axis=1)
    return columns(values, counts(state, items), *spread(items))


def columns(values: Int[np.ndarray, "input slot"], size: int | Ints, low: int, high: int) -> Seq:
    """A matrix as a sequence of its first `size` columns."""
    items = [Ints(np.ascontiguousarray(values[:, slot]), low, high) for slot in range(values.shape[1])]
    if isinstance(size, int):
        return Seq(tuple(items[:size]))
    return sequence(items, [None if slot < size.low else size.values > slot for slot in range(len(items))])
