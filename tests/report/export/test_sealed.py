"""What is published shows no key; a key that is slipped in is found."""

import json
from typing import Any

import pytest

from interpbench.report.export.folder import LeakError, refuse_leaks
from interpbench.report.export.sealed import leaking_columns, leaks

QUESTION: dict[str, Any] = {
    "track": "circuits",
    "config": {"classes": 5, "hidden": 16, "positions": [7]},
    "domain": {"alphabets": [[0, 1, 2], [0, 1, 2]], "classes": 5},
}
KEY: dict[str, Any] = {
    "rung": "gadget",
    "nodes": [1, 0, None, 1, 0, 0, 1, 0],
    "edges": [],
    "gap": 0.228910252,
    "hidden": [3],
    "theory": "x[0] + x[1] if x[2] else 0",
    "alphabets": [[0, 1, 2], [0, 1, 2]],
    "classes": 5,
}


def test_a_question_shows_nothing_of_its_key() -> None:
    assert leaks(QUESTION, KEY) == []


@pytest.mark.parametrize("field", ["rung", "nodes", "gap", "hidden", "theory"])
def test_the_control_a_field_under_its_name_is_found_however_deep(field: str) -> None:
    assert leaks({**QUESTION, "more": [{"deep": {field: KEY[field]}}]}, KEY) == [field]


@pytest.mark.parametrize("field", ["nodes", "theory"])
def test_the_control_a_telling_value_under_another_name_is_found(field: str) -> None:
    assert leaks({**QUESTION, "harmless": KEY[field]}, KEY) == [field]


def test_columns_called_like_a_sealed_field_are_found() -> None:
    assert leaking_columns(["task", "rung", "value.nodes"], KEY) == ["rung"]


def test_an_export_stops_at_a_question_that_shows_its_key() -> None:
    refuse_leaks({"question": json.dumps(QUESTION)}, [KEY], "circuits/gadget")
    with pytest.raises(LeakError, match=r"circuits/gadget shows of its key: nodes"):
        refuse_leaks({"question": json.dumps({**QUESTION, "more": KEY["nodes"]})}, [KEY], "circuits/gadget")
