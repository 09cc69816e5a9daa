"""The sealed key of an instance: which nodes and edges carry the behaviour, told by replacing them."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Rung(StrEnum):
    """How the circuit came to be known; each is a stratum of its own."""

    MERGED = "merged"
    """Networks trained apart stand side by side in one; two of them have nothing to do with the behaviour."""
    NULL = "null"
    """An untrained network: nothing carries anything."""


class CircuitKey(BaseModel):
    """Truth about one behaviour of one network.

    Attributes:
        rung: of the instance.
        nodes: for each writer of the graph but the embedding 1, 0, or None where it is in between.
        edges: (writer, reader) -> the same, for edges between nodes; pairs without an edge are None.
        gap: mean of the metric's change from clean to corrupt inputs, not signed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rung: Rung
    nodes: tuple[int | None, ...]
    edges: tuple[tuple[int | None, ...], ...]
    gap: float

    @property
    def present(self) -> bool:
        """Whether there is a circuit to be found."""
        return any(self.nodes)
