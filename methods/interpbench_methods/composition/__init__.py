"""Composition: how much of what one component writes another one reads, from the weights alone."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.circuits.weights import reads, writes
from interpbench.tracks.circuits.enter import Circuit, EntersCircuits
from interpbench.tracks.circuits.question import Asked
from interpbench.tracks.circuits.setting import Setting, presence, setting
from interpbench.tracks.context import Context, NotApplicable


@final
class Composition(Method, EntersCircuits):
    """A reader composes with a writer if the product of their matrices is large for the size of both.

    Of the logits only the differences between labels that occur in the pairs are read. The best chain of compositions
    from the embedding to a component, times the best one from there to the logits, is its score; an edge's is that of
    the best chain across it. The network is not run.

    Reference: Elhage et al. 2021, A mathematical framework for transformer circuits (composition scores).
    """

    name = "composition"
    family = Family.WEIGHTS
    tier = Tier.WEIGHTS
    version = "1.0"

    def carriers(self, subject: Subject, asked: Asked, ctx: Context) -> Circuit | NotApplicable:
        """Chains of compositions."""
        here = setting(subject, asked, 1)
        labels = torch.unique(torch.cat([asked.pairs.right, asked.pairs.wrong]))
        across = _chains(here, _compositions(here, labels))
        nodes = across.max(dim=1).values[1:]
        return Circuit(nodes=nodes, edges=across, p_present=presence(subject, asked))


def _compositions(here: Setting, labels: Tensor) -> Float[Tensor, "writer reader"]:
    """Frobenius norm of each product over the product of the norms; 0 where there is no edge."""
    reading = reads(here.bridge, here.graph)
    logits = reading[-1][:, labels]
    reading[-1] = logits - logits.mean(dim=1, keepdim=True)
    rows = [
        torch.stack([(out @ into).norm() / (out.norm() * into.norm()) for into in reading])
        for out in writes(here.bridge, here.graph)
    ]
    return torch.stack(rows) * here.graph.edges


def _chains(here: Setting, score: Float[Tensor, "writer reader"]) -> Float[Tensor, "writer reader"]:
    """For each edge the largest product of compositions over the chains from embedding to logits that use it."""
    graph = here.graph
    before = torch.zeros(len(graph.writers))
    before[0] = 1.0
    for reader, of in enumerate(graph.owners):  # readers stand in order of computation
        if of is not None:
            before[of] = torch.maximum(before[of], (before * score[:, reader]).max())
    after = torch.zeros(len(graph.readers))
    after[-1] = 1.0
    for reader, of in reversed(list(enumerate(graph.owners))):
        if of is not None:
            after[reader] = (score[of] * after).max()
    return before[:, None] * score * after[None]
