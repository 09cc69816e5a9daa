"""`a if c else b`, where neither branch is known: conditions against branches as one product of matrices.

Of each condition and each branch it is counted on how many rows the condition holds and the branch is right; the best
branch for either side, and so the best of all choices, follows without looking at pairs of branches.

References: Rivest 1987, Learning decision lists; Alur et al. 2017, EUSolver (branches and conditions apart).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from interpbench.toolkit.synthesis.bank import Bank
from interpbench.toolkit.synthesis.clock import Clock
from interpbench.toolkit.synthesis.examples import Examples
from interpbench.toolkit.synthesis.hints import Hints
from interpbench.toolkit.synthesis.leaves import Leaf
from interpbench.toolkit.synthesis.linear import Basis, bases, proposal, weights_of
from interpbench.toolkit.synthesis.literals import literals_of
from interpbench.toolkit.synthesis.term import Proposal, Term, joined

_BLOCK = 2048
_MOST_CONDITIONS = 4000
_CLAUSES = 10
_BRANCHES = 12_000


@dataclass(frozen=True, eq=False)
class Pool:
    """Terms with their values."""

    terms: list[Term]
    values: Int[np.ndarray, "term example"]

    def __len__(self) -> int:
        return len(self.terms)


def conditions(examples: Examples, bank: Bank, leaves: int) -> Pool:
    """Literals, statements about one light leaf, and conjunctions of two letters; each distinct set of rows once."""
    singles = list(literals_of(examples))
    for number in range(leaves):
        values = bank.values[number].astype(np.int64)
        low, high = int(values.min()), int(values.max())
        if high - low <= 12 and bank.weights[number] > 3:
            term = bank.term(number)
            singles += [(term.put(f"({{e}} == {c})"), (values == c).astype(np.int64)) for c in range(low, high + 1)]
            singles += [(term.put(f"({{e}} > {c})"), (values > c).astype(np.int64)) for c in range(low, high)]
        if len(singles) > 3 * _MOST_CONDITIONS:
            break
    exact = [leaf for leaf in literals_of(examples) if " == " in leaf[0].text and "[" not in leaf[0].text[4:]]
    for first, (a, truth) in enumerate(exact):
        for b, other in exact[:first]:
            if (both := truth * other).any():
                singles.append((joined("({0} and {1})", b, a), both))
    return _distinct(singles, examples.rows, _MOST_CONDITIONS)


def _distinct(leaves: list[Leaf], rows: int, most: int) -> Pool:
    kept: dict[bytes, Leaf] = {}
    for term, values in sorted(leaves, key=lambda leaf: leaf[0].weight):
        if values[:rows].any() and not values[:rows].all():
            kept.setdefault(values.astype(np.uint8).tobytes(), (term, values))
        if len(kept) >= most:
            break
    return Pool([term for term, _ in kept.values()], np.stack([values for _, values in kept.values()]))


def branches(examples: Examples, bank: Bank, found: list[Proposal], hints: Hints) -> Pool:
    """What was nearly right, and what is in the bank, as it is and modulo the number of classes."""
    here = np.flatnonzero(bank.values[:, : examples.rows].max(axis=1) < 10_000)[: min(len(bank), _BRANCHES)]
    pairs = list(_pairs(examples))
    terms = [*(one.term for one in found), *(bank.term(int(number)) for number in here), *(term for term, _ in pairs)]
    plain = np.stack([*(one.values for one in found), *bank.values[here].astype(np.int64), *(v for _, v in pairs)])
    modulus = hints.modulus or max(examples.classes, 2)
    outside = np.flatnonzero((plain.max(axis=1) >= modulus) | (plain.min(axis=1) < 0))
    terms += [terms[number].put(f"({{e}} % {modulus})") for number in outside]
    values = np.concatenate([plain, plain[outside] % modulus])
    order = np.argsort([term.weight for term in terms], kind="stable")  # of branches that are as good, the lightest
    return Pool([terms[number] for number in order], values[order])


def _pairs(examples: Examples) -> Iterator[Leaf]:
    """Operations on two tokens, and tokens with a constant."""
    x = examples.tokens
    for a in range(examples.length):
        for c in range(1, examples.letters):
            yield Term(f"(x[{a}] + {c})"), x[:, a] + c
        yield Term(f"({examples.letters - 1} - x[{a}])"), examples.letters - 1 - x[:, a]
        for b in range(a):
            yield Term(f"(x[{b}] + x[{a}])"), x[:, b] + x[:, a]
            yield Term(f"(x[{b}] - x[{a}])"), x[:, b] - x[:, a]
            yield Term(f"(x[{a}] - x[{b}])"), x[:, a] - x[:, b]
            yield Term(f"(x[{b}] * x[{a}])"), x[:, b] * x[:, a]
            yield Term(f"max(x[{b}], x[{a}])"), np.maximum(x[:, b], x[:, a])
            yield Term(f"min(x[{b}], x[{a}])"), np.minimum(x[:, b], x[:, a])


@dataclass(eq=False)
class _Sides:
    """For each condition the best branch where it holds, and where it does not: rows explained, and its number."""

    then: Float[np.ndarray, " condition"]
    other: Float[np.ndarray, " condition"]
    then_term: Int[np.ndarray, " condition"]
    other_term: Int[np.ndarray, " condition"]


def _sides(holds: Float[np.ndarray, "condition row"], right: Int[np.ndarray, "term row"], clock: Clock) -> _Sides:
    count = len(holds)
    none = [np.full(count, -1.0), np.full(count, -1.0), np.zeros(count, int), np.zeros(count, int)]
    best = _Sides(*none)
    for start in range(0, len(right), _BLOCK):
        if start and not clock.open:
            break
        block = right[start : start + _BLOCK].astype(np.float32)
        clock.spend(len(block) * 16)
        then = holds @ block.T
        other = block.sum(axis=1)[None] - then
        for hits, most, term in ((then, best.then, best.then_term), (other, best.other, best.other_term)):
            top = hits.argmax(axis=1)
            value = hits[np.arange(count), top]
            better = value > most
            most[better], term[better] = value[better], start + top[better]
    return best


def choices(examples: Examples, tests: Pool, pool: Pool, hints: Hints, clock: Clock) -> Iterator[Proposal]:
    """Choices that explain all labels, else the best one and a decision list."""
    rows, labels = examples.rows, examples.labels
    holds = tests.values[:, :rows].astype(np.float32)
    right = pool.values[:, :rows] == labels
    sides = _sides(holds, right, clock)
    total = sides.then + sides.other
    wins = np.flatnonzero(total == rows)
    for number in [*wins[:8], int(total.argmax())]:
        sides_of = (int(sides.then_term[number]), int(sides.other_term[number]))
        yield _choice(tests, int(number), *(_branch(pool, one) for one in sides_of))
    if len(wins):
        return
    yield from _with_linear(examples, tests, pool, sides, hints, clock)
    if clock.open:
        yield decision_list(examples, tests, pool, clock)


def _branch(pool: Pool, number: int) -> Proposal:
    return Proposal(pool.terms[number], pool.values[number])


def _choice(tests: Pool, number: int, then: Proposal, other: Proposal) -> Proposal:
    values = np.where(tests.values[number] != 0, then.values, other.values)
    return Proposal(joined("({0} if {1} else {2})", then.term, tests.terms[number], other.term), values)


def _with_linear(
    examples: Examples, tests: Pool, pool: Pool, sides: _Sides, hints: Hints, clock: Clock
) -> Iterator[Proposal]:
    """Choices of which one branch or both are weighted sums, by condition from the lightest on."""
    used = [basis for basis in bases(examples) if basis.kind in ("tokens", "counts")][:2]
    holds = tests.values[:, : examples.rows] != 0
    for number in range(len(tests)):
        if not clock.open:
            return
        clock.spend(50)
        count = int(holds[number].sum())
        then = _branch(pool, int(sides.then_term[number])) if sides.then[number] == count else None
        other = _branch(pool, int(sides.other_term[number])) if sides.other[number] == examples.rows - count else None
        light = number < 320
        if then is None and other is None and not light:
            continue
        then = then or _linear_on(holds[number], used, examples, hints)
        if then is not None:
            other = other or _linear_on(~holds[number], used, examples, hints)
        if then is not None and other is not None:
            yield _choice(tests, number, then, other)
            return


def _linear_on(rows: Int[np.ndarray, " row"], used: list[Basis], examples: Examples, hints: Hints) -> Proposal | None:
    modulus = hints.modulus or max(examples.classes, 2)
    places = np.flatnonzero(rows)
    for basis in used:
        found = weights_of(
            basis.features[places], examples.labels[places], modulus, 1, np.random.default_rng(len(places))
        )
        if found is not None:
            return proposal(basis, found, modulus, examples)
    return None


def decision_list(examples: Examples, tests: Pool, pool: Pool, clock: Clock) -> Proposal:
    """Clauses that are never wrong, each the one that explains most of the rows left, and what is best for the rest."""
    light, few = min(len(tests), 600), min(len(pool), 600)
    holds = tests.values[:light, : examples.rows].astype(np.float32)
    right = (pool.values[:few, : examples.rows] == examples.labels).astype(np.float32)
    alive = np.ones(examples.rows, dtype=np.float32)
    clauses: list[tuple[int, int]] = []
    while alive.any() and len(clauses) < _CLAUSES and clock.open:
        clock.spend(light * few // 16)
        covered = (holds * alive) @ right.T  # (condition, term)
        reach = (holds * alive).sum(axis=1)
        pure = np.where(covered == reach[:, None], covered, 0)
        if pure.max() < 2:
            break
        test, term = np.unravel_index(int(pure.argmax()), pure.shape)
        clauses.append((int(test), int(term)))
        alive *= 1 - holds[test]
    rest = right @ (alive if alive.any() else np.ones_like(alive))
    found = _branch(pool, int(rest.argmax()))
    for clause, branch in reversed(clauses):
        found = _choice(tests, clause, _branch(pool, branch), found)
    return found
