"""Theories: reading one, one input, and 10,000 inputs by the interpreter and by arrays, side by side."""

from typing import Any

import numpy as np
import pytest

from interpbench.theory import Theory, canonical, equivalent, parse
from interpbench.theory.batch import one_by_one
from interpbench.theory.limits import FUEL

RULES = {
    "modular sum": "def f(x): return (3 * x[0] + 2 * x[1] + x[2] * x[6] + 5 * x[4]) % 7 + (x[0] == x[1]) * (x[8] > 4)",
    "masked parity": "def f(x): return sum(v for i, v in enumerate(x) if i % 2 == 0 and v > 1 or i in (1, 3, 7)) % 2",
    "automaton": """
def rule(x):
    s = 0
    for v in x:
        if s == 0:
            s = 1 if v == 2 else 0
        elif s == 1:
            s = 2 if v == 3 else 1 if v == 2 else 0
        elif v == 0:
            s = 0
        else:
            s = (s + v) % 4
    return s""",
    "guarded": """
def rule(x):
    if x[2] == 3 and x[5] == 1 and x[7] == 4:
        return (x[0] * x[1]) % 5
    best = 0
    for i, v in enumerate(x):
        if v > x[best]:
            best = i
    if best > 4:
        return (best + x[0]) % 5
    return (x[best] + sum(x)) % 5""",
    "addition with carries": """
def rule(x):
    out = ()
    carry = 0
    for a, b in zip(x[:5], x[5:]):
        s = a + b + carry
        out = out + (s % 7,)
        carry = s // 7
    return out + (carry,)""",
    "pairs": "def rule(x): return sum(x[i] == x[j] for i in range(len(x)) for j in range(i + 1, len(x))) % 5",
    "balanced brackets": """
def rule(x):
    depth = 0
    for v in x:
        depth += 1 if v % 2 else -1
        if depth < 0:
            return 0
    return depth == 0""",
}
"""Typical rules of 25 to 70 nodes on ten tokens."""
TOKENS = np.random.default_rng(0).integers(0, 7, size=(10_000, 10))


def rule(name: str) -> Theory:
    theory = parse(RULES[name])
    theory.run_many(TOKENS[:100])
    return theory


@pytest.mark.benchmark(group="parse one theory")
@pytest.mark.parametrize("name", RULES)
def test_parse(benchmark: Any, name: str) -> None:
    benchmark(parse, RULES[name])


@pytest.mark.benchmark(group="canonical form of one theory")
@pytest.mark.parametrize("name", RULES)
def test_canonical(benchmark: Any, name: str) -> None:
    benchmark(canonical, rule(name))


@pytest.mark.benchmark(group="one input")
@pytest.mark.parametrize("name", RULES)
def test_run(benchmark: Any, name: str) -> None:
    benchmark(rule(name).run, tuple(TOKENS[0].tolist()))


@pytest.mark.benchmark(group="10,000 inputs")
@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("how", ["arrays", "interpreter"])
def test_run_many(benchmark: Any, name: str, how: str) -> None:
    theory = rule(name)
    if how == "arrays":
        benchmark.pedantic(theory.run_many, args=(TOKENS,), rounds=5)
    else:
        benchmark.pedantic(one_by_one, args=(theory._program, TOKENS, FUEL), rounds=2)


@pytest.mark.benchmark(group="equivalence by branch")
def test_equivalent(benchmark: Any) -> None:
    first, second = rule("guarded"), canonical(rule("guarded"))
    found = benchmark.pedantic(lambda: equivalent(first, second, [range(7)] * 10, np.random.default_rng(0)), rounds=3)
    assert found.equal
