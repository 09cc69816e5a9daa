"""Sums with unknown weights modulo m, by elimination: selected positions, counts of letters, one table a position.

A rule `(w[0] * f[0] + ... ) % m` is a system of linear equations over the integers modulo m, one a row; a handful of
rows fixes the weights and all others test them, so that chance does not find one. Where some rows follow another rule,
weights come from a few rows at a time (Fischler and Bolles 1981, RANSAC).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Int

from interpbench.toolkit.synthesis.clock import Clock
from interpbench.toolkit.synthesis.examples import Examples
from interpbench.toolkit.synthesis.hints import Hints
from interpbench.toolkit.synthesis.leaves import sequences
from interpbench.toolkit.synthesis.term import Proposal, Term

_SPARE = 12
"""Equations more than unknowns: 2^-12 is the chance that a system of random ones has a solution, or less."""
_DRAWS = 40
_WORTH = 0.6
"""Share of rows that weights must explain for the sake of a rule with exceptions."""


def solved(
    features: Int[np.ndarray, "row feature"], labels: Int[np.ndarray, " row"], modulus: int
) -> Int[np.ndarray, " feature"] | None:
    """Weights with `features @ weights == labels` modulo `modulus`, free ones 0; None where there are none.

    Rows are combined as in Euclid's algorithm, so that the modulus need not be a prime. Where a pivot is no unit and
    several weights would do, the smallest is taken, which may miss a solution that another one has.
    """
    system = np.concatenate([features, labels[:, None]], axis=1) % modulus
    rows, width = system.shape
    pivots: list[tuple[int, int]] = []
    top = 0
    for column in range(width - 1):
        while top < rows:
            alive = top + np.flatnonzero(system[top:, column])
            if not len(alive):
                break
            least = alive[np.gcd(system[alive, column], modulus).argmin()]
            system[[top, least]] = system[[least, top]]
            divisor = int(np.gcd(system[top, column], modulus))
            unit = _unit(int(system[top, column]), divisor, modulus)
            system[top] = system[top] * unit % modulus
            below = system[top + 1 :, column] // divisor
            system[top + 1 :] = (system[top + 1 :] - below[:, None] * system[top]) % modulus
            if not system[top + 1 :, column].any():
                pivots.append((top, column))
                top += 1
                break
    if system[top:, -1].any():
        return None
    weights = np.zeros(width - 1, dtype=np.int64)
    for row, column in reversed(pivots):
        rest = int(system[row, -1] - system[row, :-1] @ weights) % modulus
        divisor = int(system[row, column])
        if rest % divisor:
            return None
        weights[column] = rest // divisor
    return weights


def _unit(value: int, divisor: int, modulus: int) -> int:
    """A unit that turns the value into its greatest common divisor with the modulus."""
    return next(u for u in range(1, modulus) if u * value % modulus == divisor and np.gcd(u, modulus) == 1)


@dataclass(frozen=True, eq=False, slots=True)
class Basis:
    """Features whose weighted sums are searched.

    Attributes:
        features: (example, feature), without the constant.
        kind: `tokens`, or `counts` of letters, or `tables` by position and letter.
        text: the sequence that they are of.
        positions: of the sequence.
    """

    features: Int[np.ndarray, "example feature"]
    kind: str
    text: str


def bases(examples: Examples) -> Iterator[Basis]:
    """Tokens; counts of letters in the input, its parts; one table for each position."""
    x, letters = examples.tokens, examples.letters
    yield Basis(x, "tokens", "x")
    for text, part in sequences(examples):
        yield Basis(_counts(part, letters), "counts", text)
    for b, a in combinations(range(examples.length), 2):
        if letters > 2:
            yield Basis(_counts(x[:, [b, a]], letters), "counts", f"(x[{b}], x[{a}])")
    if letters > 2:
        yield Basis((x[:, :, None] == np.arange(1, letters)).reshape(len(x), -1).astype(np.int64), "tables", "x")
    pairs = np.triu_indices(examples.length)
    yield Basis(np.concatenate([x, x[:, pairs[0]] * x[:, pairs[1]]], axis=1), "products", "x")


def _counts(part: np.ndarray, letters: int) -> np.ndarray:
    return np.asarray((part[:, :, None] == np.arange(1, letters)).sum(axis=1))


def linear(examples: Examples, hints: Hints, clock: Clock, rng: np.random.Generator) -> Iterator[Proposal]:
    """Weighted sums modulo m that explain the labels, or most of them."""
    labels = examples.labels
    every = list(bases(examples))
    for draws in (1, _DRAWS):
        for basis in every:
            if draws > 1 and basis.kind not in ("tokens", "counts"):
                continue
            for modulus in hints.moduli(max(examples.classes, 2), max(examples.classes, 2) + (2 if draws == 1 else 0)):
                if not clock.open:
                    return
                clock.spend(draws * 20)
                found = weights_of(basis.features[: examples.rows], labels, modulus, draws, rng)
                if found is not None:
                    yield proposal(basis, found, modulus, examples)


def weights_of(
    features: Int[np.ndarray, "row feature"],
    labels: Int[np.ndarray, " row"],
    modulus: int,
    draws: int,
    rng: np.random.Generator,
) -> Int[np.ndarray, " weight"] | None:
    """Weights, the constant last, that explain all rows, or of several draws those that explain most, if it is many."""
    system = np.concatenate([features, np.ones((len(features), 1), dtype=np.int64)], axis=1)
    needed = system.shape[1] + _SPARE
    if len(system) < needed:
        return None
    best, most = None, (len(system) if draws == 1 else _WORTH * len(system))
    for _ in range(draws):
        # with many draws each takes as few rows as it can, for all of them have to follow the rule
        some = rng.permutation(len(system))[: needed if draws == 1 else system.shape[1]]
        weights = solved(system[some], labels[some], modulus)
        if weights is not None and (right := int((system @ weights % modulus == labels).sum())) >= most:
            best, most = weights, max(right, most)
    return best


def proposal(basis: Basis, weights: Int[np.ndarray, " weight"], modulus: int, examples: Examples) -> Proposal:
    """The sum as a theory."""
    values = (basis.features @ weights[:-1] + weights[-1]) % modulus
    if basis.kind == "tokens":
        names = [f"x[{place}]" for place in range(examples.length)]
        text = _sum_text(names, weights, modulus)
    elif basis.kind == "products":
        first, second = np.triu_indices(examples.length)
        names = [f"x[{place}]" for place in range(examples.length)]
        names += [f"x[{a}] * x[{b}]" for a, b in zip(first, second, strict=True)]
        text = _sum_text(names, weights, modulus)
    elif basis.kind == "counts":
        text = _counts_text(basis.text, weights, modulus, _parts(basis, examples))
    else:
        text = _tables_text(weights, modulus, examples)
    return Proposal(Term(text), values)


def _parts(basis: Basis, examples: Examples) -> int:
    """Tokens in the sequence of a basis."""
    return next((int(part.shape[1]) for text, part in sequences(examples) if text == basis.text), 2)


def _signed(weight: int, modulus: int) -> int:
    """The residue of least absolute value: -x is shorter than 6 * x."""
    return weight - modulus if 2 * weight > modulus else weight


def _sum_text(names: list[str], weights: Int[np.ndarray, " weight"], modulus: int) -> str:
    """`(x[0] + 3 * x[1] - x[2] + 4) % 7`, or over a sequence where all weights are equal."""
    text = ""
    count = next((k for k in (len(names),) if len(set(weights[:-1].tolist())) == 1 and weights[0]), 0)
    if count and all("*" not in name for name in names):
        weight = int(weights[0])
        text = "sum(x)" if weight == 1 else f"{weight} * sum(x)"
    else:
        for name, weight in zip(names, weights[:-1].tolist(), strict=True):
            if weight:
                signed = _signed(weight, modulus)
                sign = "-" if signed < 0 else "+"
                factor = f"{abs(signed)} * " if abs(signed) > 1 else ""
                text += f" {sign} {factor}{name}" if text else f"{'-' if signed < 0 else ''}{factor}{name}"
    text = f"{text} + {weights[-1]}" if text and weights[-1] else text or str(int(weights[-1]))
    return f"(({text}) % {modulus})"


def _counts_text(sequence: str, weights: Int[np.ndarray, " weight"], modulus: int, parts: int) -> str:
    """`sum([0, 1, 1, 2][v] for v in x) % 3`, the constant in the table where it divides by the number of tokens."""
    table = np.concatenate([[0], weights[:-1]])
    constant = int(weights[-1])
    shifts = [shift for shift in range(modulus) if shift * parts % modulus == constant]
    choices = [((table + shift) % modulus, 0) for shift in shifts] or [(table % modulus, constant)]
    table, constant = min(choices, key=lambda choice: Term(_mapped(choice[0], modulus, sequence)).weight)
    text = _mapped(table, modulus, sequence)
    return f"(({text} + {constant}) % {modulus})" if constant else f"({text} % {modulus})"


def _mapped(table: Int[np.ndarray, " letter"], modulus: int, sequence: str) -> str:
    """The sum of a table over a sequence, written without the table where it is a formula."""
    letters = np.arange(len(table))
    forms = [(f"v == {c}", letters == c) for c in letters]
    forms += [(f"v != {c}", letters != c) for c in letters]
    forms += [(f"v > {c}", letters > c) for c in letters] + [(f"v < {c}", letters < c) for c in letters]
    forms += [("v", letters), ("v * v", letters * letters)]
    forms += [(f"v % {m}", letters % m) for m in range(2, len(table))]
    forms += [(f"{a} * v", a * letters) for a in range(2, modulus)]
    forms += [(f"v + {c}", letters + c) for c in range(1, modulus)]
    for text, values in forms:
        if np.array_equal(values % modulus, table):
            return f"sum({text} for v in {sequence})" if text != "v" else f"sum({sequence})"
    return f"sum([{', '.join(map(str, table.tolist()))}][v] for v in {sequence})"


def _tables_text(weights: Int[np.ndarray, " weight"], modulus: int, examples: Examples) -> str:
    """One table for all positions that have multiples of it, or one each."""
    letters = examples.letters
    tables = np.zeros((examples.length, letters), dtype=np.int64)
    tables[:, 1:] = weights[:-1].reshape(examples.length, letters - 1)
    used = [place for place in range(examples.length) if tables[place].any()]
    constant = int(weights[-1])
    if not used:
        return f"({constant} % {modulus})"
    factors = [_factor(tables[used[0]], tables[place], modulus) for place in used]
    if None not in factors and len(used) > 1:
        shared = ", ".join(map(str, tables[used[0]].tolist()))
        total = _added(
            [
                f"{factor} * t[x[{place}]]" if factor != 1 else f"t[x[{place}]]"
                for factor, place in zip(factors, used, strict=True)
            ]
        )
        inner = f"for t in ([{shared}],)"
        tail = f" + {constant}" if constant else ""
        return f"(sum({total} {inner}) % {modulus})" if not constant else f"((sum({total} {inner}){tail}) % {modulus})"
    total = _added([f"[{', '.join(map(str, tables[place].tolist()))}][x[{place}]]" for place in used])
    return f"(({total} + {constant}) % {modulus})" if constant else f"(({total}) % {modulus})"


def _added(parts: list[str]) -> str:
    return " + ".join(parts)


def _factor(table: np.ndarray, other: np.ndarray, modulus: int) -> int | None:
    return next((a for a in range(1, modulus) if np.array_equal(a * table % modulus, other)), None)
