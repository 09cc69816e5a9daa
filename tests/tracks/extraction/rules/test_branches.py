"""Branches of a rule and inputs of each."""

import numpy as np
import pytest

from interpbench.theory import parse
from interpbench.theory.domain import everything
from interpbench.tracks.extraction.rules import Rule, branch_samplers, guarded
from interpbench.tracks.extraction.rules.rule import alphabets


def written(text: str, classes: int = 4) -> Rule:
    theory = parse(f"def rule(x):\n    return {text}")
    return Rule(kind="composition", theory=theory, alphabets=alphabets(6, 4), classes=classes)


def test_a_rule_without_conditionals_is_one_branch() -> None:
    (branch,) = branch_samplers(written("(x[0] + x[1]) % 4"))
    assert branch.measure == 1.0
    assert branch.draw(10, np.random.default_rng(0)).shape == (10, 6)


def test_each_branch_gets_its_inputs() -> None:
    branches = branch_samplers(written("x[1] if x[0] < 3 else x[2] if x[4] < x[5] else max(x)"))
    rng = np.random.default_rng(0)
    assert [branch.measure for branch in branches] == pytest.approx([3 / 4, 10 / 64, 6 / 64], abs=0.02)
    first, third, second = (branch.draw(500, rng) for branch in branches)
    assert (first[:, 0] < 3).all()
    assert ((second[:, 0] == 3) & (second[:, 4] < second[:, 5])).all()
    assert ((third[:, 0] == 3) & (third[:, 4] >= third[:, 5])).all()
    shares = np.bincount(first[:, 0], minlength=3) / 500
    assert shares == pytest.approx(np.full(3, 1 / 3), abs=0.08)


def test_branches_behind_a_guard_are_reached_however_rare() -> None:
    rng = np.random.default_rng(1)
    rule = guarded(written("x[1] if x[0] < 2 else x[2]"), rng, 4.0**-5)
    branches = branch_samplers(rule)
    assert sum(branch.measure for branch in branches) == pytest.approx(1.0)
    assert rule.guard is not None
    inside = [branch for branch in branches if branch.guarded]
    assert sum(branch.measure for branch in inside) == pytest.approx(4.0**-5)
    for branch in branches:
        tokens = branch.draw(50, rng)
        assert (rule.guard.holds(tokens) == branch.guarded).all()
        assert branch.takes(tokens).all()


def test_every_input_takes_one_branch() -> None:
    rule = guarded(written("x[1] if x[0] < 2 else x[2]"), np.random.default_rng(2), 4.0**-2)
    tokens = everything(rule.alphabets)
    takes = np.array([branch.takes(tokens) for branch in branch_samplers(rule)])
    assert (takes.sum(axis=0) == 1).all()
    assert takes.mean(axis=1) == pytest.approx([b.measure for b in branch_samplers(rule)], abs=0.02)
