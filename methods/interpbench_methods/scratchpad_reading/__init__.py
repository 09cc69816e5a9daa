"""Steps that decide an answer take it along when they are exchanged: the corrupted-step causal test."""

from typing import final

from jaxtyping import Int
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.data import Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.manifest import nearest
from interpbench.plugins.method import Method
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.scratchpad.enter import EntersScratchpad, Reading
from interpbench.tracks.scratchpad.layout import Layout

from .corruptions import CORRUPTIONS
from .statement import says_something


@final
class ScratchpadReading(Method, EntersScratchpad):
    """Exchange the stated steps and see whether the answer follows: P = share of the exchanges that it follows.

    References: Lanham et al. 2023 (arXiv:2307.13702), adding mistakes to a chain of thought.
    """

    name = "scratchpad-reading"
    family = Family.COT
    tier = Tier.BEHAVIOUR
    version = "1.0"

    corruption: str  # a name in CORRUPTIONS
    exchanges: int = 4  # for each asked input

    def __post_init__(self) -> None:
        """Raises ValueError for a corruption that there is not, naming the nearest."""
        if self.corruption not in CORRUPTIONS:
            raise ValueError(f"no corruption {self.corruption!r}{nearest(self.corruption, CORRUPTIONS)}")

    def decides(
        self,
        subject: Subject,
        transcripts: Rows,
        asked: Int[Tensor, " asked"],
        layout: Layout,
        budget: int,
        ctx: Context,
    ) -> Reading | NotApplicable:
        """Shares of exchanges that the answers follow, on each asked input and on all."""
        count = min(self.exchanges, budget // len(asked))
        if count == 0:
            return NotApplicable(f"{budget} queries for {len(asked)} inputs")
        tokens, follows = CORRUPTIONS[self.corruption](transcripts, asked, layout, count, ctx.rng)
        answers = subject.predict(tokens.flatten(0, 1))[:, -1].view(len(asked), count)
        shares = follows(answers).float().mean(dim=1)
        return Reading(
            subject=float(shares.mean()),
            inputs=shares.tolist(),
            p_present=says_something(transcripts, layout),
        )
