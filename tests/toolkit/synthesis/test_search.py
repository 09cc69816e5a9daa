"""Planted rules are found, rows without a rule have none, and a search repeats and ends."""

import numpy as np
import pytest
from planted import KINDS, planted

from interpbench.theory import equivalent
from interpbench.toolkit.synthesis import Budget, Hints, Search
from interpbench.toolkit.synthesis.frontier import Frontier
from interpbench.toolkit.synthesis.recode import Recoding
from interpbench.toolkit.synthesis.term import Proposal, Term


def _rows(letters: int = 5, length: int = 8, count: int = 300, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, letters, (count, length))


SOLVERS = {
    "modular sum": "linear",
    "boolean": "literals",
    "counting": "statistics",
    "order": "statistics",
    "selection": "statistics",
    "automaton": "folds",
    "hidden classes": "linear",
    "guarded": "choices",
}


SEEDS = {"order": 0, "automaton": 0}
"""Of rules that are found early, so that the test is fast."""


def test_every_kind_is_tested() -> None:
    assert set(SOLVERS) == set(KINDS)


@pytest.mark.parametrize("kind", [kind for kind in SOLVERS if kind != "guarded"])
def test_a_planted_rule_is_found(kind: str) -> None:
    rule = planted(kind, SEEDS.get(kind, 1))
    tokens = rule.inputs(500, np.random.default_rng(7))
    allowed = frozenset({SOLVERS[kind], "statistics", "arithmetic"})
    search = Search(tokens, rule.labels(tokens), hints=Hints(operations=allowed), budget=Budget(seconds=60))
    search.run()
    alphabets = [range(rule.letters)] * rule.length
    assert search.best.agreement == 1
    assert equivalent(search.best.theory, rule.theory, alphabets, np.random.default_rng(0)).equal, search.best.theory


def test_branches_of_a_choice_are_found_apart() -> None:
    tokens = _rows(count=400)
    labels = np.where(tokens[:, 0] == 1, tokens[:, 3], (tokens[:, 2] + tokens[:, 5]) % 5)
    search = Search(tokens, labels, hints=Hints(operations=frozenset({"choices"})))
    search.run()
    fresh = _rows(count=2000, seed=1)
    wanted = np.where(fresh[:, 0] == 1, fresh[:, 3], (fresh[:, 2] + fresh[:, 5]) % 5)
    assert np.array_equal(search.best.theory.run_many(fresh).integers(), wanted)


def test_rows_without_a_rule_have_none() -> None:
    tokens = _rows(letters=2, length=10, count=400)
    labels = np.random.default_rng(1).integers(0, 2, 400)
    search = Search(tokens, labels, budget=Budget(states=150_000))
    found = search.run()
    assert not search.consistent
    assert max(one.agreement for one in found if one.size <= 25) < 0.68
    assert search.best.size <= 5  # a constant: nothing pays for its nodes
    fresh = _rows(letters=2, length=10, count=4000, seed=2)
    other = np.random.default_rng(3).integers(0, 2, 4000)
    for one in found:
        assert abs(float((one.theory.run_many(fresh).integers() == other).mean()) - 0.5) < 0.04  # five standard errors


def test_a_search_repeats_and_its_states_are_bounded() -> None:
    tokens = _rows(count=200)
    labels = np.random.default_rng(1).integers(0, 3, 200)
    budget = Budget(states=40_000, seconds=1000)
    runs = [Search(tokens, labels, budget=budget) for _ in range(2)]
    texts = [[(str(one.theory), one.agreement) for one in run.run()] for run in runs]
    assert texts[0] == texts[1]
    assert runs[0].progress.by_solver == runs[1].progress.by_solver
    # the last block of every solver may go beyond its share
    assert runs[0].progress.states < 120_000


def test_it_ends_with_its_seconds() -> None:
    search = Search(_rows(), np.random.default_rng(1).integers(0, 3, 300), budget=Budget(seconds=0.5))
    search.run()
    assert search.progress.seconds < 1.5


def test_a_frontier_grows_and_its_agreements_are_those_of_its_theories() -> None:
    tokens = _rows()
    labels = np.where(np.random.default_rng(1).random(300) < 0.2, 0, tokens[:, 1])
    found = Search(tokens, labels, budget=Budget(states=60_000)).run()
    assert [one.size for one in found] == sorted({one.size for one in found})
    assert [one.agreement for one in found] == sorted({one.agreement for one in found})
    for one in found:
        assert one.agreement == pytest.approx(float((one.theory.run_many(tokens).integers() == labels).mean()))


def test_rules_that_share_all_rows_are_told_apart() -> None:
    tokens = _rows(letters=4)
    tokens[:, 6] = tokens[:, 1]  # positions 1 and 6 are one on every row
    probes = Search(tokens, tokens[:, 1], patient=True, budget=Budget(states=20_000))
    probes.run()
    assert {"return x[1]", "return x[6]"} <= {str(one.theory).splitlines()[-1].strip() for one in probes.consistent}


def test_hints_narrow_the_search_and_the_theory_is_about_the_whole_input() -> None:
    classes = (0, 1, 1, 0, 2)
    tokens = _rows()
    coded = np.array(classes)[tokens[:, [1, 4, 6]]]
    labels = coded.max(axis=1) * (coded[:, 0] != 1)
    hints = Hints(positions=(1, 4, 6), classes=classes)
    search = Search(tokens, labels, hints=hints)
    search.run()
    fresh = _rows(seed=3, count=2000)
    coded = np.array(classes)[fresh[:, [1, 4, 6]]]
    assert np.array_equal(search.best.theory.run_many(fresh).integers(), coded.max(axis=1) * (coded[:, 0] != 1))


def test_hints_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="no operations magic"):
        Hints(operations=frozenset({"magic"}))
    with pytest.raises(ValueError, match="position 9 of inputs of length 8"):
        Search(_rows(), _rows()[:, 0], hints=Hints(positions=(0, 9)))
    with pytest.raises(ValueError, match="letter 4 has no class"):
        Search(_rows(), _rows()[:, 0], hints=Hints(classes=(0, 1)))
    with pytest.raises(ValueError, match="number letters and labels from 0"):
        Search(_rows(), _rows()[:, 0] - 1)


def test_a_table_that_fails_on_rows_it_was_not_made_from_is_only_wrong_there() -> None:
    """More rows than a solver looks at: one value occurs in none of those that it saw."""
    tokens = np.array([[0], [1], [0], [1], [5]])
    frontier = Frontier(tokens=tokens, labels=np.array([1, 0, 1, 0, 1]), recoding=Recoding(), largest=50)
    table = Proposal(Term("(1, 0)[x[0]]"), np.array([1, 0, 1, 0]))
    found = frontier.offer(table, np.arange(4))
    assert found is not None
    assert found.agreement == 0.8
    with pytest.raises(AssertionError, match="computed other values"):
        frontier.offer(Proposal(Term("(0, 1)[x[0]]"), np.array([1, 0, 1, 0])), np.arange(4))
