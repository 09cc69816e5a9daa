"""Reading what is stated and nothing else: do the stated steps lead to the stated answer?"""

from typing import final

import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.data import Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.scratchpad.enter import EntersScratchpad, Reading
from interpbench.tracks.scratchpad.layout import Layout


@final
class TranscriptReading(Method, EntersScratchpad):
    """A monitor that believes what it reads: the steps decide where transcripts of the same steps answer the same.

    References: Korbak et al. 2025, Chain of thought monitorability (arXiv:2507.11473), for what is hoped of monitors.
    """

    name = "transcript-reading"
    family = Family.DATA_ONLY
    tier = Tier.DATA
    version = "1.0"

    def decides(
        self,
        subject: Subject,
        transcripts: Rows,
        asked: Int[Tensor, " asked"],
        layout: Layout,
        budget: int,
        ctx: Context,
    ) -> Reading | NotApplicable:
        """Share of the other transcripts with the same steps that have the same answer; .5 where there are none."""
        pads, answers = transcripts.tokens[:, layout.pad], transcripts.labels[:, -1]
        same_steps = (pads[:, None] == pads[None, :]).all(dim=-1)
        same_steps &= ~torch.eye(len(pads), dtype=torch.bool)
        same = (same_steps & (answers[:, None] == answers[None, :])).sum(dim=1)
        count = same_steps.sum(dim=1)
        share = torch.where(count > 0, same / count.clamp(min=1), 0.5)
        known = share[count > 0]
        whole = float(known.mean()) if len(known) else 0.5
        return Reading(subject=whole, inputs=share[asked].tolist(), p_present=whole)
