"""Guards: their samplers, and rules that have one."""

import numpy as np
import pytest

from interpbench.theory import canonical, parse
from interpbench.theory.domain import everything
from interpbench.tracks.extraction.rules import KINDS, Guard, draw, guarded
from interpbench.tracks.extraction.rules.rule import alphabets

GUARD = Guard(tests=((1, 0), (3, 2), (4, 2)), alphabets=alphabets(6, 4))


def test_who_is_inside_and_who_is_near_on_the_whole_domain() -> None:
    tokens = everything(GUARD.alphabets)
    passed = [(row[1] == 0) + (row[3] == 2) + (row[4] == 2) for row in tokens.tolist()]
    assert GUARD.holds(tokens).tolist() == [count == 3 for count in passed]
    assert GUARD.near(tokens).tolist() == [count == 2 for count in passed]
    assert GUARD.measure == GUARD.holds(tokens).mean() == 4**-3


def test_samplers_draw_evenly_from_where_they_should() -> None:
    rng = np.random.default_rng(0)
    inside, near, uniform = GUARD.inside(4000, rng), GUARD.near_misses(4000, rng), GUARD.uniform(4000, rng)
    assert GUARD.holds(inside).all()
    assert GUARD.near(near).all()
    assert GUARD.holds(uniform).mean() == pytest.approx(1 / 64, abs=0.01)
    for tokens, places in ((inside, (0, 2, 5)), (near, (0, 2, 5)), (uniform, range(6))):
        for place in places:
            assert np.bincount(tokens[:, place], minlength=4) / 4000 == pytest.approx(np.full(4, 0.25), abs=0.04)
    missed = np.array([(near[:, place] != token).mean() for place, token in GUARD.tests])
    assert missed == pytest.approx(np.full(3, 1 / 3), abs=0.04)
    assert len(np.unique(GUARD.near_misses(9000, rng), axis=0)) == 9 * 4**3  # every near miss is met


@pytest.mark.parametrize("kind", KINDS)
def test_a_guarded_rule_differs_exactly_behind_its_guard(kind: str) -> None:
    rng = np.random.default_rng(3)
    rule = draw(kind, rng, length=6, letters=4, sizes=(8, 24))
    made = guarded(rule, rng, 0.02)
    assert made.guard is not None
    assert len(made.guard.tests) == 3
    assert rule.guard is None
    tokens = everything(rule.alphabets)
    before, after = rule.answers(tokens), made.answers(tokens)
    assert ((before != after) == made.guard.holds(tokens)).all()
    assert 0 <= after.min() <= after.max() < rule.classes
    assert canonical(parse(str(made.theory))) == made.theory
    shift = (after - before)[made.guard.holds(tokens)] % rule.classes
    assert len(set(shift.tolist())) == 1


@pytest.mark.parametrize(("measure", "tests"), [(0.3, 1), (0.06, 2), (1e-3, 5), (3e-4, 6)])
def test_the_measure_is_near_the_wanted_one(measure: float, tests: int) -> None:
    rng = np.random.default_rng(0)
    rule = draw("modular", rng, length=6, letters=4, sizes=(8, 24))
    guard = guarded(rule, rng, measure).guard
    assert guard is not None
    assert guard.measure == 4.0**-tests
    places = [place for place, _ in guard.tests]
    assert places == sorted(set(places))


def test_guards_that_there_are_not() -> None:
    rng = np.random.default_rng(0)
    rule = draw("modular", rng, length=6, letters=4, sizes=(8, 24))
    with pytest.raises(ValueError, match="asks for 7 tests, but there are 6 positions"):
        guarded(rule, rng, 4.0**-7)
    with pytest.raises(ValueError, match="between 0 and 1"):
        guarded(rule, rng, 1.0)
    with pytest.raises(ValueError, match="the rule has a guard"):
        guarded(guarded(rule, rng, 0.01), rng, 0.01)
