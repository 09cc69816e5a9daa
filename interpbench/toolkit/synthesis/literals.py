"""Any function of up to three literals: parities, majorities, thresholds, formulas in disjunctive form, small tables.

How many rows of each label fall into each of the eight cells that three literals make follows, by inclusion and
exclusion, from how many rows satisfy all of one, two or three of them; these counts are products of matrices. A triple
determines the label if every cell has one label alone. No operation is tried: which function it is shows in the cells.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int

from interpbench.theory import parse
from interpbench.toolkit.synthesis.clock import Clock
from interpbench.toolkit.synthesis.examples import Examples
from interpbench.toolkit.synthesis.leaves import Leaf
from interpbench.toolkit.synthesis.term import Proposal, Term, joined
from interpbench.toolkit.synthesis.truths import template_of

_MOST = 320
_SHOWN = 12


def literals_of(examples: Examples) -> Iterator[Leaf]:
    """Truths about one token or two: its letter, its order, its parity, whether it equals or exceeds another one."""
    x, letters = examples.tokens, examples.letters
    for place in range(examples.length):
        for c in range(1 if letters == 2 else 0, letters):
            yield Term(f"(x[{place}] == {c})"), (x[:, place] == c).astype(np.int64)
    for place in range(examples.length):
        for c in range(1, letters - 2):
            yield Term(f"(x[{place}] > {c})"), (x[:, place] > c).astype(np.int64)
        if letters > 3:
            yield Term(f"(x[{place}] % 2)"), x[:, place] % 2
    for a in range(examples.length):
        for b in range(a):
            yield Term(f"(x[{b}] == x[{a}])"), (x[:, b] == x[:, a]).astype(np.int64)
            if letters > 2:
                yield Term(f"(x[{b}] < x[{a}])"), (x[:, b] < x[:, a]).astype(np.int64)


def literals(examples: Examples, clock: Clock) -> Iterator[Proposal]:
    """Functions of three literals that explain all labels, and the one that explains most."""
    leaves = list(literals_of(examples))[:_MOST]
    table = np.stack([values for _, values in leaves])  # (literal, example)
    rows, labels = examples.rows, examples.labels
    present = np.unique(labels)
    parts = [table[:, :rows][:, labels == label].astype(np.float32) for label in present]
    best, most, shown = None, 0.0, 0
    for first in range(len(leaves)):
        if not clock.open or shown >= _SHOWN:
            break
        clock.spend((len(leaves) - first) ** 2 // 2)
        right = sum_of_best(parts, first)
        wins = np.argwhere(np.triu(right == rows))
        for second, third in wins[: _SHOWN - shown].tolist():
            shown += 1
            yield _proposal(leaves, table, examples, (first, first + second, first + third))
        if right.max() > most:
            most = right.max()
            second, third = np.unravel_index(int(right.argmax()), right.shape)
            best = (first, first + int(second), first + int(third))
    if best is not None and not shown:
        yield _proposal(leaves, table, examples, best)


def sum_of_best(parts: list[Float[np.ndarray, "literal row"]], first: int) -> Float[np.ndarray, "second third"]:
    """Rows that the best function of literals (first, second, third) labels rightly, for second and third >= first.

    Args:
        parts: the literals' truths on the rows of each label.
        first: number of the first literal.
    """
    most: list[np.ndarray] = []
    for part in parts:
        rest = part[first:]
        held = rest * part[first]
        both, all_three = rest @ rest.T, held @ held.T  # held is 0 or 1: the product with rest is the same
        one, two = rest.sum(axis=1), held.sum(axis=1)
        total, alone = float(part.shape[1]), float(part[first].sum())
        cells = [all_three]  # (a, b, c) = 111, then 110, 101, 100, 011, 010, 001, 000
        cells += [two[:, None] - all_three, two[None] - all_three, alone - two[:, None] - two[None] + all_three]
        others, single = both - all_three, one - two
        cells += [others, single[:, None] - others, single[None] - others]
        cells += [total - alone - single[:, None] - single[None] + others]
        most = [np.maximum(a, b) for a, b in zip(most, cells, strict=True)] if most else cells
    total_right: np.ndarray = sum(most[1:], most[0])
    return total_right


def _proposal(leaves: list[Leaf], table: np.ndarray, examples: Examples, chosen: tuple[int, int, int]) -> Proposal:
    truths: Int[np.ndarray, "3 example"] = table[list(chosen)]
    cell = 4 * truths[0] + 2 * truths[1] + truths[2]
    counts = np.zeros((8, examples.classes), dtype=np.int64)
    np.add.at(counts, (cell[: examples.rows], examples.labels), 1)
    outputs = [int(count.argmax()) if count.any() else None for count in counts]
    template = template_of(outputs)
    values = _evaluated(template, truths)
    return Proposal(joined(template, *(leaves[number][0] for number in chosen)), values)


def _evaluated(template: str, truths: Int[np.ndarray, "3 example"]) -> Int[np.ndarray, " example"]:
    """The template's value: run as a theory on the eight cells."""
    cells = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)])
    text = template.replace("{0}", "x[0]").replace("{1}", "x[1]").replace("{2}", "x[2]")
    outputs = parse(f"def rule(x): return {text}").run_many(cells).integers()
    return np.asarray(outputs[4 * truths[0] + 2 * truths[1] + truths[2]])
