"""Many inputs at once against the interpreter: values, failures, branches."""

import random

import numpy as np
import pytest
from theories import Writer

from interpbench.theory import Theory, parse
from interpbench.theory.batch import _together, one_by_one
from interpbench.theory.limits import FUEL


def check(theory: Theory, tokens: np.ndarray, fuel: int = FUEL) -> None:
    fast, slow = theory.run_many(tokens, fuel), one_by_one(theory._program, tokens, fuel)
    same = fast.same(slow)
    assert same.all(), (str(theory), tokens[~same][0], fast.at(int(np.argmin(same))), slow.at(int(np.argmin(same))))
    assert (fast.taken == slow.taken)[~slow.failed].all(), str(theory)


def together(text: str, tokens: np.ndarray, fuel: int = FUEL) -> float:
    """The share of inputs that the arrays decided; all of them rightly."""
    theory = parse(text if text.startswith("def") else f"def rule(x): return {text}")
    check(theory, tokens, fuel)
    return 1 - float(_together(theory, tokens, fuel)[1].mean())


def inputs(length: int = 6, count: int = 100, letters: int = 7) -> np.ndarray:
    return np.random.default_rng(0).integers(0, letters, size=(count, length))


@pytest.mark.parametrize("seed", range(8))
def test_random_theories_agree(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(60):
        theory = parse(Writer(rng, wild=rng.choice([0, 0, 0.1])).theory(rng.randint(0, 6)))
        tokens = np.array([[rng.randint(0, 6) for _ in range(4)] for _ in range(40)])[:, : rng.randint(0, 4)]
        check(theory, tokens, rng.choice([FUEL, FUEL, 300, 80, 30]))


@pytest.mark.parametrize("seed", range(4))
def test_large_integers_agree(seed: int) -> None:
    """Where 64 bits do not suffice, the interpreter decides, and only there."""
    rng = random.Random(seed)
    letters = [0, 1, -1, 3, 2**31, -(2**31), 2**40, 2**61, 2**62, -(2**62), 2**63 - 1, -(2**63)]
    for _ in range(60):
        theory = parse(Writer(rng, wild=0).theory(2))
        check(theory, np.array([[rng.choice(letters) for _ in range(3)] for _ in range(40)]))


@pytest.mark.parametrize(
    "text",
    [
        "(3 * x[0] + x[2] - 1) % 5",
        "sum(v for i, v in enumerate(x) if i % 2 == 0 and v > 1) % 2",
        "x[x[0] % len(x)] if x[1] > 3 else min(x[1:])",
        "max((v, -i) for i, v in enumerate(x))[1]",
        "sorted(v for v in x if v > 2)[:2]",
        "[v for v in x if v != x[0]][-1:]",
        "[a + b for a, b in zip(x, x[1:]) if a < b]",
        "[v for v in x if v > 2] == [v for v in x if v > 3]",
        "len([v for v in x[x[0] % 3:] if v in (1, 2)])",
        "sum(1 for i in range(len(x)) for j in range(i) if x[i] == x[j])",
        "sum(x[i] for i in range(x[0] % 5))",
        "all(a <= b for a, b in zip(x, x[1:]))",
        "range(x[0], x[1])",
        "(x[0], x[1]) < (x[1], x[0])",
        "2 ** x[0] + (x[1] << x[2]) - (x[3] >> 1) ^ x[4] & 3",
        "any(x[0] // (v - 1) > 2 for v in x)",
        "x[0] and x[1] or x[2]",
        "((1, 2), (3, 4))[x[0] % 2 - 2][1]",
        "x[x[0] - 3]",
        "x[x[0] - 3:x[1] - 4]",
        "x[x[0] - 3:x[1] - 9:-1]",
        "x[x[0] - 9::-2] + [v for v in x if v > 2][::2] + [v for v in x if v > 2][-3:0:-2]",
        "[v for v in x if v > 2][-2 if x[0] else 0]",
        "x[0] % (x[1] - 9) < 0",
        "(x[0] - 4) // (x[1] - 9) < 0",
        "(x[0] - 3) >> x[1] < 0",
        "((x[0] - 3) & (x[1] - 3)) < 0",
        "(x[0] - 3) ** x[1] < 0",
        "range(x[0] - 2, x[1] - 4, -2)",
        "x[:x[0]] or x[2:]",
        "def rule(x):\n    s = 0\n    for v in x:\n        if v == 3: continue\n        if v == 5: break\n"
        "        if v == 6: return s\n        s += v\n    return s * 2",
        "def rule(x):\n    t = ()\n    for v in x:\n        if v % 2: t = t + (v,)\n    return t",
        "def rule(x):\n    s = 0\n    for v in x: s = ((1, 2, 0), (0, 1, 2), (2, 2, 1))[s][v % 3]\n    return s",
    ],
)
def test_typical_rules_are_decided_by_the_arrays(text: str) -> None:
    assert together(text, inputs()) == 1.0


def test_an_overflow_is_left_to_the_interpreter() -> None:
    """Only the inputs that overflow are; the rest of the same array is decided."""
    tokens = np.array([[3, 2], [2**40, 2], [2**40, 2**40]] * 20)
    assert together("x[0] * x[1] % 7", tokens) == pytest.approx(2 / 3)
    assert together(
        "def rule(x):\n    s = 1\n    for v in x * 9: s = s * v\n    return s % 5", tokens
    ) == pytest.approx(1 / 3)


def test_failures_are_decided_by_the_arrays() -> None:
    assert together("x[7]", inputs()) == 1.0
    assert together("x[x[0]]", inputs()) == 1.0
    assert together("1 // (x[0] - 3)", inputs()) == 1.0
    assert parse("def rule(x): return 1 // (x[0] - 3)").run_many(inputs()).failed.sum() == (inputs()[:, 0] == 3).sum()


def test_what_is_not_covered_is_left_to_the_interpreter() -> None:
    assert together("sorted(zip(x, x[::-1]))[0]", inputs()) == 0.0
    assert together("sum(x) if x[0] else 1", inputs(), fuel=5) == 0.0
    assert 0 < together("x[0] and x[1] or x[2:]", inputs()) < 1.0


def test_few_inputs_and_none() -> None:
    theory = parse("def rule(x): return x[0]")
    assert [theory.run_many(inputs()[:n]).integers().tolist() for n in (0, 1, 30)] == [
        inputs()[:n, 0].tolist() for n in (0, 1, 30)
    ]


def test_chunks_are_joined() -> None:
    tokens = inputs(3, 10_000)
    answers = parse("def rule(x): return x[:x[0]]").run_many(tokens)
    for row in (0, 4095, 4096, 9999):
        assert answers.at(row) == tuple(tokens[row, : tokens[row, 0]].tolist())


@pytest.mark.parametrize("tokens", [np.zeros(3, dtype=int), np.zeros((2, 2)), np.full((1, 1), 2**63, dtype=np.uint64)])
def test_wrong_arrays_are_refused(tokens: np.ndarray) -> None:
    with pytest.raises(ValueError, match="wanted"):
        parse("def rule(x): return 1").run_many(tokens)


def test_branches_are_recorded() -> None:
    text = "def rule(x):\n    for v in x[:2]:\n        if v == 1: return 5\n    return 1 if x[2] else 0"
    tokens = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1]] * 10)
    taken = parse(text).run_many(tokens).taken[:4].astype(int).tolist()
    assert taken == [[0, 1, 0, 0], [1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]]
