import torch
from scratchpads import LAYOUT, labels_of, transcripts
from torch import Tensor

from interpbench.tracks.scratchpad.key import Kind
from interpbench.tracks.scratchpad.transcript import write


def by_steps(tokens: Tensor) -> Tensor:
    """Each step is one more than the one before it, the answer one more than the last step."""
    first = tokens[:, LAYOUT.input.start]
    before = torch.stack([first, *tokens[:, LAYOUT.pad].unbind(dim=1)], dim=1)
    return (before + 1) % LAYOUT.values


def test_steps_are_written_one_after_the_other() -> None:
    rows = transcripts(20)
    written, answers = write(by_steps, LAYOUT, rows.tokens)
    first = rows.tokens[:, LAYOUT.input.start]
    assert torch.equal(written[:, LAYOUT.pad.start], (first + 1) % 3)
    assert torch.equal(written[:, LAYOUT.pad.start + 1], (first + 2) % 3)
    assert torch.equal(answers, first)  # three more


def test_given_steps_are_kept_and_lead_on() -> None:
    rows = transcripts(20)
    forced = rows.tokens.clone()
    forced[:, LAYOUT.pad.start] = 0
    written, answers = write(by_steps, LAYOUT, forced, given=1)
    assert bool((written[:, LAYOUT.pad] == torch.tensor([0, 1])).all())
    assert bool((answers == 2).all())


def test_a_transcript_is_what_its_network_writes() -> None:
    rows = transcripts(20)
    written, answers = write(labels_of(Kind.FORCED), LAYOUT, rows.tokens)
    assert torch.equal(written, rows.tokens)
    assert torch.equal(answers, rows.labels[:, -1])
