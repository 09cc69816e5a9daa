"""Distributed alignment search: the subspace whose exchange does to the answers what exchanging a variable should do.

References:
    Geiger et al. 2024, Finding alignments between interpretable causal variables and distributed neural
    representations (arXiv:2303.02536). Deviations: answers are compared by squared error of logits and not by
    cross-entropy of a class, since a variable may decide a part of the answer alone; all rows of a world are in each
    step; the orthonormal basis is the Q of a QR decomposition.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .effect import Effect
from .rest import Rest

STEPS = 200
RATE = 0.03
"""Of Adam, falling to 0 over the second half."""
MOST = 512
"""Pairs of a step."""
ROUNDS = 8
"""Times that each row is a base when exchanges are measured."""

Basis = Float[Tensor, "d k"]
"""Orthonormal columns."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Setting:
    """What exchanges are made between.

    Attributes:
        states: activations of labelled rows, (row, d).
        at: position of each.
        labels: the variable in each.
        rest: the network after the site.
        own: what it answers there, (row, class).
        effect: what the variable does.
    """

    states: Float[Tensor, "row d"]
    at: Int[Tensor, " row"]
    labels: Float[Tensor, "row v"]
    rest: Rest
    own: Float[Tensor, "row k"]
    effect: Effect

    def error(
        self, basis: Basis, base: Int[Tensor, " pair"], source: Int[Tensor, " pair"]
    ) -> tuple[Float[Tensor, " pair"], Float[Tensor, " pair"]]:
        """Squared distance of the exchanged run's logits from what the effect says, and how far that is from the base.

        Args:
            basis: of the subspace that is exchanged; differentiable with respect to it.
            base: rows in which it is replaced.
            source: rows that it is taken from.
        """
        change = self.effect.change(self.labels[base], self.labels[source], self.at[base])
        reached = self.rest(exchanged(self.states[base], self.states[source], basis), base)
        return (reached - self.own[base] - change).square().sum(dim=1), change.square().sum(dim=1)


def exchanged(base: Float[Tensor, "row d"], source: Float[Tensor, "row d"], basis: Basis) -> Float[Tensor, "row d"]:
    """The base with the source's coordinates inside the subspace."""
    moved: Tensor = base + (source - base) @ basis @ basis.T
    return moved


def search(setting: Setting, rows: Int[Tensor, " row"], k: int, rng: torch.Generator) -> Basis:
    """The subspace of dimension k, by gradient, from a random one.

    Args:
        setting: what is exchanged, and what should come of it.
        rows: that bases and sources are taken from; pairs are of one position.
        k: dimension.
        rng: draws the start and the pairs.
    """
    free = random_subspace(setting.states.shape[1], k, rng).requires_grad_()
    optimizer = torch.optim.Adam([free], lr=RATE)
    unit: Tensor | None = None
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1.0, 2 * (STEPS - step) / STEPS)
        base, source = pairs(setting.at, rows, rng)
        error, size = setting.error(torch.linalg.qr(free).Q, base[:MOST], source[:MOST])
        unit = size.mean().clamp_min(1e-12) if unit is None else unit
        optimizer.zero_grad()
        (error.mean() / unit).backward(inputs=[free])  # type: ignore[no-untyped-call]  # and not weights of the network
        optimizer.step()
    found: Tensor = torch.linalg.qr(free.detach()).Q
    return found


def random_subspace(d: int, k: int, rng: torch.Generator) -> Basis:
    """An orthonormal basis of k directions drawn at random: the placebo."""
    found: Tensor = torch.linalg.qr(torch.randn(d, k, generator=rng)).Q
    return found.contiguous()


def pairs(
    at: Int[Tensor, " all"], rows: Int[Tensor, " row"], rng: torch.Generator
) -> tuple[Int[Tensor, " row"], Int[Tensor, " row"]]:
    """Each row once as a base and once as a source of a row at its own position, in random order."""

    def grouped() -> Tensor:
        drawn = rows[torch.randperm(len(rows), generator=rng)]
        return drawn[at[drawn].argsort(stable=True)]

    base, source = grouped(), grouped()
    order = torch.randperm(len(rows), generator=rng)
    return base[order], source[order]


def accuracy(setting: Setting, basis: Basis, rows: Int[Tensor, " row"], rng: torch.Generator) -> float:
    """Interchange accuracy: which share of the change that the effect calls for happens, and nothing else, at most 1.

    1 - squared error over squared size of the change, over pairs of one position; 0 for leaving the base as it is.
    """
    base, source = map(torch.cat, zip(*(pairs(setting.at, rows, rng) for _ in range(ROUNDS)), strict=True))
    return _share(setting, basis, base, source)


def worst_across(setting: Setting, basis: Basis, rows: Int[Tensor, " row"]) -> float | None:
    """The same with bases of one position and sources of another, for the two positions where it is least.

    Returns:
        None where all rows are of one position.
    """
    places = sorted(set(setting.at[rows].tolist()))
    found = [
        _share(setting, basis, base.repeat_interleave(len(source)), source.repeat(len(base)))
        for one in places
        for other in places
        if one != other
        for base, source in [(rows[setting.at[rows] == one], rows[setting.at[rows] == other])]
    ]
    return min(found, default=None)


def _share(setting: Setting, basis: Basis, base: Int[Tensor, " pair"], source: Int[Tensor, " pair"]) -> float:
    with torch.no_grad():
        error, size = setting.error(basis, base, source)
    return 1 - float(error.sum() / size.sum().clamp_min(1e-12))
