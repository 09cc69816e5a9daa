"""Edges by attribution: the change of what a writer writes, times the gradient that a reader passes back."""

from typing import final

from interpbench.bundle.tier import Tier
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.circuits.edges import (
    edge_attribution,
    integrated_activations,
    integrated_inputs,
    node_scores,
)
from interpbench.tracks.circuits.enter import Circuit, EntersCircuits
from interpbench.tracks.circuits.question import Asked
from interpbench.tracks.circuits.setting import affordable, presence, setting
from interpbench.tracks.context import Context, NotApplicable


@final
class EdgeAttribution(Method, EntersCircuits):
    """To first order, replacing an edge's source changes the metric by (corrupt - clean) times the gradient.

    All edges cost two forward passes and one backward pass. Where the gradient is flat at the clean input or says more
    than is so, it is averaged along a path: of embeddings from clean to corrupt, or stage by stage of what the stage
    itself writes. A writer's score is the sum of its edges, which is its own attribution. As many pairs are used as
    the question's passes pay for.

    References: Nanda 2023, Attribution patching; Syed et al. 2023, arXiv:2310.10348 (EAP); Hanna et al. 2024,
    arXiv:2403.17806 (EAP-IG).
    """

    name = "edge-attribution"
    family = Family.CIRCUITS
    tier = Tier.WEIGHTS
    version = "1.0"

    path: str = "none"  # none, inputs or activations
    steps: int = 5  # along the path
    absolute: bool = True  # the mean of rows' absolute values, else the absolute value of their mean

    def carriers(self, subject: Subject, asked: Asked, ctx: Context) -> Circuit | NotApplicable:
        """Estimated effects of all edges."""
        along = {"none": 1, "inputs": self.steps, "activations": self.steps * (2 * len(asked.groups) + 1)}[self.path]
        here = setting(subject, asked, affordable(asked, 2 + 2 * along))
        match self.path:
            case "none":
                rows = edge_attribution(*here)
            case "inputs":
                rows = integrated_inputs(*here, steps=self.steps)
            case _:
                rows = integrated_activations(*here, steps=self.steps)
        ctx.log(f"{len(rows)} pairs")
        nodes = node_scores(rows)
        if self.absolute:
            rows, nodes = rows.abs(), nodes.abs()
        return Circuit(
            nodes=nodes.mean(dim=0).abs()[1:], edges=rows.mean(dim=0).abs(), p_present=presence(subject, asked)
        )
