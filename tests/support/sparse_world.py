"""A world of sparse features with known codes: SynthSAEBench-16k (Chanin & Garriga-Alonso 2026) at 1/64 of its size."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Float, Int
from torch import Tensor

FEATURES, DIMENSIONS = 256, 64
ROOTS, BRANCHES, DEPTH = 2, 4, 3
RANK, CORRELATION = 4, 0.1


@dataclass(frozen=True, kw_only=True)
class World:
    """Directions, and how often and how strongly each feature fires."""

    directions: Float[Tensor, "feature d"]
    bias: Float[Tensor, " d"]
    share: Float[Tensor, " feature"]
    mean: Float[Tensor, " feature"]
    spread: Float[Tensor, " feature"]
    loading: Float[Tensor, "feature rank"]
    parent: Int[Tensor, " feature"]

    @property
    def depth(self) -> Int[Tensor, " feature"]:
        depth, at = torch.zeros(FEATURES, dtype=torch.int64), self.parent.clone()
        while bool((at >= 0).any()):
            depth += at >= 0
            at = torch.where(at >= 0, self.parent[at], at)
        return depth

    def draw(self, rows: int, rng: torch.Generator) -> tuple[Float[Tensor, "row d"], Float[Tensor, "row feature"]]:
        """States and the codes that they are made of."""
        own = (1 - self.loading.square().sum(dim=1)).sqrt()
        z = torch.randn(rows, RANK, generator=rng) @ self.loading.T + own * torch.randn(rows, FEATURES, generator=rng)
        fires = z > torch.special.ndtri(1 - self.share)
        order = torch.rand(rows, FEATURES, generator=rng) * fires  # of siblings that would fire, one does
        depth = self.depth
        for level in range(1, DEPTH + 1):
            here = (depth == level).nonzero()[:, 0]
            fires[:, here] &= fires[:, self.parent[here]]
            siblings = (order * fires)[:, here].view(rows, -1, BRANCHES)
            fires[:, here] &= ((siblings == siblings.amax(dim=2, keepdim=True)) & (siblings > 0)).view(rows, -1)
        codes = F.relu(self.mean + self.spread * torch.randn(rows, FEATURES, generator=rng)) * fires
        return codes @ self.directions + self.bias, codes


def world(rng: torch.Generator) -> World:
    """Zipfian firing from .4 to 5e-4, two trees of 85 features whose siblings exclude each other, 86 free features.

    A child's own share is divided by its parent's, so that the shares come out as planned but for exclusion.
    """
    rank = torch.arange(1, FEATURES + 1)
    zipf = (rank**-0.5 - FEATURES**-0.5) / (1 - FEATURES**-0.5)
    share = 5e-4 + (0.4 - 5e-4) * zipf
    per_tree = sum(BRANCHES**level for level in range(DEPTH + 1))
    seats = torch.randperm(FEATURES, generator=rng)
    parent = torch.full((FEATURES,), -1)
    for tree in range(ROOTS):
        nodes = seats[tree * per_tree : (tree + 1) * per_tree].sort().values  # parents fire more often than children
        for place in range(1, per_tree):
            parent[nodes[place]] = nodes[(place - 1) // BRANCHES]
    share = torch.where(parent >= 0, (share / share[parent]).clamp_max(0.999), share)
    return World(
        directions=_apart(F.normalize(torch.randn(FEATURES, DIMENSIONS, generator=rng), dim=1)),
        bias=0.5 * F.normalize(torch.randn(DIMENSIONS, generator=rng), dim=0),
        share=share,
        mean=5 - torch.arange(FEATURES) / (FEATURES - 1),
        spread=(0.5 + 0.5 * torch.randn(FEATURES, generator=rng)).abs(),
        loading=CORRELATION * torch.randn(FEATURES, RANK, generator=rng),
        parent=parent,
    )


def _apart(directions: Float[Tensor, "feature d"], steps: int = 100, rate: float = 3e-4) -> Float[Tensor, "feature d"]:
    """Pushes directions away from each other by gradient descent on squared inner products."""
    for _ in range(steps):
        alike = directions @ directions.T - torch.eye(len(directions))
        directions = F.normalize(directions - rate * 4 * alike @ directions, dim=1)
    return directions


def f1(fires: Tensor, planted: Tensor, atoms: Float[Tensor, "latent d"], directions: Tensor) -> float:
    """Mean over latents of the F1 with which each tells when the feature of the nearest direction fires."""
    nearest = (F.normalize(atoms, dim=1) @ directions.T).argmax(dim=1)
    told = planted[:, nearest]
    both = (fires & told).sum(dim=0).double()
    return float((2 * both / (fires.sum(dim=0) + told.sum(dim=0)).clamp_min(1)).mean())
