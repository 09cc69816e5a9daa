"""Exact patching: every node and every edge is replaced, one at a time, or nodes two at a time."""

from itertools import combinations
from typing import final

import torch
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.circuits.exact import exact_edges
from interpbench.toolkit.circuits.patching import joint_effects, node_effects
from interpbench.tracks.circuits.enter import Circuit, EntersCircuits
from interpbench.tracks.circuits.question import Asked
from interpbench.tracks.circuits.setting import presence, setting
from interpbench.tracks.context import Context, NotApplicable


@final
class ExactPatching(Method, EntersCircuits):
    """What the metric becomes when a node, or what an edge carries, is replaced: the definition that keys are made by.

    It runs the network once for every node and edge, ten times and more what a ranked method may, and is the
    reference. Of single nodes it finds all but those that others stand in for; a scan of pairs finds these: a node
    scores what it changes beside the partner with which it changes most.

    References: Vig et al. 2020, arXiv:2004.12265; Goldowsky-Dill et al. 2023, arXiv:2304.05969 (edges); Wang et al.
    2022, arXiv:2211.00593 (backups).
    """

    name = "exact-patching"
    family = Family.CIRCUITS
    tier = Tier.WEIGHTS
    version = "1.0"
    capped = False

    partners: bool = False  # whether nodes are replaced two at a time
    edges: bool = True
    pairs: int = 16  # of inputs

    def carriers(self, subject: Subject, asked: Asked, ctx: Context) -> Circuit | NotApplicable:
        """Measured effects."""
        bridge, graph, clean, corrupt, metric = setting(subject, asked, self.pairs)
        nodes = node_effects(bridge, graph, clean, corrupt, metric)
        found = nodes.abs().mean(dim=0)
        if self.partners:
            duos = list(combinations(range(1, len(graph.writers)), 2))
            both = joint_effects(bridge, graph, clean, corrupt, metric, duos)
            for place, (first, second) in enumerate(duos):
                for own, other in ((first, second), (second, first)):
                    beside = (both[:, place] - nodes[:, other]).abs().mean()
                    found[own] = torch.maximum(found[own], beside)
        edges: Tensor | None = None
        if self.edges:
            edges = exact_edges(bridge, graph, clean, corrupt, metric).abs().mean(dim=0)
        return Circuit(nodes=found[1:], edges=edges, p_present=presence(subject, asked))
