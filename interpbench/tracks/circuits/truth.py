"""What carries a behaviour: by exact replacement of nodes, alone or beside others, and of edges, on fresh inputs."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from interpbench.toolkit.circuits.graph import Graph
from interpbench.toolkit.circuits.patching import joint_effects
from interpbench.toolkit.circuits.trace import Metric
from interpbench.tracks.circuits.question import Ablation, Pairs, stands_in

CARRIES = 0.1
"""Least share of the metric's gap that replacing a carrier changes."""
IDLE = 0.01
"""Largest share that replacing a bystander changes."""

Verdict = int | None
"""1 for a carrier, 0 for a bystander, None in between, where nothing is scored."""


def shares(effects: Float[Tensor, "row ..."], gap: float) -> Float[Tensor, "..."]:
    """Mean change over rows, whatever its sign, as a share of the gap: changes of either sign must not cancel."""
    return effects.abs().mean(dim=0) / gap


def conditional(
    bridge: Any,
    graph: Graph,
    pairs: Pairs,
    ablation: Ablation,
    metric: Metric,
    others: frozenset[int],
    gap: float,
) -> Float[Tensor, " writer"]:
    """What each writer changes while all others of a set are replaced too, as a share of the gap."""
    writers = range(len(graph.writers))
    sets = [others | {writer} for writer in writers] + [others - {writer} for writer in writers]
    found = joint_effects(bridge, graph, pairs.clean, stands_in(pairs, ablation), metric, sets)
    both, without = found.chunk(2, dim=1)
    return shares(both - without, gap)


def verdict(share: float) -> Verdict:
    """From a share of the gap."""
    return 1 if share >= CARRIES else 0 if share <= IDLE else None


def verdicts(values: Float[Tensor, " part"]) -> tuple[Verdict, ...]:
    """The same of many."""
    return tuple(map(verdict, values.tolist()))


def edge_verdicts(values: Float[Tensor, "writer reader"], edges: Tensor) -> tuple[tuple[Verdict, ...], ...]:
    """The same of edges; None where there is none."""
    rows: Sequence[Sequence[float]] = values.tolist()
    there: Sequence[Sequence[bool]] = edges.tolist()
    return tuple(
        tuple(verdict(value) if edge else None for value, edge in zip(line, some, strict=True))
        for line, some in zip(rows, there, strict=True)
    )


def gap_of(values: Float[Tensor, " row"], corrupted: Float[Tensor, " row"]) -> float:
    """Mean change of the metric from clean to corrupt inputs, whatever its sign."""
    return float(torch.abs(corrupted - values).mean())
