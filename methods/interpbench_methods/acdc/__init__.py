"""ACDC: edges are removed from the output back as long as it costs little."""

from typing import final

import torch

from interpbench.bundle.tier import Tier
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.circuits.acdc import acdc
from interpbench.toolkit.circuits.subgraph import Subgraphs, everything
from interpbench.tracks.circuits.enter import Circuit, EntersCircuits
from interpbench.tracks.circuits.question import Asked
from interpbench.tracks.circuits.setting import presence, setting
from interpbench.tracks.context import Context, NotApplicable


@final
class Acdc(Method, EntersCircuits):
    """Each edge is tried with all those gone that were removed before it, and goes if the metric hardly moves.

    What is left under several thresholds gives a score: an edge's is how many thresholds it outlives, and its own
    damage in the first trial decides between equals. A node scores what its best edge scores. It runs as many
    subgraphs as there are edges and thresholds, and is a reference.

    Reference: Conmy et al. 2023, arXiv:2304.14997.
    """

    name = "acdc"
    family = Family.CIRCUITS
    tier = Tier.WEIGHTS
    version = "1.0"
    capped = False

    pairs: int = 3  # of inputs
    thresholds: tuple[float, ...] = (0.02, 0.1)  # shares of the metric's gap

    def carriers(self, subject: Subject, asked: Asked, ctx: Context) -> Circuit | NotApplicable:
        """Edges by the thresholds that they outlive."""
        network = Subgraphs.of(*setting(subject, asked, self.pairs))
        whole = everything(network.graph)
        both = network.values(torch.stack([whole, torch.zeros_like(whole)]))
        gap = float((both[0] - both[1]).abs().mean())
        if gap == 0:
            return NotApplicable("the metric is the same on clean and corrupt inputs")
        score = torch.zeros(whole.shape)
        for threshold in self.thresholds:
            score += acdc(network, lambda values: (values - both[0]).abs().mean(dim=1) / gap, threshold).float()
        return Circuit(nodes=score.max(dim=1).values[1:], edges=score, p_present=presence(subject, asked))
