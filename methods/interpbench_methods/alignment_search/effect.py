"""The causal model that a search aligns with: what a variable does to a network's answers, told from labelled rows."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

RIDGE = 1e-3
"""Penalty, as a share of a variable's mean squared spread."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Effect:
    """Logits are a linear function of the variable, one at each position, and of all else that stays as it is.

    Where the variable decides everything, exchanging it gives the source's answer; where it decides a part (one
    frequency of a sum), it gives that part. Equal variables leave the answer alone.

    Attributes:
        slopes: (position, variable, class).
        offsets: of the same regression, (position, class).
    """

    slopes: Float[Tensor, "position v k"]
    offsets: Float[Tensor, "position k"]

    def answers(self, labels: Float[Tensor, "row v"], at: Int[Tensor, " row"]) -> Float[Tensor, "row k"]:
        """Logits that the variable alone says."""
        return self.offsets[at] + torch.einsum("rv,rvk->rk", labels, self.slopes[at])

    def change(
        self, base: Float[Tensor, "row v"], source: Float[Tensor, "row v"], at: Int[Tensor, " row"]
    ) -> Float[Tensor, "row k"]:
        """By how much the logits of a base should move when its variable becomes the source's.

        Args:
            base: the variable in the base.
            source: the same in the source.
            at: position of the base, where the answer is given.
        """
        return torch.einsum("rv,rvk->rk", source - base, self.slopes[at])


def effect(labels: Float[Tensor, "row v"], answers: Float[Tensor, "row k"], at: Int[Tensor, " row"]) -> Effect:
    """Ridge regression of centred logits on the variable, for each position that has rows.

    Args:
        labels: values of the variable.
        answers: centred logits of the same rows.
        at: their positions.
    """
    slopes = torch.zeros(int(at.max()) + 1, labels.shape[1], answers.shape[1])
    offsets = torch.zeros(len(slopes), answers.shape[1])
    for place in sorted(set(at.tolist())):
        x, y = labels[at == place].double(), answers[at == place].double()
        mean, middle = x.mean(dim=0), y.mean(dim=0)
        gram = (x - mean).T @ (x - mean)
        gram += torch.eye(len(gram)) * (RIDGE * gram.diagonal().mean() + 1e-12)  # one-hot labels sum to 1
        slope = torch.linalg.solve(gram, (x - mean).T @ (y - middle))
        slopes[place], offsets[place] = slope, middle - mean @ slope
    return Effect(slopes=slopes, offsets=offsets)


def dimensions(labels: Float[Tensor, "row v"], classes: int) -> int:
    """Of the part of a variable that answers can show: its own, or one less than there are classes.

    Args:
        labels: values of the variable, of which one may follow from others.
        classes: logits of an answer.
    """
    spread = torch.linalg.svdvals((labels - labels.mean(dim=0)).double())
    own = int((spread > 1e-4 * spread[0].clamp_min(1e-6)).sum())
    return min(own, classes - 1)
