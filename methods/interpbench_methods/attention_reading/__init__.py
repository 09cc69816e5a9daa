"""Where the answer's place looks, and what it loses when it may not look there."""

from typing import final

from jaxtyping import Int
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.config import TransformerConfig
from interpbench.models.data import Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.manifest import nearest
from interpbench.plugins.method import Method
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.scratchpad.enter import EntersScratchpad, Reading
from interpbench.tracks.scratchpad.layout import Layout

from .measures import MEASURES


@final
class AttentionReading(Method, EntersScratchpad):
    """Steps that decide are looked at: P = what the answer's place takes from the steps, over that and from the rest.

    References: Jain & Wallace 2019 (arXiv:1902.10186), why mass need not be use; Kobayashi et al. 2020
    (arXiv:2004.10102), norms of what attention carries; Geva et al. 2023 (arXiv:2304.14767), cutting attention.
    """

    name = "attention-reading"
    family = Family.CIRCUITS
    tier = Tier.WEIGHTS
    version = "1.0"

    measure: str  # a name in MEASURES

    def __post_init__(self) -> None:
        """Raises ValueError for a measure that there is not, naming the nearest."""
        if self.measure not in MEASURES:
            raise ValueError(f"no measure {self.measure!r}{nearest(self.measure, MEASURES)}")

    def decides(
        self,
        subject: Subject,
        transcripts: Rows,
        asked: Int[Tensor, " asked"],
        layout: Layout,
        budget: int,
        ctx: Context,
    ) -> Reading | NotApplicable:
        """Shares, on each asked input and on all."""
        if not isinstance(subject.config, TransformerConfig):
            return NotApplicable("no attention")
        shares = MEASURES[self.measure](subject, transcripts[asked], layout)
        return Reading(subject=float(shares.mean()), inputs=shares.tolist(), p_present=0.5)
