import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from interpbench.bundle.strict import InvalidDocument, parse_strict
from interpbench.tracks.generalization.answer import UNCALIBRATED, Calibration, UnitAnswer, assemble, sigmoid

scores = st.floats(-1e6, 1e6)
calibrations = st.builds(
    Calibration, slope=st.floats(-50, 50), offset=st.floats(-20, 20), gain=st.floats(-5, 5), pairs=st.just(10)
)


def calibration(slope: float, offset: float = 0.0, gain: float = 0.0) -> Calibration:
    return Calibration(slope=slope, offset=offset, gain=gain, pairs=10)


@given(scores, scores, st.none() | calibrations)
def test_the_order_of_the_pair_does_not_matter(a: float, b: float, scale: Calibration | None) -> None:
    forth, back = assemble(a, b, scale), assemble(b, a, scale)
    assert forth.p_a + back.p_a == pytest.approx(1.0, abs=1e-12)
    assert forth.p_present == pytest.approx(back.p_present, abs=1e-12)


@given(scores, scores, st.floats(0.01, 50))
def test_the_sign_of_the_slope_is_the_sign_of_the_method(a: float, b: float, slope: float) -> None:
    up, down = assemble(a, b, calibration(slope)).p_a, assemble(a, b, calibration(-slope)).p_a
    assert up == pytest.approx(1 - down, abs=1e-12)
    assert (up >= 0.5) if a > b else (up <= 0.5)


def test_equal_scores_say_nothing() -> None:
    assert assemble(3.0, 3.0, calibration(7.0)).p_a == 0.5
    assert assemble(3.0, 3.0, None).p_a == 0.5


def test_a_larger_difference_says_more() -> None:
    said = [assemble(delta, 0.0, calibration(1.0, -2.0, 1.0)) for delta in (0.0, 1.0, 2.0, 5.0)]
    assert [one.p_a for one in said] == sorted({one.p_a for one in said})
    assert [one.p_present for one in said] == sorted({one.p_present for one in said})
    assert said[2].p_a == pytest.approx(1 / (1 + math.exp(-2)))
    assert said[2].p_present == pytest.approx(0.5)


def test_an_uncalibrated_method_is_taken_to_mean_three_to_one_and_nothing_about_presence() -> None:
    assert (assemble(2.0, 1.0, None).p_a, assemble(1.0, 2.0, None).p_a) == (UNCALIBRATED, 1 - UNCALIBRATED)
    assert assemble(2.0, 1.0, None).p_present == 0.5


@given(st.floats(-1e308, 1e308), st.floats(-1e308, 1e308), calibrations)
def test_huge_scores_do_not_overflow(a: float, b: float, scale: Calibration) -> None:
    said = assemble(a, b, scale)
    assert 0 <= said.p_a <= 1
    assert 0 <= said.p_present <= 1


def test_a_slope_of_zero_says_nothing_even_about_huge_scores() -> None:
    assert assemble(1e308, -1e308, calibration(0.0)).p_a == 0.5


def test_the_sigmoid_is_exact_at_both_ends() -> None:
    assert (sigmoid(0.0), sigmoid(-1e4), sigmoid(1e4)) == (0.5, 0.0, 1.0)
    assert sigmoid(-40.0) == pytest.approx(math.exp(-40), rel=1e-12)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{}", "wanted exactly one of `score` and `not_applicable`"),
        (b'{"score": 1, "not_applicable": "no"}', "wanted exactly one of `score` and `not_applicable`"),
        (b'{"score": NaN}', "NaN is not a number that JSON knows"),
        (b'{"score": 1e999}', "finite"),
        (b'{"score": "1.0"}', "score: Input should be a valid number; got '1.0'"),
        (b'{"score": true}', "score: Input should be a valid number; got True"),
        (b'{"not_applicable": ""}', "not_applicable: String should have at least 1 character"),
        (b'{"score": 1, "p_a": 0.9}', "p_a: Extra inputs are not permitted; got 0.9"),
        (b'{"score": 1, "models_trained": -1}', "models_trained: Input should be greater than or equal to 0; got -1"),
        (b'{"score": 1, "schema_version": 2}', "schema_version: Input should be "),
    ],
)
def test_an_answer_that_breaks_the_schema_says_where(content: bytes, message: str) -> None:
    with pytest.raises(InvalidDocument) as caught:
        parse_strict(UnitAnswer, content, "answer.json")
    assert message in str(caught.value)


def test_control_a_score_or_a_reason_passes() -> None:
    assert parse_strict(UnitAnswer, b'{"score": -3}', "answer.json").score == -3.0
    assert parse_strict(UnitAnswer, b'{"not_applicable": "no weights"}', "answer.json").score is None


@pytest.mark.parametrize("version", [b"true", b"1.0"])
def test_what_equals_one_is_not_the_version_one(version: bytes) -> None:
    with pytest.raises(InvalidDocument, match="schema_version"):
        parse_strict(UnitAnswer, b'{"score": 1, "schema_version": ' + version + b"}", "answer.json")


@pytest.mark.parametrize("field", ["slope", "offset", "gain"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_scale_is_finite(field: str, value: float) -> None:
    with pytest.raises(ValidationError, match=f"{field}\n  Input should be a finite number"):
        Calibration.model_validate({"slope": 1.0, "offset": 0.0, "gain": 0.0, "pairs": 1} | {field: value})
