"""Bottom-up growth against enumeration by brute force, which merges nothing and runs every expression by itself."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

from interpbench.theory import canonical, size
from interpbench.toolkit.synthesis.clock import Budget, Clock
from interpbench.toolkit.synthesis.determined import exact, functions, hits
from interpbench.toolkit.synthesis.examples import Examples
from interpbench.toolkit.synthesis.growth import Growth
from interpbench.toolkit.synthesis.leaves import constants, sequences, statistics, tokens_of
from interpbench.toolkit.synthesis.term import Term, theory_of

TOKENS = np.array(list(product(range(3), repeat=2)))
LARGEST = 7
FORMS: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "==": lambda a, b: int(a == b),
    "<": lambda a, b: int(a < b),
    "max": max,
    "min": min,
}


def _examples(tokens: np.ndarray, labels: np.ndarray) -> Examples:
    return Examples(
        tokens=tokens,
        labels=labels,
        chosen=np.arange(len(labels)),
        letters=int(tokens.max()) + 1,
        classes=int(labels.max()) + 1,
    )


def _clock() -> Clock:
    clock = Clock(budget=Budget(states=10**9, seconds=1000))
    clock.enter("test", 1.0)
    return clock


def _by_brute_force() -> dict[tuple[int, ...], int]:
    """Vector of values -> least weight: x[i] weighs 3, a constant 1, an operation 1 more than its parts."""
    known: dict[int, list[tuple[tuple[int, ...], int | None]]] = {
        1: [((c,) * len(TOKENS), c) for c in range(4)],
        3: [(tuple(TOKENS[:, place].tolist()), None) for place in range(2)],
    }
    for weight in [2, *range(3, LARGEST + 1)]:
        made: list[tuple[tuple[int, ...], int | None]] = []
        for left in range(1, weight - 1):
            for (a, first), (b, second) in product(known.get(left, ()), known.get(weight - 1 - left, ())):
                made += [(tuple(map(form, a, b)), None) for form in FORMS.values()]
                if first is None and second is not None and second > 1:
                    made += [(tuple(v % second for v in a), None), (tuple(v // second for v in a), None)]
        known[weight] = [*known.get(weight, ()), *(sorted(set(made), key=str) if weight < LARGEST else made)]
    least: dict[tuple[int, ...], int] = {}
    for weight in sorted(known):
        for values, _ in known[weight]:
            least.setdefault(values, weight)
    return least


def test_growth_finds_every_vector_at_its_least_weight() -> None:
    examples = _examples(TOKENS, np.arange(len(TOKENS)) % 2)
    leaves = [*tokens_of(examples), *[leaf for leaf in constants(examples) if int(leaf[0].text) < 4]]
    growth = Growth(examples, leaves, _clock(), capacity=60_000)
    for _ in growth.grown(LARGEST):
        pass
    bank = growth.bank
    assert not bank.full
    here = {tuple(bank.values[number].tolist()): int(bank.weights[number]) for number in range(len(bank))}
    assert here == _by_brute_force()


def test_kept_terms_have_the_values_of_their_theories() -> None:
    tokens = np.random.default_rng(0).integers(0, 4, (60, 4))
    examples = _examples(tokens, tokens[:, 0])
    growth = Growth(examples, [*tokens_of(examples), *constants(examples)], _clock(), capacity=500)
    for _ in growth.grown(7):
        pass
    for number in range(0, len(growth.bank), 7):
        theory = theory_of(growth.bank.term(number))
        assert theory.run_many(tokens).integers().tolist() == growth.bank.values[number].tolist(), str(theory)
        assert size(theory) == growth.bank.weights[number] + 2  # and the head and the return


@pytest.mark.parametrize(("letters", "length"), [(2, 5), (5, 6), (7, 4)])
def test_leaves_have_the_values_of_their_theories(letters: int, length: int) -> None:
    tokens = np.random.default_rng(letters).integers(0, letters, (40, length))
    examples = _examples(tokens, tokens[:, 0])
    for term, values in list(statistics(examples))[::3]:
        answers = theory_of(term).run_many(tokens)
        assert not answers.failed.any(), term.text
        assert answers.integers().tolist() == np.asarray(values).astype(int).tolist(), term.text
    assert dict(sequences(examples))["x[1:]"].tolist() == tokens[:, 1:].tolist()


def test_whether_a_value_determines_the_label() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 200)
    fine = labels + 3 * rng.integers(0, 4, 200)  # more is known than the label
    spoilt = fine.copy()
    spoilt[150] += 1
    values = np.stack([fine, spoilt, np.zeros(200, dtype=int), np.arange(200), -labels])
    assert exact(values, labels).tolist() == [0, 4]
    found = hits(values, labels, 3)
    assert found[0] == found[4] == 200
    assert found[1] == 199
    assert found[2] == np.bincount(labels).max()
    assert found[3] == 0  # spans too much


@pytest.mark.parametrize(
    ("rule", "least"),
    [(lambda u: u % 3, 3), (lambda u: (u > 4) * 1, 3), (lambda u: u // 4 % 3, 5), (lambda u: (2 * u + 1) % 5, 7)],
)
def test_the_function_of_a_value_is_found(rule: Callable[[np.ndarray], np.ndarray], least: int) -> None:
    values = np.random.default_rng(0).integers(0, 12, 300)
    found = list(functions(Term("x[0]"), values, rule(values[:200])))
    for term, given in found:
        assert np.array_equal(given, theory_of(term).run_many(values[:, None]).integers())
    term, given = found[0]
    assert np.array_equal(given, rule(values))
    assert size(canonical(theory_of(term))) <= 2 + 3 + least - 1
