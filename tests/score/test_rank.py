from hypothesis import given
from hypothesis import strategies as st

from interpbench.score.interval import Estimate, not_available
from interpbench.score.rank import WorstKind, worst_kind


def kind(low: float, value: float) -> Estimate:
    return Estimate(value=value, low=low, high=value, n=30, families=5)


def test_the_lower_bound_decides_not_the_value() -> None:
    found = worst_kind({"recipe": kind(0.70, 0.75), "seed": kind(0.55, 0.95)})
    assert found == WorstKind(kind="seed", low=0.55, missing=())


def test_kinds_without_an_estimate_are_named_and_are_not_zero() -> None:
    found = worst_kind({"recipe": kind(0.7, 0.8), "seed": not_available("no pairs"), "fraction": not_available("-")})
    assert found == WorstKind(kind="recipe", low=0.7, missing=("fraction", "seed"))


def test_nothing_is_not_available_with_a_reason() -> None:
    found = worst_kind({"seed": not_available("no pairs")})
    assert (found.kind, found.low, found.reason) == (None, None, "no kind has an estimate")


def test_equal_bounds_go_by_name() -> None:
    assert worst_kind({"b": kind(0.5, 0.6), "a": kind(0.5, 0.9)}).kind == "a"


@given(st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 0.5), min_size=1))
def test_no_kind_lies_below(lows: dict[str, float]) -> None:
    found = worst_kind({name: kind(low, 0.9) for name, low in lows.items()})
    assert found.low == min(lows.values())
    assert found.kind is not None
    assert lows[found.kind] == found.low
