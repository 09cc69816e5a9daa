"""Ridge probes: one linear system for all that is read from the same states."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.models.data import Domain
from interpbench.toolkit.reading.states import normed, one_hot

_FITTED = 0.75


def explained(
    states: Float[Tensor, "input feature"], targets: Float[Tensor, "input target"], penalty: float
) -> Float[Tensor, " target"]:
    """Share of each target's variance that a ridge probe explains on inputs that it was not fitted to.

    Args:
        states: what is read; fitted to the first three quarters.
        targets: what is to be read; 0 for constants.
        penalty: as a share of the states' mean variance: directions that vary little are not read.
    """
    x, count = normed(states), int(_FITTED * len(states))
    mean = targets[:count].mean(dim=0)
    y = targets - mean
    gram = x[:count].T @ x[:count] / count
    gram += penalty * gram.trace() / len(gram) * torch.eye(len(gram), dtype=gram.dtype)
    weights = torch.linalg.solve(gram, x[:count].T @ y[:count] / count)
    wrong = (x[count:] @ weights - y[count:]).square().sum(dim=0)
    spread = y[count:].square().sum(dim=0)
    return torch.where(spread > 1e-9, 1 - wrong / spread.clamp_min(1e-9), 0.0)


def token_probes(
    states: Float[Tensor, "input feature"],
    tokens: Int[Tensor, "input length"],
    domain: Domain,
    penalty: float,
    rng: torch.Generator,
) -> Float[np.ndarray, " position"]:
    """How well the token at each position is read, beyond how well tokens of other inputs are."""
    letters = domain.vocabulary
    other = tokens[torch.randperm(len(tokens), generator=rng)]
    both = torch.cat([one_hot(tokens, letters), one_hot(other, letters)], dim=1).flatten(1)
    read = explained(states, both, penalty).view(2, domain.length, letters).mean(dim=-1)
    return (read[0] - read[1].clamp_min(0)).numpy()


def letters_apart(
    states: Float[Tensor, "input feature"], tokens: Int[Tensor, "input length"], domain: Domain
) -> Float[np.ndarray, "position letter letter"]:
    """Squared distances of the mean states under two letters, all other tokens alike (least squares)."""
    letters = domain.vocabulary
    x = one_hot(tokens, letters).flatten(1)
    x = x - x.mean(dim=0)
    gram = x.T @ x / len(x) + 1e-3 * torch.eye(x.shape[1], dtype=x.dtype)
    means = torch.linalg.solve(gram, x.T @ normed(states) / len(x)).view(domain.length, letters, -1)
    return (torch.cdist(means, means).square()).numpy()
