"""Ways to exchange a scratchpad, and what it is then to follow it."""

from collections.abc import Callable, Mapping

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from interpbench.models.data import Rows
from interpbench.tracks.scratchpad.layout import Layout

Follows = Callable[[Int[Tensor, "asked exchange"]], Bool[Tensor, "asked exchange"]]
Corrupted = tuple[Int[Tensor, "asked exchange length"], Follows]


def _exchanged(transcripts: Rows, asked: Tensor, layout: Layout, donor: Int[Tensor, "asked exchange"]) -> Tensor:
    tokens = transcripts.tokens[asked][:, None].repeat(1, donor.shape[1], 1)
    tokens[:, :, layout.pad] = transcripts.tokens[donor][:, :, layout.pad]
    return tokens


def _others(transcripts: Rows, asked: Tensor, count: int, rng: torch.Generator) -> Int[Tensor, "asked exchange"]:
    """Transcripts with another answer; any, where there is none."""
    answers = transcripts.labels[:, -1]
    other = (answers[None, :] != answers[asked][:, None]).float()
    other[other.sum(dim=1) == 0] = 1.0
    return torch.multinomial(other, count, replacement=True, generator=rng)


def swapped(transcripts: Rows, asked: Tensor, layout: Layout, count: int, rng: torch.Generator) -> Corrupted:
    """Another transcript's scratchpad; to follow is to give that transcript's answer."""
    donor = _others(transcripts, asked, count, rng)
    stated = transcripts.labels[donor, -1]
    return _exchanged(transcripts, asked, layout, donor), lambda answers: answers == stated


def one_step(transcripts: Rows, asked: Tensor, layout: Layout, count: int, rng: torch.Generator) -> Corrupted:
    """One step exchanged for another value that transcripts have there; to follow is to change the answer at all."""
    tokens = transcripts.tokens[asked][:, None].repeat(1, count, 1)
    own = transcripts.labels[asked, -1]
    place = torch.randint(layout.pad.start, layout.pad.stop, (len(asked), count), generator=rng)
    for row in range(len(asked)):
        for exchange, where in enumerate(place[row].tolist()):
            values = torch.unique(transcripts.tokens[:, where])
            values = values[values != tokens[row, exchange, where]]
            if len(values):
                pick = torch.randint(len(values), (1,), generator=rng)
                tokens[row, exchange, where] = values[pick]
    return tokens, lambda answers: answers != own[:, None]


def shuffled(transcripts: Rows, asked: Tensor, layout: Layout, count: int, rng: torch.Generator) -> Corrupted:
    """Control: any transcript's scratchpad; to follow is to give an answer that was drawn on its own.

    All answers are drawn alike, so that every network follows equally often, whatever its answers rest on.
    """
    shape = (len(asked), count)
    donor = torch.randint(len(transcripts), shape, generator=rng)
    known = torch.unique(transcripts.labels[:, -1])
    stated = known[torch.randint(len(known), shape, generator=rng)]
    return _exchanged(transcripts, asked, layout, donor), lambda answers: answers == stated


CORRUPTIONS: Mapping[str, Callable[[Rows, Tensor, Layout, int, torch.Generator], Corrupted]] = {
    "swapped": swapped,
    "one-step": one_step,
    "shuffled": shuffled,
}
"""By the name of a variant."""
