import contextlib
import json
import math
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from interpbench.bundle.strict import InvalidDocument, parse_json, parse_strict


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    scores: list[float] = Field(min_length=2, max_length=2)


class Document(BaseModel):
    model_config = ConfigDict(extra="forbid")

    schema_version: Literal[1] = 1
    value: float = Field(allow_inf_nan=False)
    count: int = Field(default=0, ge=0)
    inner: Inner | None = None


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def refusal(content: bytes) -> str:
    with pytest.raises(InvalidDocument) as caught:
        parse_strict(Document, content, "answer.json")
    return str(caught.value)


@given(values)
def test_what_json_can_say_is_read(value: object) -> None:
    assert parse_json(json.dumps(value).encode(), "x") == value


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"value": 1, "value": 1}', "answer.json: the key 'value' stands twice"),
        (b'{"value": 1, "inner": {"scores": [1, 2], "scores": [1, 2]}}', "answer.json: the key 'scores' stands twice"),
        (b'{"value": NaN}', "answer.json: NaN is not a number that JSON knows; wanted a finite one"),
        (b'{"value": Infinity}', "answer.json: Infinity is not a number that JSON knows; wanted a finite one"),
        (b'{"value": -Infinity}', "answer.json: -Infinity is not a number that JSON knows; wanted a finite one"),
        (b'{"value": "\xff"}', "answer.json: not UTF-8 at byte 11"),
        (b'{"value": 1,}', "answer.json: not JSON at line 1, column 13"),
        (b'{"value":\n 1', "answer.json: not JSON at line 2, column 3: Expecting ',' delimiter"),
        (b"", "answer.json: not JSON at line 1, column 1: Expecting value"),
        (b"\xef\xbb\xbf{}", "answer.json: not JSON at line 1, column 1: Unexpected UTF-8 BOM"),
        (b'{"value": 1} {}', "answer.json: not JSON at line 1, column 14: Extra data"),
        (b"[" * 200_000, "answer.json: nested too deeply"),
        (b'{"a":' * 200_000, "answer.json: nested too deeply"),
    ],
)
def test_what_is_no_strict_json_is_named_with_its_place(content: bytes, message: str) -> None:
    assert refusal(content).startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"value": "1.0"}', "answer.json: value: Input should be a valid number; got '1.0'"),
        (b'{"value": true}', "answer.json: value: Input should be a valid number; got True"),
        (b'{"value": null}', "answer.json: value: Input should be a valid number; got None"),
        (b'{"value": [1]}', "answer.json: value: Input should be a valid number; got [1]"),
        (b'{"value": 1e999}', None),
        (b'{"value": 1, "count": 1.0}', "answer.json: count: Input should be a valid integer; got 1.0"),
        (b'{"value": 1, "count": -1}', "answer.json: count: Input should be greater than or equal to 0; got -1"),
        (b'{"value": 1, "schema_version": 2}', "answer.json: schema_version: Input should be 1; got 2"),
        (b'{"value": 1, "schema_version": "1"}', "answer.json: schema_version: Input should be 1; got '1'"),
        (b'{"value": 1, "extra": 2}', "answer.json: extra: Extra inputs are not permitted; got 2"),
        (b'{"count": 1}', "answer.json: value: Field required; got {'count': 1}"),
        (b"[]", "answer.json: the top: Input should be a valid dictionary or instance of Document; got []"),
        (b'{"value": 1, "inner": {"scores": [1.0]}}', "answer.json: inner.scores: List should have at least 2 items"),
        (
            b'{"value": 1, "inner": {"scores": [1, 2, 3]}}',
            "answer.json: inner.scores: List should have at most 2 items",
        ),
        (b'{"value": 1, "inner": {"scores": [1, "2"]}}', "answer.json: inner.scores.1: Input should be a valid number"),
    ],
)
def test_a_broken_schema_names_field_got_and_wanted(content: bytes, message: str | None) -> None:
    said = refusal(content)
    assert message is None or said.startswith(message)


def test_only_the_first_fault_is_told_and_the_others_counted() -> None:
    assert refusal(b'{"value": "x", "count": "y", "z": 1}').endswith("got 'x' (and 2 more)")


def test_a_long_value_is_cut() -> None:
    said = refusal(json.dumps({"value": "x" * 10_000}).encode())
    assert len(said) < 200
    assert said.endswith("xxx...")


def test_control_a_good_document_passes_and_an_integer_is_a_number() -> None:
    found = parse_strict(Document, b'{"value": 3, "count": 2, "inner": {"scores": [1, 2.5]}}', "answer.json")
    assert found == Document(value=3.0, count=2, inner=Inner(scores=[1.0, 2.5]))


@pytest.mark.parametrize("depth", range(100, 1100, 100))
def test_depth_is_refused_in_words_and_never_by_a_traceback(depth: int) -> None:
    for content in (b'{"x":' + b"[" * depth + b"]" * depth + b"}", b'{"x":' * depth + b"1" + b"}" * depth):
        assert refusal(content).startswith("answer.json: ")


@given(st.binary(max_size=40))
def test_bytes_are_read_or_refused_and_nothing_else(content: bytes) -> None:
    with contextlib.suppress(InvalidDocument):
        assert isinstance(parse_strict(Document, content, "answer.json"), Document)


@pytest.mark.parametrize("content", [b"1e999", b'{"a": [-1e400]}'])
def test_a_number_beyond_the_range_is_no_way_to_infinity(content: bytes) -> None:
    with pytest.raises(InvalidDocument, match="1e"):
        parse_json(content, "x")


@pytest.mark.parametrize("digits", [5_000, 100_000])
def test_an_endless_integer_is_refused(digits: int) -> None:
    with pytest.raises(InvalidDocument, match="x: "):
        parse_json(b"1" * digits, "x")


def test_zero_and_the_smallest_number_are_finite() -> None:
    assert parse_json(b"[-0.0, 5e-324, 1.7976931348623157e308]", "x") == [0.0, 5e-324, math.nextafter(math.inf, 0)]
