"""The listing of all rules, and which of them fit rows: against functions in plain Python and by brute force."""

from collections.abc import Callable, Sequence
from statistics import median

import numpy as np
import pytest

from interpbench.theory import size
from interpbench.theory.domain import everything
from interpbench.tracks.extraction.rules import consistent, every
from interpbench.tracks.extraction.rules.kinds import all_families
from interpbench.tracks.extraction.rules.rule import alphabets

Tokens = Sequence[int]


def machine(x: Tokens) -> int:
    state = "calm"
    for token in x:
        state = {"calm": "alert", "alert": "alarm", "alarm": "alarm"}[state] if token < 2 else "calm"
    return ["calm", "alert", "alarm"].index(state)


def behind_first(x: Tokens) -> int:
    place = list(x).index(3) if 3 in x[:-1] else None
    return 0 if place is None else x[place + 1]


VOWELS = {0, 2, 5}
REFERENCES: dict[str, tuple[str, Callable[[Tokens], int]]] = {
    "weighted sum": ("modular", lambda x: (x[1] + 2 * x[4]) % 5),
    "product": ("modular", lambda x: (x[0] * x[3] + x[5]) % 3),
    "parity": ("boolean", lambda x: [x[0] < 3, x[2] < 3, x[5] < 3].count(True) % 2),
    "DNF": ("boolean", lambda x: int(max(x[0], x[1]) < 4 or max(x[2], x[5]) < 4)),
    "majority": ("boolean", lambda x: int(sorted([x[1], x[3], x[5]])[1] < 3)),
    "threshold": ("boolean", lambda x: int(x[0] + x[1] + x[2] >= 8)),
    "letters": ("counting", lambda x: list(x).count(4) % 3),
    "neighbours": ("counting", lambda x: len([1 for n in range(5) if x[n] == x[n + 1]]) % 3),
    "machine": ("automata", machine),
    "marker": ("selection", behind_first),
    "pointer": ("selection", lambda x: x[x[2]]),
    "median": ("order", lambda x: int(median(x[:5])) % 3),
    "rank": ("order", lambda x: sorted(x).index(x[5]) % 2),
    "vowels": ("hidden", lambda x: int((x[1] in VOWELS) != (x[5] in VOWELS))),
    "three classes": ("hidden", lambda x: sum({"b": 1, "c": 2}.get("acabbc"[v], 0) for v in x) % 3),
    "choice": ("composition", lambda x: max(x) if x[2] < x[5] else x[0]),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_a_function_in_python_is_found_from_its_rows(name: str) -> None:
    kind, reference = REFERENCES[name]
    rng = np.random.default_rng(0)
    shown, fresh = rng.integers(6, size=(2, 400, 6))
    labels = np.array([reference(row) for row in shown.tolist()])
    found = consistent(shown, labels, 6, 6, 28)
    assert found[0].kind == kind
    assert found[0].answers(fresh).tolist() == [reference(row) for row in fresh.tolist()]
    assert found[0].answers(fresh).max() < found[0].classes


def test_rules_that_fit_rows_by_brute_force() -> None:
    """Every rule of the grammar on every input of a small domain."""
    rng = np.random.default_rng(1)
    tokens = everything(alphabets(5, 3))
    shown = tokens[rng.choice(len(tokens), 5, replace=False)]
    labels = shown.max(axis=1)
    distinct: dict[tuple[int, ...], int] = {}
    for family in all_families(5, 3):
        if family.size <= 10:
            for index in range(len(family)):
                theory = family.theory(index)
                if (theory.run_many(shown).integers() == labels).all():
                    distinct.setdefault(tuple(theory.run_many(tokens).integers().tolist()), size(theory))
    found = consistent(shown, labels, 5, 3, 10)
    assert {tuple(rule.answers(tokens).tolist()): rule.size for rule in found} == distinct
    assert len(found) == len(distinct) > 1


def test_the_listing_is_sorted_and_says_nothing_twice() -> None:
    rules = list(every(5, 3, 9))
    assert [rule.size for rule in rules] == sorted(size(rule.theory) for rule in rules)
    tokens = everything(alphabets(5, 3))
    assert len({tuple(rule.answers(tokens).tolist()) for rule in rules}) == len(rules) > 100


def test_rules_that_fit_are_in_the_listing() -> None:
    shown = np.random.default_rng(2).integers(3, size=(10, 5))
    labels = (shown == 1).sum(axis=1) % 2
    found = {str(rule.theory) for rule in consistent(shown, labels, 5, 3, 12)}
    brute = {str(r.theory) for r in every(5, 3, 12) if (r.answers(shown) == labels).all()}
    assert found == brute
    assert "def rule(x):\n    return sum(x) % 2" in found  # the shorter name of the rule that made the labels


def test_rows_that_no_rule_fits() -> None:
    shown = np.zeros((2, 5), dtype=np.int64)
    assert consistent(shown, np.array([0, 1]), 5, 3, 12) == []
