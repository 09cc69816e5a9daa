"""Direct logit attribution: what each component writes into the logits by itself."""

from typing import final

import torch

from interpbench.bundle.tier import Tier
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.circuits.edges import edge_attribution
from interpbench.tracks.circuits.enter import Circuit, EntersCircuits
from interpbench.tracks.circuits.question import Asked
from interpbench.tracks.circuits.setting import affordable, presence, setting
from interpbench.tracks.context import Context, NotApplicable


@final
class DirectLogitAttribution(Method, EntersCircuits):
    """The stream adds, so that the logits fall apart into what each writer adds to them.

    A component's score is how far its own addend changes between clean and corrupt inputs, along the difference of the
    two labels' logits. What acts by way of other components is not seen. With a norm in front of the logits the
    addends are those at the clean input's scale.

    Reference: Elhage et al. 2021, A mathematical framework for transformer circuits; nostalgebraist 2020.
    """

    name = "direct-logit-attribution"
    family = Family.CIRCUITS
    tier = Tier.WEIGHTS
    version = "1.0"

    def carriers(self, subject: Subject, asked: Asked, ctx: Context) -> Circuit | NotApplicable:
        """Edges into the logits alone."""
        rows = edge_attribution(*setting(subject, asked, affordable(asked, 4))).abs().mean(dim=0)
        edges = torch.zeros_like(rows)
        edges[:, -1] = rows[:, -1]
        return Circuit(nodes=rows[1:, -1], edges=edges, p_present=presence(subject, asked))
