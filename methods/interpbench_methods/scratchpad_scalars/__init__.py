"""Trivial numbers of the weights: an answer that is copied out of the steps needs less than one that is worked out."""

from math import exp
from typing import final

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
class ScratchpadScalars(Method, EntersScratchpad):
    """The way from the steps is short and the way from the input is long: small weights are a sign of the first.

    P = exp(-norm / 100), of which the order alone means something.
    """

    name = "scratchpad-scalars"
    family = Family.STATISTICS
    tier = Tier.WEIGHTS
    version = "1.0"

    only: str = ""  # of the parameters' names

    def decides(
        self,
        subject: Subject,
        transcripts: Rows,
        asked: Int[Tensor, " asked"],
        layout: Layout,
        budget: int,
        ctx: Context,
    ) -> Reading | NotApplicable:
        """One number for all inputs."""
        some = [value for name, value in sorted(subject.params.items()) if self.only in name]
        if not some:
            return NotApplicable(f"no parameter with {self.only!r} in its name")
        norm = sum(float(value.double().square().sum()) for value in some) ** 0.5
        small = exp(-norm / 100)
        return Reading(subject=small, inputs=[small] * len(asked), p_present=0.5)
