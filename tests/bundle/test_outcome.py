import pytest
from pydantic import ValidationError

from interpbench.bundle.outcome import Cost, Limits, Status


def test_only_a_valid_answer_is_scored() -> None:
    assert [status for status in Status if status.answered] == [Status.OK]


def test_only_what_the_machine_may_be_to_blame_for_is_tried_again() -> None:
    assert {status for status in Status if status.transient} == {Status.TIMEOUT, Status.OUT_OF_MEMORY, Status.CRASHED}


@pytest.mark.parametrize("kind", [Cost, Limits])
def test_an_unknown_field_is_an_error(kind: type[Cost] | type[Limits]) -> None:
    with pytest.raises(ValidationError, match=r"gpus\n  Extra inputs are not permitted"):
        kind.model_validate({"gpus": 1})
