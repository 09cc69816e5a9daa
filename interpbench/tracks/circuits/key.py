"""The sealed key of an instance: which nodes and edges carry the behaviour, told by replacing them."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Rung(StrEnum):
    """How the circuit came to be known; each is a stratum of its own."""

    STRICT = "strict"
    """Trained with interchange interventions so that some nodes carry a behaviour and the others do not; norms."""
    TUNED = "tuned"
    """Trained on against what is read off its gradients."""
    GADGET = "gadget"
    """Parts set by hand that mislead gradients, in a trained network."""
    BACKUP = "backup"
    """A head takes over when another one is silenced."""
    SPREAD = "spread"
    """Several heads carry one feature together."""
    COMPILED = "compiled"
    """All weights are set by hand."""
    MERGED = "merged"
    """Networks trained apart stand side by side in one; two of them have nothing to do with the behaviour."""
    NULL = "null"
    """An untrained network: nothing carries anything."""


class CircuitKey(BaseModel):
    """Truth about one behaviour of one network.

    Attributes:
        rung: of the instance.
        nodes: for each writer of the graph but the embedding 1, 0, or None where it is in between.
        edges: (writer, reader) -> the same, for edges between nodes; pairs without an edge are None; empty where edges
            are not scored.
        gap: mean of the metric's change from clean to corrupt inputs, not signed.
        hidden: places among `nodes` of what carries only while others are replaced too.
        others: places among `nodes` of what carries another behaviour of the network, and this one not.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rung: Rung
    nodes: tuple[int | None, ...]
    edges: tuple[tuple[int | None, ...], ...] = ()
    gap: float
    hidden: tuple[int, ...] = ()
    others: tuple[int, ...] = ()

    @property
    def present(self) -> bool:
        """Whether there is a circuit to be found."""
        return any(self.nodes)
