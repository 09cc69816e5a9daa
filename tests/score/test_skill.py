import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpbench.score.skill import skill

finite = st.floats(-10, 10)


def test_oracle_scores_one_and_chance_scores_zero() -> None:
    assert skill(1.0, chance=0.5, ceiling=1.0) == 1.0
    assert skill(0.5, chance=0.5, ceiling=1.0) == 0.0


def test_worse_than_chance_is_negative_and_unbounded() -> None:
    assert skill(-2.0, chance=0.5, ceiling=1.0) == pytest.approx(-5.0)


def test_beyond_the_ceiling_earns_no_more() -> None:
    assert skill(0.9, chance=0.0, ceiling=0.6) == 1.0


def test_less_may_be_better() -> None:
    assert skill(0.05, chance=0.25, ceiling=0.0) > skill(0.2, chance=0.25, ceiling=0.0) > 0


def test_no_score_stays_no_score() -> None:
    assert np.isnan(skill(np.array([np.nan, 0.5]), chance=0.0, ceiling=1.0)).tolist() == [True, False]


@given(score=finite, chance=finite, gap=st.floats(0.01, 5), scale=st.floats(0.1, 10), shift=finite)
def test_unit_of_the_score_does_not_matter(score: float, chance: float, gap: float, scale: float, shift: float) -> None:
    moved = skill(scale * score + shift, chance=scale * chance + shift, ceiling=scale * (chance + gap) + shift)
    assert moved == pytest.approx(skill(score, chance=chance, ceiling=chance + gap), abs=1e-6, rel=1e-6)


@pytest.mark.parametrize(
    ("chance", "ceiling", "message"),
    [
        (0.5, 0.5, "coincide"),
        (0.5, 0.5 + 1e-12, "coincide"),
        (float("nan"), 1.0, "finite"),
        (0.0, float("inf"), "finite"),
    ],
)
def test_degenerate_bounds_are_errors(chance: float, ceiling: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        skill(0.5, chance=chance, ceiling=ceiling)
