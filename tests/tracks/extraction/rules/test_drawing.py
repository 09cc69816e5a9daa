"""Drawn rules are honest: checked on every input of a small domain."""

import numpy as np
import pytest

from interpbench.theory import parse
from interpbench.theory.domain import everything
from interpbench.tracks.extraction.rules import KINDS, Rule, RuleNotFound, draw, problems
from interpbench.tracks.extraction.rules.drawing import influences
from interpbench.tracks.extraction.rules.rule import alphabets

LENGTH, LETTERS, SIZES = 6, 4, (8, 24)


def drawn(kind: str, seed: int) -> Rule:
    return draw(kind, np.random.default_rng(seed), length=LENGTH, letters=LETTERS, sizes=SIZES)


def written(text: str, classes: int) -> Rule:
    theory = parse(f"def rule(x):\n    return {text}")
    return Rule(kind="modular", theory=theory, alphabets=alphabets(LENGTH, LETTERS), classes=classes)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(2))
def test_a_drawn_rule_on_its_whole_domain(kind: str, seed: int) -> None:
    rule = drawn(kind, seed)
    tokens = everything(rule.alphabets)
    run = rule.theory.run_many(tokens)
    assert not run.failed.any()
    answers = run.integers()
    assert rule.kind == kind
    assert SIZES[0] <= rule.size <= SIZES[1]
    assert 0 <= answers.min() <= answers.max() < rule.classes
    slack = 0.02  # of a sample of 8,192
    shares = np.bincount(answers, minlength=rule.classes) / len(tokens)
    assert shares.min() >= 1 / (4 * rule.classes) - slack
    assert shares.max() <= 0.7 + slack
    grid = answers.reshape((LETTERS,) * LENGTH)
    matters = [bool((grid != np.roll(grid, 1, axis=place)).any()) for place in range(LENGTH)]
    assert sum(matters) >= 2
    if run.taken.size:
        assert run.taken.mean(axis=0).min() >= 0.2 - slack


def test_the_same_seed_draws_the_same_rule() -> None:
    for kind in ("boolean", "selection"):
        assert drawn(kind, 5) == drawn(kind, 5)
    assert len({str(drawn("modular", seed).theory) for seed in range(4)}) > 2


@pytest.mark.parametrize(
    ("text", "classes", "says"),
    [
        ("x[0]", 4, "fewer than two positions"),
        ("x[0] * x[1] * x[2] % 2", 2, "is right on 0.8"),
        ("x[0] + x[1]", 4, "answers from 0 to 6"),
        ("(x[0] + x[1]) % 2", 3, "class 2 has a share of 0.000"),
        ("(x[0] + x[1]) % 4 if x[2] < 3 or x[3] < 3 else x[4]", 4, "a branch has a share of 0.0"),
        ("x[x[0] * 2]", 4, "fails"),
    ],
)
def test_what_makes_a_rule_unfit(text: str, classes: int, says: str) -> None:
    assert says in problems(written(text, classes), np.random.default_rng(0))[0]


def test_a_fit_rule_has_no_problems() -> None:
    assert problems(written("(x[0] + x[1]) % 4", 4), np.random.default_rng(0)) == []


def test_influence_is_the_share_of_exchanges_that_count() -> None:
    rule, rng = written("(x[0] + x[1] // 2) % 4", 4), np.random.default_rng(0)
    shares = influences(rule, everything(rule.alphabets), rng)
    assert shares[0] == 1.0
    assert shares[1] == pytest.approx(2 / 3, abs=0.03)
    assert (shares[2:] == 0).all()


def test_sizes_that_no_rule_has() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="no modular rule has a size from 2 to 3; there are 6, 8"):
        draw("modular", rng, length=6, letters=4, sizes=(2, 3))
    with pytest.raises(RuleNotFound, match="none of 5 boolean rules of size 7 to 7 is honest"):
        draw("boolean", rng, length=6, letters=4, sizes=(7, 7), tries=5)
