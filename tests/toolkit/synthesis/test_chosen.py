"""Chosen queries: a label that splits what is left is worth more than one that does not."""

import numpy as np

from interpbench.theory import parse
from interpbench.toolkit.synthesis import Budget, Hints, Search, improve
from interpbench.toolkit.synthesis.chosen import chosen


def _rows(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 5, (count, 6))


def test_queries_are_inputs_on_which_theories_differ() -> None:
    first, second = parse("def f(x): return x[0]"), parse("def f(x): return x[0] if x[1] + x[2] < 8 else 4")
    queries = chosen([first, second], _rows(200, 0), 8, np.random.default_rng(0))
    assert (queries[:, 1] + queries[:, 2] == 8).all()
    assert (queries[:, 0] != 4).all()


def test_questions_decide_between_rules_that_share_all_rows() -> None:
    tokens = _rows(200, 0)
    tokens[:, 4] = tokens[:, 2]
    asked: list[np.ndarray] = []

    def ask(queries: np.ndarray) -> np.ndarray:
        asked.append(queries)
        return np.asarray((queries[:, 0] + queries[:, 4]) % 5)

    hints = Hints(operations=frozenset({"linear"}))
    search = Search(tokens, ask(tokens), hints=hints, budget=Budget(states=100_000), patient=True)
    asked.clear()
    search.run()
    improved = improve(search, ask, budget=40)
    fresh = _rows(2000, 9)
    assert improved.asked == sum(map(len, asked)) <= 40
    wanted = (fresh[:, 0] + fresh[:, 4]) % 5
    assert np.array_equal(improved.search.best.theory.run_many(fresh).integers(), wanted)
    assert len(improved.search.labels) == 200 + improved.asked


def test_a_refuted_rule_is_searched_for_again() -> None:
    def ask(queries: np.ndarray) -> np.ndarray:
        return np.where(queries[:, 1] == 3, queries[:, 2], queries[:, 0])

    hints = Hints(operations=frozenset({"choices"}))
    tokens = _rows(300, 0)
    tokens = tokens[tokens[:, 1] != 3]  # no row shows the other branch
    search = Search(tokens, ask(tokens), hints=hints, budget=Budget(seconds=20))
    assert str(search.run()[-1].theory).endswith("return x[0]")
    assert improve(search, ask, budget=0).search.best.size == 5
    # letters of a position are those that rows show: give the letter once
    tokens = np.concatenate([tokens, [[0, 3, 0, 0, 0, 0]]])
    search = Search(tokens, ask(tokens), hints=hints, budget=Budget(seconds=20))
    improved = improve(search, ask, budget=120)
    fresh = _rows(2000, 9)
    assert np.array_equal(improved.search.best.theory.run_many(fresh).integers(), ask(fresh))
    assert improved.searches > 1
