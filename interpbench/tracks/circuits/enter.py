"""What a method must define to enter this track."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.tracks.circuits.question import Asked
from interpbench.tracks.context import Context, NotApplicable


@dataclass(frozen=True, kw_only=True, eq=False)
class Circuit:
    """What a method says carries a behaviour.

    Attributes:
        nodes: a score for every writer of the graph but the embedding, larger for what carries more.
        edges: a score for every (writer, reader) of the graph, the embedding's too; None if the method has none.
        p_present: P(some part of the network carries the behaviour).
    """

    nodes: Float[Tensor, " node"]
    edges: Float[Tensor, "writer reader"] | None = None
    p_present: float = 1.0


class EntersCircuits(ABC):
    """Mixin: which components carry this behaviour?"""

    capped: ClassVar[bool] = True
    """Whether it keeps to the question's passes. What does not is shown as a reference: it is neither a rival nor a
    method that looks inside."""

    @abstractmethod
    def carriers(self, subject: Subject, asked: Asked, ctx: Context) -> Circuit | NotApplicable:
        """Scores of all nodes, and of edges, of a network's graph (`interpbench.toolkit.circuits.graph.Graph`).

        Args:
            subject: the network; `subject.module` is its bridge.
            asked: pairs, groups of neurons, what stands in for a node, and how many rows may be run.
            ctx: generator, limits, log, study.
        """

    def study(self, rows: Rows, domain: Domain, ctx: Context) -> dict[str, Tensor]:
        """What the method learns from the clean inputs and their labels alone. Not defined: nothing."""
        del rows, domain, ctx
        return {}
