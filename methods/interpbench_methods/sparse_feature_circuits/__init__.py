"""Sparse feature circuits: what components write is taken apart into features, and each feature is attributed."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.circuits.sites import written
from interpbench.toolkit.circuits.trace import put_in, trace
from interpbench.toolkit.dictionaries.recipe import Kind, Recipe
from interpbench.toolkit.dictionaries.train import train
from interpbench.tracks.circuits.enter import Circuit, EntersCircuits
from interpbench.tracks.circuits.question import Asked
from interpbench.tracks.circuits.setting import affordable, presence, setting
from interpbench.tracks.context import Context, NotApplicable


@final
class SparseFeatureCircuits(Method, EntersCircuits):
    """A component may write things that cancel in the metric's gradient, or noise that a dictionary takes off.

    One TopK autoencoder for each component, all trained in a stack on what it writes on clean and corrupt inputs. A
    feature's estimate is the change of its code, times the gradient of the metric along its direction; what no
    feature writes is estimated as one more. A component scores the sum of their absolute values. With few rows to
    train on and components that write in few dimensions, dictionaries have little to add; that is measured here.

    Reference: Marks et al. 2024, Sparse feature circuits, arXiv:2403.19647.
    """

    name = "sparse-feature-circuits"
    family = Family.SAE
    tier = Tier.WEIGHTS
    version = "1.0"

    latents: int = 32  # of each component
    active: int = 4
    steps: int = 200
    batch: int = 64

    def carriers(self, subject: Subject, asked: Asked, ctx: Context) -> Circuit | NotApplicable:
        """Sums over features."""
        here = setting(subject, asked, affordable(asked, 4))
        clean = trace(here.bridge, here.graph, here.clean, here.metric)
        corrupt = written(here.bridge, here.graph, put_in(here.bridge, here.graph, here.clean, here.corrupt))
        gradient = torch.einsum("bprd,wr->wbpd", clean.gradients, here.graph.edges.float())[1:]
        before, after = (writes.permute(2, 0, 1, 3)[1:] for writes in (clean.writes, corrupt))
        features, left = self._taken_apart(before, after, gradient, ctx.rng)
        nodes = (features.abs().sum(dim=-1) + left.abs()).mean(dim=1)
        return Circuit(nodes=nodes, p_present=presence(subject, asked))

    def _taken_apart(
        self,
        before: Float[Tensor, "node pair position d"],
        after: Float[Tensor, "node pair position d"],
        gradient: Float[Tensor, "node pair position d"],
        rng: torch.Generator,
    ) -> tuple[Float[Tensor, "node pair latent"], Float[Tensor, "node pair"]]:
        """Estimates of every feature, summed over positions, and of what none of them writes."""
        rows = torch.cat([before, after], dim=1).flatten(1, 2)
        recipe = Recipe(kind=Kind.TOPK, width=self.latents, k=self.active, steps=self.steps, batch=self.batch)
        seeds = torch.randint(2**31, (len(rows),), generator=rng).tolist()
        stack = train(rows, recipe, [torch.Generator().manual_seed(seed) for seed in seeds])
        shape = (*before.shape[:3], self.latents)
        codes = [stack.codes(writes.flatten(1, 2)).view(shape) for writes in (before, after)]
        along = torch.einsum("nbpd,nld->nbpl", gradient, stack.decoder * stack.writes.unit)
        features = ((codes[1] - codes[0]) * along).sum(dim=2)
        whole = ((after - before) * gradient).sum(dim=(2, 3))
        return features, whole - features.sum(dim=-1)
