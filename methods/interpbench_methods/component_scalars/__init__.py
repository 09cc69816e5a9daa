"""One number a component that asks nothing about the behaviour: what a circuit has to beat."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.circuits.sites import written
from interpbench.toolkit.circuits.trace import activations, put_in
from interpbench.toolkit.circuits.weights import reads, writes
from interpbench.tracks.circuits.enter import Circuit, EntersCircuits
from interpbench.tracks.circuits.question import Asked
from interpbench.tracks.circuits.setting import Setting, affordable, presence, setting
from interpbench.tracks.context import Context, NotApplicable


@final
class ComponentScalars(Method, EntersCircuits):
    """Large components may be the ones that matter, whatever for.

    `random` draws scores; `weights` is the norm of what a component reads by, times that of what it writes by;
    `activation` is the mean norm of what it writes, `difference` that of what it writes otherwise on corrupt inputs.
    An edge scores what its ends score together.
    """

    name = "component-scalars"
    family = Family.STATISTICS
    tier = Tier.WEIGHTS
    version = "1.0"

    of: str = "weights"  # random, weights, activation or difference

    def carriers(self, subject: Subject, asked: Asked, ctx: Context) -> Circuit | NotApplicable:
        """Norms of all components."""
        here = setting(subject, asked, affordable(asked, 2))
        sizes = torch.rand(len(here.graph.writers), generator=ctx.rng) if self.of == "random" else self._sizes(here)
        ends = here.graph.owners
        reading = torch.stack([sizes.new_ones(()) if place is None else sizes[place] for place in ends])
        return Circuit(nodes=sizes[1:], edges=sizes[:, None] * reading[None], p_present=presence(subject, asked))

    def _sizes(self, here: Setting) -> Float[Tensor, " writer"]:
        if self.of == "weights":
            return _norms(here)
        out = written(here.bridge, here.graph, activations(here.bridge, here.graph, here.clean))
        if self.of == "difference":
            out = written(here.bridge, here.graph, put_in(here.bridge, here.graph, here.clean, here.corrupt)) - out
        return torch.as_tensor(out.norm(dim=-1).mean(dim=(0, 1)))


def _norms(here: Setting) -> Float[Tensor, " writer"]:
    """Of what is read by, all of a head's queries, keys and values together, times of what is written by."""
    into: dict[int | None, list[Tensor]] = {}
    for owner, matrix in zip(here.graph.owners, reads(here.bridge, here.graph), strict=True):
        into.setdefault(owner, []).append(matrix.norm())
    out = []
    for place, matrix in enumerate(writes(here.bridge, here.graph)):
        reading = torch.stack(into[place]).norm() if place in into else torch.ones(())
        out.append(matrix.norm() * reading)
    return torch.stack(out)
