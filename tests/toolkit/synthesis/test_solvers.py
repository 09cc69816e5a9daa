"""The algebra of the solvers against what is right by trying all."""

from itertools import combinations_with_replacement, product

import numpy as np
import pytest

from interpbench.theory import parse
from interpbench.toolkit.synthesis.examples import examples_of
from interpbench.toolkit.synthesis.folds import loop, run, updates
from interpbench.toolkit.synthesis.linear import solved
from interpbench.toolkit.synthesis.literals import literals_of, sum_of_best
from interpbench.toolkit.synthesis.recode import Recoding
from interpbench.toolkit.synthesis.term import theory_of
from interpbench.toolkit.synthesis.truths import CELLS, lightest, template_of


@pytest.mark.parametrize("modulus", [2, 3, 4, 6, 7, 8, 9, 10, 12])
def test_weights_are_recovered_modulo_any_number(modulus: int) -> None:
    rng = np.random.default_rng(modulus)
    features, weights = rng.integers(0, 11, (40, 9)), rng.integers(0, modulus, 9)
    found = solved(features, features @ weights % modulus, modulus)
    assert found is not None
    assert found.tolist() == weights.tolist()
    noise = rng.integers(0, modulus, 40)
    assert solved(features, noise, modulus) is None


@pytest.mark.parametrize("modulus", [2, 4, 5])
def test_small_systems_are_solved_if_some_weights_solve_them(modulus: int) -> None:
    rng = np.random.default_rng(modulus)
    for _ in range(60):
        features, labels = rng.integers(0, modulus, (3, 2)), rng.integers(0, modulus, 3)
        every = [np.array(pair) for pair in product(range(modulus), repeat=2)]
        some = any((features @ pair % modulus == labels).all() for pair in every)
        found = solved(features, labels, modulus)
        if found is not None:
            assert (features @ found % modulus == labels).all()
        if modulus != 4:  # pivots that are no units may miss one
            assert (found is not None) == some


def test_cells_of_three_literals_are_counted() -> None:
    rng = np.random.default_rng(0)
    table, labels = rng.integers(0, 2, (7, 90)), rng.integers(0, 3, 90)
    parts = [table[:, labels == label].astype(np.float32) for label in range(3)]
    for first in range(7):
        right = sum_of_best(parts, first)
        for second, third in combinations_with_replacement(range(first, 7), 2):
            cell = 4 * table[first] + 2 * table[second] + table[third]
            counts = np.array([[((cell == c) & (labels == y)).sum() for y in range(3)] for c in range(8)])
            assert right[second - first, third - first] == counts.max(axis=1).sum()


def _on_cells(template: str) -> list[int]:
    text = template.replace("{0}", "x[0]").replace("{1}", "x[1]").replace("{2}", "x[2]")
    return [int(value) for value in parse(f"def f(x): return {text}").run_many(np.array(CELLS)).integers()]


def test_every_function_of_three_truths_has_an_expression() -> None:
    assert len(lightest()) == 256
    for bits, template in lightest().items():
        assert _on_cells(template) == [bits >> number & 1 for number in range(8)], template


@pytest.mark.parametrize("classes", [3, 4, 6])
def test_functions_to_labels_and_cells_that_do_not_matter(classes: int) -> None:
    rng = np.random.default_rng(classes)
    for _ in range(10):
        outputs = [None if rng.random() < 0.2 else int(label) for label in rng.integers(0, classes, 8)]
        found = _on_cells(template_of(outputs))
        assert all(want is None or want == got for want, got in zip(outputs, found, strict=True))


@pytest.mark.parametrize("states", [2, 3, 5])
def test_loops_run_as_their_theories(states: int) -> None:
    tokens = np.random.default_rng(states).integers(0, 4, (30, 6))
    known = list(updates(states, 4))
    assert len({table.tobytes() for _, table in known}) == len(known)
    for text, table in known[:: len(known) // 25]:
        answers = theory_of(loop(text, 1)).run_many(tokens).integers()
        assert run(table[None], tokens, 1)[0].tolist() == answers.tolist(), text


def test_a_theory_about_shorter_inputs_is_lifted() -> None:
    tokens = np.random.default_rng(0).integers(0, 4, (50, 6))
    recoding = Recoding(positions=(1, 3, 5), classes=(0, 1, 1, 2))
    for text in ("def f(x): return x[0] + 2 * x[2]", "def f(x): return sum(v == 1 for v in x) + x[1]"):
        theory = parse(text)
        wanted = theory.run_many(recoding.applied(tokens)).integers()
        assert recoding.lifted(theory).run_many(tokens).integers().tolist() == wanted.tolist()


def test_literals_are_safe_to_stand_anywhere() -> None:
    """A table of five labels multiplies its literals; `x[4] % 2` once stood there without brackets."""
    tokens = np.random.default_rng(0).integers(0, 6, (60, 4))
    examples = examples_of(tokens, tokens[:, 0], 0, np.random.default_rng(0))
    for term, values in literals_of(examples):
        for template, wanted in (("2 * {e} + 1", 2 * values + 1), ("4 - {e}", 4 - values), ("not {e}", values == 0)):
            assert np.array_equal(theory_of(term.put(template)).run_many(tokens).integers(), wanted), term
