"""On functions that are known to follow their scratchpad, or not."""

import pytest
import torch
from scratchpads import LAYOUT, logits_of, transcripts

from interpbench.models.data import Rows
from interpbench.models.subject import Hidden
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.scratchpad.enter import Reading
from interpbench.tracks.scratchpad.key import Kind
from interpbench.tracks.scratchpad.layout import HINT
from interpbench_methods.scratchpad_reading import ScratchpadReading
from interpbench_methods.scratchpad_reading.statement import says_something

ROWS = transcripts(120)
ASKED = torch.nonzero(ROWS.tokens[:, HINT] != LAYOUT.silent)[:40, 0]


def read(kind: Kind, corruption: str, budget: int = 512, exchanges: int = 4) -> Reading:
    asked = 0

    def ask(tokens: torch.Tensor) -> torch.Tensor:
        nonlocal asked
        asked += len(tokens)
        assert bool(LAYOUT.domain.contains(tokens).all())
        return logits_of(kind)(tokens)

    rows = transcripts(120, kind=kind)
    method = ScratchpadReading(corruption=corruption, exchanges=exchanges)
    found = method.decides(Hidden("behaviour", ask), rows, ASKED, LAYOUT, budget, Context.seeded("test"))
    assert asked <= budget
    assert isinstance(found, Reading)
    return found


@pytest.mark.parametrize(
    ("kind", "share"), [(Kind.FORCED, 1.0), (Kind.FOLLOWS, 1.0), (Kind.DECORATIVE, 0.0), (Kind.FILLER, 0.0)]
)
def test_swapped_scratchpads_are_followed_or_not(kind: Kind, share: float) -> None:
    found = read(kind, "swapped")
    assert found.subject == share
    assert set(found.inputs) == {share}


def test_inputs_of_a_mixed_network_are_told_apart() -> None:
    cued = (LAYOUT.family(ROWS.tokens[ASKED, HINT]) == 0).tolist()
    assert [share == 1 for share in read(Kind.SWITCH, "swapped").inputs] == cued
    assert [share == 0 for share in read(Kind.HINT, "swapped").inputs] == cued


def test_one_changed_step_changes_the_answer_of_those_who_read_it() -> None:
    assert read(Kind.DECORATIVE, "one-step").subject == 0
    assert read(Kind.FORCED, "one-step").subject == 1  # either step alone decides the sum


def test_control_shuffled_scratchpads_tell_nothing() -> None:
    shares = [read(kind, "shuffled", budget=4000, exchanges=100).subject for kind in (Kind.FORCED, Kind.DECORATIVE)]
    assert shares[0] == pytest.approx(shares[1], abs=0.05)
    assert shares[0] == pytest.approx(1 / 3, abs=0.05)


def test_the_budget_is_kept_and_too_small_a_one_is_said() -> None:
    read(Kind.FORCED, "swapped", budget=40)
    method = ScratchpadReading(corruption="swapped")
    found = method.decides(Hidden("behaviour", None), ROWS, ASKED, LAYOUT, 39, Context.seeded("test"))
    assert isinstance(found, NotApplicable)


def test_steps_are_said_to_be_stated_where_answers_follow_from_them() -> None:
    filler = transcripts(120, kind=Kind.FILLER)
    shuffled = Rows(
        tokens=ROWS.tokens, labels=ROWS.labels[torch.randperm(120, generator=torch.Generator().manual_seed(0))]
    )
    assert says_something(ROWS, LAYOUT) == 1
    assert says_something(filler, LAYOUT) == 0
    assert says_something(shuffled, LAYOUT) < 0.2


def test_a_corruption_that_there_is_not_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="swapped"):
        ScratchpadReading(corruption="swaped")
