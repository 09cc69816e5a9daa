"""What a method must define to enter this track."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from torch import Tensor

from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.tracks.context import Context, NotApplicable


@dataclass(frozen=True, kw_only=True)
class Extracted:
    """What a method says about a network.

    Attributes:
        theory: a program in the rule language (docs/theory.md): one function of the token sequence.
        p_present: P(there is a short rule to be found).
    """

    theory: str
    p_present: float = 1.0


class EntersExtraction(ABC):
    """Mixin: one theory a question.

    A method that works something out from the rows alone puts it into `study`; it is then computed once for all
    networks that share these rows, in a cell of its own at tier `data`, and comes back in `ctx.study`.
    """

    @abstractmethod
    def extract(
        self, subject: Subject | None, rows: Rows, domain: Domain, budget: int, ctx: Context
    ) -> Extracted | NotApplicable:
        """The rule that the network follows.

        Args:
            subject: the network, as far as the method's tier shows it; None where the question shows none. At tier
                `behaviour` it answers with labels alone, as one-hot logits.
            rows: the shown rows, each of which a trained network gets right; there may be none.
            domain: where inputs come from.
            budget: inputs that the network may be asked at tier `behaviour`.
            ctx: generator, limits, log, study.
        """

    def study(self, rows: Rows, domain: Domain, ctx: Context) -> dict[str, Tensor]:
        """What the method learns from the rows alone. Not defined: nothing."""
        del rows, domain, ctx
        return {}
