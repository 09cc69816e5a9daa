"""Exact patching: what a metric becomes when writers are replaced by what they write on corrupt inputs.

Every component of a stage is tried in one batch: the rows are repeated, and each copy has another component replaced
(Vig et al. 2020, arXiv:2004.12265; Zhang & Nanda 2023, arXiv:2309.16042).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.toolkit.circuits.graph import Graph
from interpbench.toolkit.circuits.sites import writing_site
from interpbench.toolkit.circuits.trace import Change, Metric, put_in, run

Tokens = Int[Tensor, "row position"]

ROWS = 4096
"""Rows of one batch, at most, all copies counted."""


def node_effects(
    bridge: Any, graph: Graph, clean: Tokens, corrupt: Tokens | None, metric: Metric
) -> Float[Tensor, "row writer"]:
    """The change of each row's metric when one writer alone is replaced; the key of single components.

    Args:
        bridge: the network.
        graph: its nodes.
        clean: inputs.
        corrupt: for each clean input the one that what is put in comes from; None puts in zeros.
        metric: of the clean inputs' logits.
    """
    return joint_effects(bridge, graph, clean, corrupt, metric, [[writer] for writer in range(len(graph.writers))])


def joint_effects(
    bridge: Any, graph: Graph, clean: Tokens, corrupt: Tokens | None, metric: Metric, sets: Sequence[Iterable[int]]
) -> Float[Tensor, "row set"]:
    """The change of each row's metric when all writers of a set are replaced together.

    Args:
        bridge: the network.
        graph: its nodes.
        clean: inputs.
        corrupt: for each clean input the one that what is put in comes from; None puts in zeros.
        metric: of the clean inputs' logits.
        sets: places of writers, of any stages.
    """
    before = metric(run(bridge, clean, {}))
    replacing = put_in(bridge, graph, clean, corrupt)
    out = []
    many = max(1, ROWS // len(clean))
    for start in range(0, len(sets), many):
        part = [frozenset(some) for some in sets[start : start + many]]
        changes = _changes(graph, part, replacing)
        logits = run(bridge, clean.repeat(len(part), 1), changes)
        out += [metric(one) - before for one in logits.chunk(len(part))]
    return torch.stack(out, dim=1)


def _changes(graph: Graph, sets: Sequence[frozenset[int]], replacing: dict[str, Tensor]) -> dict[str, Change]:
    """For each stage of which some set has a writer: in each copy of the rows, the writers of its set are replaced."""
    changes: dict[str, Change] = {}
    for stage in range(2 * graph.n_layers + 1):
        places = graph.writing(stage)
        chosen = [[place - places.start for place in some if places.start <= place < places.stop] for some in sets]
        if any(chosen):
            site = writing_site(graph, stage)
            changes[site] = _replace(replacing[site], [_parts(graph, stage, some) for some in chosen])
    return changes


def _parts(graph: Graph, stage: int, writers: Sequence[int]) -> Any:
    """Index, behind (row, position), of what writers of a stage make their output of."""
    layer, neurons = divmod(stage - 1, 2)
    if not writers:
        return []
    if stage == 0 or (neurons and not graph.groups[layer]):
        return slice(None)
    if neurons:
        return [neuron for group in writers for neuron in graph.groups[layer][group]]
    return list(writers)


def _replace(value: Tensor, parts: Sequence[Any]) -> Change:
    def change(activation: Tensor) -> Tensor:
        out = activation.clone()
        for copy, part in zip(out.chunk(len(parts)), parts, strict=True):
            if part != []:
                copy[:, :, part] = value[:, :, part]
        return out

    return change
