import torch
from scratchpads import LAYOUT, transcripts

from interpbench.models.data import Rows
from interpbench.models.subject import Hidden
from interpbench.tracks.context import Context
from interpbench.tracks.scratchpad.enter import Reading
from interpbench.tracks.scratchpad.key import Kind
from interpbench_methods.transcript_reading import TranscriptReading


def read(rows: Rows) -> Reading:
    asked = torch.arange(30)
    found = TranscriptReading().decides(Hidden("data", None), rows, asked, LAYOUT, 0, Context.seeded("test"))
    assert isinstance(found, Reading)
    return found


def test_it_believes_what_follows() -> None:
    assert read(transcripts(200)).subject == 1


def test_it_does_not_believe_filler_and_random_answers() -> None:
    rows = transcripts(200)
    order = torch.randperm(200, generator=torch.Generator().manual_seed(0))
    assert read(transcripts(200, kind=Kind.FILLER)).subject < 0.5
    assert read(Rows(tokens=rows.tokens, labels=rows.labels[order])).subject < 0.5


def test_steps_that_stand_once_say_nothing() -> None:
    rows = transcripts(1)
    found = TranscriptReading().decides(Hidden("data", None), rows, torch.arange(1), LAYOUT, 0, Context.seeded("test"))
    assert isinstance(found, Reading)
    assert (found.subject, list(found.inputs)) == (0.5, [0.5])
