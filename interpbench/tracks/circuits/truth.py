"""What carries a behaviour, by exact patching of every node and every edge on fresh inputs."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

CARRIES = 0.1
"""Least share of the metric's gap that replacing a carrier changes."""
IDLE = 0.01
"""Largest share that replacing a bystander changes."""


def shares(effects: Float[Tensor, "row ..."], gap: float) -> Float[Tensor, "..."]:
    """Mean change over rows, whatever its sign, as a share of the gap: changes of either sign must not cancel."""
    return effects.abs().mean(dim=0) / gap


def verdict(share: float) -> int | None:
    """1 for a carrier, 0 for a bystander, None in between, where nothing is scored."""
    return 1 if share >= CARRIES else 0 if share <= IDLE else None


def verdicts(values: Float[Tensor, " part"]) -> tuple[int | None, ...]:
    """The same of many."""
    return tuple(map(verdict, values.tolist()))


def edge_verdicts(values: Float[Tensor, "writer reader"], edges: Tensor) -> tuple[tuple[int | None, ...], ...]:
    """The same of edges; None where there is none."""
    rows: Sequence[Sequence[float]] = values.tolist()
    there: Sequence[Sequence[bool]] = edges.tolist()
    return tuple(
        tuple(verdict(value) if edge else None for value, edge in zip(line, some, strict=True))
        for line, some in zip(rows, there, strict=True)
    )
