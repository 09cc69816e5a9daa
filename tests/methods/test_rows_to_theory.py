import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from interpbench.models.data import Domain, Rows
from interpbench.theory import parse
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import Extracted
from interpbench_methods.rows_to_theory import RowsToTheory
from interpbench_methods.rows_to_theory.presence import predictability
from interpbench_methods.rows_to_theory.writers import WRITERS

RNG = np.random.default_rng(0)
TOKENS = np.unique(RNG.integers(0, 6, size=(400, 8)), axis=0)
LABELS = np.where(TOKENS[:, 2] > 3, TOKENS[:, 0] % 3, (TOKENS[:, 5] > 2).astype(int))
FRESH = RNG.integers(0, 6, size=(2000, 8))


def answers(writer: str, tokens: np.ndarray = TOKENS, labels: np.ndarray = LABELS) -> np.ndarray:
    found = parse(WRITERS[writer](tokens, labels, 0)).run_many(FRESH)
    assert not found.failed.any()
    return found.integers()


def test_the_tree_says_what_scikit_learn_says() -> None:
    reference = DecisionTreeClassifier(max_leaf_nodes=100, max_depth=20, random_state=0).fit(TOKENS, LABELS)
    assert np.array_equal(answers("tree"), reference.predict(FRESH))


def test_the_neighbour_says_what_scikit_learn_says_but_for_ties() -> None:
    few, labels = TOKENS[:50], LABELS[:50]
    reference = KNeighborsClassifier(1, metric="hamming").fit(few, labels)
    distance, _ = reference.kneighbors(FRESH, 2)
    clear = distance[:, 0] < distance[:, 1] - 1e-9
    assert clear.sum() > 100
    assert np.array_equal(answers("neighbour", few, labels)[clear], reference.predict(FRESH)[clear])


def test_majority_is_a_constant() -> None:
    assert set(answers("majority")) == {np.bincount(LABELS).argmax()}


def test_as_much_as_a_theory_may_hold_is_a_theory() -> None:
    tokens = np.unique(RNG.integers(0, 10, size=(2000, 12)), axis=0)
    labels = RNG.integers(10, size=len(tokens))
    for writer in WRITERS:
        parse(WRITERS[writer](tokens, labels, 1)).run_many(tokens[:50])


def test_presence_is_near_one_with_a_rule_and_spread_without() -> None:
    assert predictability(TOKENS, LABELS, 0) > 0.999
    random = [predictability(TOKENS[:200], np.random.default_rng(seed).integers(3, size=200), 0) for seed in range(8)]
    assert sum(p > 0.5 for p in random) <= 2
    assert predictability(TOKENS[:5], LABELS[:5], 0) == 0.5


def test_a_writer_that_there_is_not_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="tree"):
        RowsToTheory(writer="tre")


def test_the_network_is_not_looked_at_and_without_rows_nothing_is_said() -> None:
    rows = Rows(tokens=torch.from_numpy(TOKENS), labels=torch.from_numpy(LABELS[:, None]))
    domain = Domain(alphabets=(tuple(range(6)),) * 8, positions=(7,), classes=3)
    method, ctx = RowsToTheory(writer="tree"), Context.seeded("x")
    ctx.study = method.study(rows, domain, ctx)
    found = method.extract(None, rows, domain, 10, ctx)
    assert isinstance(found, Extracted)
    assert np.array_equal(parse(found.theory).run_many(FRESH).integers(), answers("tree"))
    ctx.study = method.study(rows[:0], domain, ctx)
    assert isinstance(method.extract(None, rows[:0], domain, 10, ctx), NotApplicable)
