"""Whether transcripts state steps that their answers follow from: equal steps, equal answers."""

import torch

from interpbench.models.data import Rows
from interpbench.tracks.scratchpad.layout import Layout


def says_something(transcripts: Rows, layout: Layout) -> float:
    """How much more often transcripts of equal steps have equal answers than any two have, 0 to 1; .5 if no two are.

    Args:
        transcripts: of one network.
        layout: where its steps stand.
    """
    pads, answers = transcripts.tokens[:, layout.pad], transcripts.labels[:, -1]
    apart = ~torch.eye(len(pads), dtype=torch.bool)
    same_steps = (pads[:, None] == pads[None, :]).all(dim=-1) & apart
    same_answer = answers[:, None] == answers[None, :]
    if not bool(same_steps.any()):
        return 0.5
    base = float(same_answer[apart].float().mean())
    found = float(same_answer[same_steps].float().mean())
    return min(1.0, max(0.0, (found - base) / (1 - base))) if base < 1 else 0.5
