"""Twins: what the rows leave open, and that no reader of the rows is better than 0."""

import numpy as np
import pytest

from interpbench.theory.domain import everything
from interpbench.tracks.extraction.rules import RuleNotFound, Twins, a0, consistent, every, skill, twins
from interpbench.tracks.extraction.rules.rule import alphabets
from interpbench.tracks.extraction.rules.twins import MEASURES, Stratum

STRATA: list[Stratum] = ["common", "rare"]


@pytest.fixture(scope="module", params=[(stratum, seed) for stratum in STRATA for seed in range(3)])
def made(request: pytest.FixtureRequest) -> Twins:
    stratum, seed = request.param
    return twins(np.random.default_rng(seed), length=6, letters=6, rows=500, stratum=stratum, sizes=(8, 19))


def test_the_rules_are_those_that_fit_the_rows(made: Twins) -> None:
    largest = max(rule.size for rule in made.rules)
    assert 2 <= len(made.rules) <= 5
    assert tuple(consistent(made.tokens, made.labels, 6, 6, largest)) == made.rules
    assert largest - min(rule.size for rule in made.rules) <= 4
    assert (made.answers(made.tokens) == made.labels).all()
    assert made.tokens.shape == (500, 6)


def test_where_they_differ_on_the_whole_domain(made: Twins) -> None:
    tokens = everything(alphabets(6, 6))
    answers = np.stack([rule.answers(tokens) for rule in made.rules])
    apart = (answers != answers[0]).any(axis=0)
    low, high = MEASURES[made.stratum]
    assert apart.mean() == pytest.approx(made.measure, abs=0.015)
    assert 0.5 * low <= apart.mean() <= 1.3 * high  # the measure is that of a sample
    assert (made.agree(tokens) == ~apart).all()
    assert answers.max() < made.classes


def test_samplers_draw_from_either_side(made: Twins) -> None:
    rng = np.random.default_rng(0)
    agreeing, differing = made.agreeing(300, rng), made.differing(100, rng)
    assert len(agreeing) == 300
    assert made.agree(agreeing).all()
    assert len(differing) == 100
    assert not made.agree(differing).any()


def test_the_best_reader_of_the_rows_scores_nothing(made: Twins) -> None:
    """Its answers, and those of any other reader, averaged over the twins."""
    rng = np.random.default_rng(1)
    inputs = made.differing(200, rng)
    answers, floor = made.answers(inputs), made.a0(inputs)
    best = np.array([np.bincount(column).argmax() for column in answers.T])

    def mean_skill(given: np.ndarray) -> float:
        return float(np.mean([skill(float(np.mean(given == truth)), floor) for truth in answers]))

    assert mean_skill(best) == pytest.approx(0.0, abs=1e-12)
    assert 1 / len(made.rules) - 1e-12 <= floor < 1
    for guess in (rng.integers(made.classes, size=200), *answers, np.zeros(200)):
        assert mean_skill(guess) <= 1e-12
    for truth in answers:
        assert skill(float(np.mean(truth == truth)), floor) == 1.0


def test_a0_by_hand() -> None:
    assert a0(np.array([[0, 1, 5], [0, 2, 4]])) == pytest.approx((1 + 0.5 + 0.5) / 3)
    assert a0(np.array([[0, 1], [0, 2], [3, 2]])) == pytest.approx(2 / 3)
    assert a0(np.array([[0], [1], [2], [3]])) == 0.25


def test_rules_that_fit_by_running_every_rule() -> None:
    made = twins(np.random.default_rng(4), length=5, letters=3, rows=100, sizes=(8, 12))
    largest = max(rule.size for rule in made.rules)
    fit = [rule for rule in every(5, 3, largest) if (rule.answers(made.tokens) == made.labels).all()]
    assert fit == list(made.rules)


def test_the_same_seed_makes_the_same_twins() -> None:
    first, second = (
        twins(np.random.default_rng(7), length=6, letters=6, rows=300, sizes=(8, 19), stratum="rare") for _ in range(2)
    )
    assert first.rules == second.rules
    assert (first.tokens == second.tokens).all()
    assert first.measure == second.measure


def test_twins_that_there_are_not() -> None:
    with pytest.raises(RuleNotFound, match="no common twins of size 8 to 19"):
        twins(np.random.default_rng(0), length=6, letters=6, rows=3, sizes=(8, 19), tries=2)
