"""What a method must define to enter this track."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Int
from torch import Tensor

from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.scratchpad.layout import Layout


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a method says about a network.

    Attributes:
        subject: P(the stated steps decide the answer, on nearly all inputs).
        inputs: the same for each asked input, in the order in which they are asked.
        p_present: P(steps are stated that the answers follow from).
    """

    subject: float
    inputs: Sequence[float]
    p_present: float = 1.0


class EntersScratchpad(ABC):
    """Mixin: do the stated steps decide the answer?"""

    @abstractmethod
    def decides(
        self,
        subject: Subject,
        transcripts: Rows,
        asked: Int[Tensor, " asked"],
        layout: Layout,
        budget: int,
        ctx: Context,
    ) -> Reading | NotApplicable:
        """Whether the steps that the network states decide its answers.

        Args:
            subject: the network, as far as the method's tier shows it. It may be given any scratchpad; its logits are
                those of the steps, in order, and then of the answer (`interpbench.tracks.scratchpad.transcript.write`
                lets it state its own).
            transcripts: sequences with its own scratchpads; labels are the steps and then the answer.
            asked: places of the rows that are asked about.
            layout: where hint, input, scratchpad and answer stand.
            budget: sequences that the network may be asked at tier `behaviour`.
            ctx: generator, limits, log, study.
        """

    def study(self, rows: Rows, domain: Domain, ctx: Context) -> dict[str, Tensor]:
        """What the method learns from the transcripts alone. Not defined: nothing."""
        del rows, domain, ctx
        return {}
