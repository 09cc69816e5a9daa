"""Subgraphs run beside one that was run before: of each stage only the readers that see something else in any of them.

A reader sees something else if an edge into it differs, or if it reads a component that does. Of what nobody reads
on the way to the logits nothing need be computed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from interpbench.toolkit.circuits.graph import READS, Graph
from interpbench.toolkit.circuits.stages import Heads, Stages


@dataclass(frozen=True, kw_only=True, eq=False)
class Ran:
    """A subgraph that was run.

    Attributes:
        keep: its edges.
        change: what every writer adds, less what it adds on corrupt inputs.
        seen: what every reader sees of the stream, before its norm.
    """

    keep: Bool[Tensor, "writer reader"]
    change: Float[Tensor, "writer row position d"]
    seen: Float[Tensor, "reader row position d"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Step:
    """One stage of many subgraphs, as far as it differs in any of them from the one that was run.

    Attributes:
        readers: places of readers that see something else.
        seen: what they see.
        writers: places of the components that they are part of; none of the logits.
        change: what these add, less what they add on corrupt inputs.
    """

    readers: list[int]
    seen: Float[Tensor, "subgraph reader row position d"]
    writers: list[int]
    change: Float[Tensor, "subgraph writer row position d"]


def steps(
    graph: Graph,
    stages: Stages,
    corrupt: Float[Tensor, "writer row position d"],
    keep: Bool[Tensor, "subgraph writer reader"],
    near: Ran,
    wanted: Bool[Tensor, " writer"],
) -> Iterator[Step]:
    """The stages in which something differs, and at the end the logits, whether they differ or not.

    Args:
        graph: nodes.
        stages: what they do.
        corrupt: what every writer adds on corrupt inputs.
        keep: edges of each subgraph.
        near: the one that was run.
        wanted: components; what others add is left out.
    """
    differ = (keep != near.keep).any(dim=0)
    either = keep.any(dim=0) | near.keep
    found: list[Step] = []
    moved = torch.zeros(len(graph.writers), dtype=torch.bool)
    for stage in range(1, 2 * graph.n_layers + 2):
        here = graph.reading(stage)
        other = (differ[:, here] | (either[:, here] & moved[:, None])).any(dim=0) & _of(graph, stage, wanted)
        readers = [here.start + int(place) for place in other.nonzero()[:, 0]]
        if stage > 2 * graph.n_layers:
            readers = readers or [here.start]
            seen = _seen(readers, keep, near, differ, moved, found)
            yield Step(readers=readers, seen=seen, writers=[], change=seen[:, :0])
        elif readers:
            seen = _seen(readers, keep, near, differ, moved, found)
            writers, added = _added(graph, stages, stage, readers, seen, near)
            step = Step(readers=readers, seen=seen, writers=writers, change=added - corrupt[writers])
            found.append(step)
            moved[writers] = True
            yield step


def live(graph: Graph, keep: Bool[Tensor, "writer reader"]) -> Bool[Tensor, " writer"]:
    """The writers from which edges lead to the logits."""
    found = keep[:, -1].clone()
    for stage in range(2 * graph.n_layers, 0, -1):
        found |= (keep[:, graph.reading(stage)] & _of(graph, stage, found)).any(dim=1)
    return found


def _of(graph: Graph, stage: int, writers: Bool[Tensor, " writer"]) -> Bool[Tensor, " reader"]:
    """For each reader of a stage what holds of the component that it is part of; true of the logits."""
    if stage > 2 * graph.n_layers:
        return torch.ones(1, dtype=torch.bool)
    own, here = writers[graph.writing(stage)], graph.reading(stage)
    return own.repeat((here.stop - here.start) // len(own))


def _seen(
    readers: list[int],
    keep: Bool[Tensor, "subgraph writer reader"],
    near: Ran,
    differ: Bool[Tensor, "writer reader"],
    moved: Bool[Tensor, " writer"],
    found: Sequence[Step],
) -> Float[Tensor, "subgraph reader row position d"]:
    """What readers see: what they saw, with edges that differ and with components that do."""
    shape, kind = near.change.shape[1:], near.change.dtype
    edges = keep[:, :, readers]  # (subgraph, writer, reader)
    base = near.seen[readers].flatten(1)
    for step in found:  # what they saw of these components is taken away first
        base = torch.addmm(
            base,
            near.keep[step.writers][:, readers].T.to(kind),
            near.change[step.writers].flatten(1),
            alpha=-1,
        )
    cut = [int(writer) for writer in (differ[:, readers].any(dim=1) & ~moved).nonzero()[:, 0]]
    if cut:
        less = (edges[:, cut].to(kind) - near.keep[cut][:, readers].to(kind)).transpose(1, 2)
        out = (less.flatten(0, 1) @ near.change[cut].flatten(1)).view(len(keep), *base.shape) + base
    else:
        out = base.expand(len(keep), *base.shape)
    for step in found:
        out = torch.baddbmm(out, edges[:, step.writers].transpose(1, 2).to(kind), step.change.flatten(2))
    return out.reshape(len(keep), len(readers), *shape)


def _added(
    graph: Graph, stages: Stages, stage: int, readers: list[int], seen: Tensor, near: Ran
) -> tuple[list[int], Float[Tensor, "subgraph writer row position d"]]:
    """The components that readers are part of, and what these add to the stream."""
    (layer, neurons), first = divmod(stage - 1, 2), graph.reading(stage).start
    start = graph.writing(stage).start
    if neurons:
        own = [reader - first for reader in readers]
        return [start + group for group in own], stages.neurons[layer].write(own, seen)
    heads = sorted({(reader - first) % graph.n_heads for reader in readers})
    parts = [
        _read(stages.heads[layer], part, heads, first + part * graph.n_heads, readers, seen, near)
        for part in range(len(READS))
    ]
    return [start + head for head in heads], stages.heads[layer].write(heads, *parts)


def _read(
    layer: Heads, part: int, heads: list[int], first: int, readers: list[int], seen: Tensor, near: Ran
) -> Float[Tensor, "*subgraph head row position e"]:
    """Queries, keys or values of some heads; without a dimension of subgraphs where they are the same in all."""
    places = {reader: place for place, reader in enumerate(readers)}
    own = [(at, places[first + head]) for at, head in enumerate(heads) if first + head in places]
    if len(own) == len(heads):
        return layer.read(part, heads, seen[:, [place for _, place in own]])
    given = near.seen[[first + head for head in heads]]
    if own:
        given = given.expand(len(seen), *given.shape).clone()
        given[:, [at for at, _ in own]] = seen[:, [place for _, place in own]]
    return layer.read(part, heads, given)
