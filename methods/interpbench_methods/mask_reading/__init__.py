"""The trivial rival: the attention mask is part of the architecture and says what the answer cannot see."""

from typing import final

from jaxtyping import Int
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.config import TransformerConfig
from interpbench.models.data import Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.scratchpad.enter import EntersScratchpad, Reading
from interpbench.tracks.scratchpad.layout import Layout


@final
class MaskReading(Method, EntersScratchpad):
    """What the answer cannot see cannot decide it: P = 0 without sight of the steps, 1 without sight of the input.

    The second is right in one layer. In two, places that the answer sees can bring it the input.
    """

    name = "mask-reading"
    family = Family.STATISTICS
    tier = Tier.WEIGHTS
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
        """One number for all inputs; .5 where the mask leaves both open."""
        if not isinstance(subject.config, TransformerConfig):
            return NotApplicable("no attention mask")
        hidden = {key for query, key in subject.config.blocked if query == layout.last}
        no_steps = set(range(layout.pad.start, layout.pad.stop)) <= hidden
        no_input = set(range(layout.input.start, layout.input.stop)) <= hidden
        sure = 0.5 if no_steps == no_input else float(no_input)
        return Reading(subject=sure, inputs=[sure] * len(asked), p_present=0.5)
