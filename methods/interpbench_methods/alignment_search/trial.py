"""One search with its measures: learnt on the first three quarters of the labelled rows, measured on the others."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .effect import dimensions, effect
from .rest import Rest
from .search import Basis, Setting, accuracy, random_subspace, search, worst_across


@dataclass(frozen=True, kw_only=True, eq=False)
class Trial:
    """A subspace with what exchanging it does on held-out rows.

    Attributes:
        basis: orthonormal, (d, k).
        exchanged: interchange accuracy.
        placebo: the same of a random subspace.
        across: the same from one position to another, where it is least; None where all rows are of one position.
        decides: share of the variance of the answers that the variable says, by its effect.
    """

    basis: Basis
    exchanged: float
    placebo: float
    across: float | None
    decides: float


def trial(
    states: Float[Tensor, "row d"],
    at: Int[Tensor, " row"],
    labels: Float[Tensor, "row v"],
    after: Rest,
    rng: torch.Generator,
    *,
    learnt: bool,
) -> Trial:
    """Finds a subspace and measures what its exchange does.

    Args:
        states: activations at the site.
        at: their positions.
        labels: the variable.
        after: the network after the site.
        rng: draws subspaces and pairs.
        learnt: whether the subspace is searched for; else it is the placebo itself.
    """
    rows = torch.arange(len(states))
    first, last = rows[: len(rows) * 3 // 4], rows[len(rows) * 3 // 4 :]
    with torch.no_grad():
        own = after(states, rows)
    does = effect(labels[first], own[first], at[first])
    setting = Setting(states=states, at=at, labels=labels, rest=after, own=own, effect=does)
    k = dimensions(labels, own.shape[1])
    placebo = random_subspace(states.shape[1], k, rng)
    basis = search(setting, first, k, rng) if learnt else placebo
    left = own[last] - does.answers(labels[last], at[last])
    spread = own[last] - does.answers(labels[first].mean(dim=0).expand(len(last), -1), at[last])
    return Trial(
        basis=basis,
        exchanged=accuracy(setting, basis, last, rng),
        placebo=accuracy(setting, placebo, last, rng),
        across=worst_across(setting, basis, last),
        decides=1 - float(left.square().sum() / spread.square().sum().clamp_min(1e-12)),
    )
