"""What a method must define to enter this track."""

from abc import ABC, abstractmethod

from torch import Tensor

from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.tracks.context import Context, NotApplicable


class EntersGeneralization(ABC):
    """Mixin: one real score a subject.

    A method that works something out from the rows alone (retrained networks, say) puts it into `study`; it is then
    computed once for all subjects that share these rows, in a cell of its own at tier `data`, and comes back in
    `ctx.study`.
    """

    @abstractmethod
    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float | NotApplicable:
        """How well the subject generalises; higher is better, on any scale.

        Args:
            subject: the network, as far as the method's tier shows it.
            rows: the shown training rows; the subject answers all of them right.
            domain: where inputs come from; `domain.full(n, ctx.rng)` draws unlabelled ones.
            ctx: generator, limits, log, study.

        Returns:
            A finite number. It is computed once a subject, however many pairs share it.
        """

    def study(self, rows: Rows, domain: Domain, ctx: Context) -> dict[str, Tensor]:
        """What the method learns from the rows alone. Not defined: nothing."""
        del rows, domain, ctx
        return {}


def has_study(method: EntersGeneralization | type[EntersGeneralization]) -> bool:
    """Whether the method defines a study."""
    kind = method if isinstance(method, type) else type(method)
    return kind.study is not EntersGeneralization.study
