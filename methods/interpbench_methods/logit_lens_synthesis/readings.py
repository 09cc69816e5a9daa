"""Theories that pushes of single tokens amount to: a lookup, a count of tokens, votes."""

from itertools import product
from math import prod

import numpy as np

from interpbench.toolkit.contributions import Oracle

from .pushes import Pushes

LARGEST_LOOKUP = 300
LARGEST_VOTES = 800
"""Numbers in a theory."""
SETTINGS = 16
"""Of the other positions, for each setting of those of a lookup."""
CHANGES = 0.005
"""Share of answers that exchanging positions that do not matter may change."""
ALIKE = 0.35
"""Of the largest step between two tokens of a position: how far that of another position may be from it."""


def lookup(oracle: Oracle, positions: tuple[int, ...]) -> str | None:
    """The most frequent answer for each setting of the positions; None where they have too many settings."""
    alphabets = [oracle.domain.alphabets[place] for place in positions]
    if not positions or prod(map(len, alphabets)) > LARGEST_LOOKUP:
        return None
    settings = np.array(list(product(*alphabets)), dtype=np.int64).reshape(-1, len(positions))
    inputs = oracle.inputs(len(settings) * SETTINGS).reshape(len(settings), SETTINGS, -1)
    inputs[:, :, list(positions)] = settings[:, None]
    labels = oracle.labels(inputs.reshape(-1, inputs.shape[2])).reshape(len(settings), SETTINGS)
    counts = (labels[:, :, None] == np.arange(oracle.domain.classes)).sum(axis=1)
    table = counts.argmax(axis=1).reshape([len(alphabet) for alphabet in alphabets])
    index = "".join(f"[x[{place}]]" for place in positions)
    return f"def rule(x):\n    return {_nested(table)}{index}\n"


def count(found: Pushes, oracle: Oracle) -> str | None:
    """An answer for each number of tokens that push in one direction, if they push alike at each position."""
    total = found.total
    length, letters, _ = total.shape
    flat = total.reshape(length * letters, -1)
    direction = np.linalg.svd(flat, full_matrices=False)[2][0]
    pushed = total @ direction  # (position, letter)
    ranked = np.sort(pushed, axis=1)
    steps = np.diff(ranked, axis=1)
    largest = steps.max(axis=1)
    used = np.flatnonzero(largest > ALIKE * largest.max())
    cut = ranked[np.arange(length), steps.argmax(axis=1)]
    sets = [tuple(np.flatnonzero(pushed[place] > cut[place]).tolist()) for place in used]
    inputs = oracle.inputs(4000)
    number = np.sum([np.isin(inputs[:, place], some) for place, some in zip(used, sets, strict=True)], axis=0)
    counts = np.zeros((len(used) + 1, oracle.domain.classes), dtype=np.int64)
    np.add.at(counts, (number, oracle.labels(inputs)), 1)
    table = f"({', '.join(map(str, counts.argmax(axis=1).tolist()))},)"
    return f"def rule(x):\n    return {table}[{_counted(used.tolist(), sets, length)}]\n"


def votes(found: Pushes, positions: tuple[int, ...], scale: int = 50) -> str | None:
    """The answer for which the pushes of all tokens add up to most."""
    some = found.total[list(positions)]
    if some.size > LARGEST_VOTES or not some.size:
        return None
    some = some - some.min(axis=(1, 2), keepdims=True)  # a vote for all is a vote for none; a minus is a node more
    table = np.rint(some / max(float(some.max()), 1e-9) * scale).astype(np.int64)
    chosen = ", ".join(f"{_nested(rows)}[x[{place}]]" for place, rows in zip(positions, table, strict=True))
    return (
        f"def rule(x):\n    pushed = ({chosen},)\n"
        f"    votes = [sum(p[y] for p in pushed) for y in range({table.shape[2]})]\n"
        "    most = max(votes)\n"
        "    return [y for y, v in enumerate(votes) if v == most][0]\n"
    )


def _counted(used: list[int], sets: list[tuple[int, ...]], length: int) -> str:
    if len(set(sets)) == 1 and used == list(range(used[0], used[-1] + 1)) and len(used) > 2:
        end = used[-1] + 1
        tokens = "x" if len(used) == length else f"x[{used[0] or ''}:{end if end < length else ''}]"
        return f"sum(v in {_set(sets[0])} for v in {tokens})"
    return " + ".join(f"(x[{place}] in {_set(some)})" for place, some in zip(used, sets, strict=True))


def _set(letters: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, letters))},)"


def _nested(table: np.ndarray) -> str:
    if table.ndim == 0:
        return str(int(table))
    return f"({', '.join(_nested(row) for row in table)},)"


def sufficient(found: Pushes, oracle: Oracle) -> tuple[int, ...]:
    """The positions that write most into the stream, as few as leave the answer alone when all others are exchanged."""
    order = np.argsort(-found.stream)
    inputs, others = oracle.inputs(1000), oracle.inputs(1000)
    labels = oracle.labels(inputs)
    for number in range(1, len(order)):
        positions = tuple(sorted(order[:number].tolist()))
        mixed = others.copy()
        mixed[:, list(positions)] = inputs[:, list(positions)]
        if (oracle.labels(mixed) != labels).mean() <= CHANGES:
            return positions
    return tuple(range(len(order)))
