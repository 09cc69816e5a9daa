"""Synthesis: whole searches by kind of rule, and how many expressions a second growth looks at."""

from typing import Any

import numpy as np
import pytest
from planted import KINDS, planted

from interpbench.toolkit.synthesis import Budget, Hints, Search
from interpbench.toolkit.synthesis.determined import exact


@pytest.mark.benchmark(group="one search")
@pytest.mark.parametrize("kind", KINDS)
def test_search(benchmark: Any, kind: str) -> None:
    rule = planted(kind, 0)
    tokens = rule.inputs(500, np.random.default_rng(7))
    labels = rule.labels(tokens)
    search = benchmark.pedantic(lambda: _searched(tokens, labels, Budget()), rounds=1)
    benchmark.extra_info["states_per_second"] = search.progress.states_per_second


@pytest.mark.benchmark(group="two million expressions")
def test_growth(benchmark: Any) -> None:
    tokens = np.random.default_rng(0).integers(0, 5, (500, 8))
    labels = np.random.default_rng(1).integers(0, 5, 500)
    hints = Hints(operations=frozenset({"arithmetic", "statistics"}))
    search = benchmark.pedantic(lambda: _searched(tokens, labels, Budget(states=2_000_000), hints), rounds=1)
    benchmark.extra_info["states_per_second"] = search.progress.states_per_second


@pytest.mark.benchmark(group="10,000 vectors tested for determining the label")
def test_exact(benchmark: Any) -> None:
    rng = np.random.default_rng(0)
    benchmark(exact, rng.integers(0, 20, (10_000, 500)).astype(np.int16), rng.integers(0, 5, 500))


def _searched(tokens: np.ndarray, labels: np.ndarray, budget: Budget, hints: Hints | None = None) -> Search:
    search = Search(tokens, labels, budget=budget, hints=hints)
    search.run()
    return search
