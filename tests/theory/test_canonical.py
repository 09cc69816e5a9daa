"""The canonical form: the same behaviour, one form, and the same form for what is written differently."""

import random

import numpy as np
import pytest
from theories import Writer

from interpbench.theory import canonical, parse, size, unparse

PLENTY = 1_000_000


def form(expression: str) -> str:
    text = expression if expression.startswith("def") else f"def f(x): return {expression}"
    return unparse(canonical(parse(text)))


@pytest.mark.parametrize("seed", range(8))
def test_random_theories_keep_their_behaviour(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(50):
        theory = parse(Writer(rng, wild=rng.choice([0, 0.05])).theory(rng.randint(0, 6)))
        short = canonical(theory)
        assert canonical(short) == short, str(theory)
        assert parse(unparse(short)) == short, str(theory)
        tokens = np.array([[rng.randint(0, 6) for _ in range(4)] for _ in range(40)])[:, : rng.randint(0, 4)]
        first, second = theory.run_many(tokens, PLENTY), short.run_many(tokens, PLENTY)
        assert first.same(second).all(), (str(theory), str(short))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("x[0] + x[1]", "x[1] + x[0]"),
        ("x[2] + (x[0] + 1) + x[1] + 2", "3 + x[0] + x[1] + x[2]"),
        ("x[0] - 3", "x[0] + 2 - 5"),
        ("2 * 3 * x[0]", "x[0] * 6"),
        ("x[0] > x[1]", "x[1] < x[0]"),
        ("not not (x[0] == x[1])", "x[1] == x[0]"),
        ("not (x[0] < x[1])", "x[0] >= x[1]"),
        ("1 if x[0] == 2 else 0", "x[0] == 2"),
        ("x[0] if x[1] != 0 else x[2]", "x[2] if not x[1] else x[0]"),
        ("x[0] in (2, 1, 2)", "x[0] in [1, 2]"),
        ("x[0] in (2,)", "2 == x[0]"),
        ("sum([v for v in x])", "sum(w for w in x)"),
        ("[v for v in x if v > 1 and v < 5]", "[w for w in x if 1 < w if w < 5]"),
        ("[i for i in range(0, 5, 1)]", "[k for k in range(5)]"),
        ("x[0:2:1]", "x[:2]"),
        ("1 * x[0] + 0", "+x[0]"),
        ("5 if True else x[0]", "2 + 3"),
        (
            "def f(x):\n    if x[0] == 1:\n        return 2\n    else:\n        return 3",
            "def g(t):\n    if t[0] != 1: return 3\n    return 2",
        ),
        (
            "def f(x):\n    m = 0\n    unused = 7\n    for v in x:\n        if v > m: m = v\n    return m\n    m = 1",
            "def f(t):\n    a = 0\n    for b in t:\n        if a < b: a = b\n        continue\n    return a",
        ),
        (
            "def f(x):\n    if x[0]: a = 1\n    else: a = 2\n    return a",
            "def f(x):\n    b = 1 if x[0] else 2\n    return b",
        ),
    ],
)
def test_the_same_rule_has_the_same_form(first: str, second: str) -> None:
    assert form(first) == form(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("x + (1,)", "(1,) + x"),  # sequences are joined, not added
        ("x[0] and x[1]", "x[1] and x[0]"),  # the value is that of one part
        ("x[0] == 1 and x[5] == 2", "x[5] == 2 and x[0] == 1"),  # the first may spare the second's failure
        ("any([1 // v for v in x])", "any(1 // v for v in x)"),
        ("x[0] - x[1]", "x[1] - x[0]"),
        ("not not x[0]", "x[0]"),
        ("x[0] * 0", "0"),  # there may be no x[0]
        ("1 // 0", "2 // 0 "),
    ],
)
def test_different_behaviour_has_different_forms(first: str, second: str) -> None:
    assert form(first) != form(second)


def test_a_variable_is_not_written_by_the_branch_that_comes_behind() -> None:
    """`y = y` may only go where y has a value."""
    for text in (
        "def f(x):\n    if x[0]: return 1\n    else: y = y\n    return 2",
        "def f(x):\n    if x[0]: y = 1\n    y = y\n    return 2",
        "def f(x):\n    for v in x[1:]: y = 1\n    y = y\n    return 2",
    ):
        theory, tokens = parse(text), np.array([[0], [1]])
        assert theory.run_many(tokens).failed.any()
        assert canonical(theory).run_many(tokens).same(theory.run_many(tokens)).all()


def test_names_follow_first_writing() -> None:
    text = "def rule(t):\n    b = 1\n    for a, c in zip(t, t): b = b * a + c\n    return [d + b for d in t]"
    assert form(text).split("\n") == [
        "def rule(x):",
        "    v0 = 1",
        "    for v1, v2 in zip(x, x):",
        "        v0 = v0 * v1 + v2",
        "    return [i0 + v0 for i0 in x]",
    ]


@pytest.mark.parametrize(
    ("expression", "nodes"),
    [("1", 1), ("-3", 1), ("x[0]", 3), ("x[0] + 1", 5), ("1 < x[0] < 3", 7), ("x[0] and 1 and 2", 7), ("len(x)", 2)],
)
def test_size_counts_nodes(expression: str, nodes: int) -> None:
    assert size(parse(f"def f(x): return {expression}")) == nodes + 2  # the return and the head


@pytest.mark.parametrize("seed", range(3))
def test_the_form_is_hardly_ever_larger(seed: int) -> None:
    rng = random.Random(seed)
    pairs = [(size(theory), size(canonical(theory))) for theory in (parse(Writer(rng).theory()) for _ in range(60))]
    assert sum(after for _, after in pairs) < sum(before for before, _ in pairs)
    assert all(after <= before + 3 for before, after in pairs)
