"""Matrices of heads that say together, and none of them alone, what each feature is to become.

Head h reads m numbers from F features, m << F, and writes F numbers from them: B_h A_h has rank m. Each so speaks of
features that are not there. The matrices are such that what they say of those cancels in the sum over all heads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

ROUNDS = 300
"""Of alternation, and steps of descent: both are near their limit by then."""
RIDGE = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """What the heads of a group do.

    Attributes:
        reads: A_h.
        writes: B_h.
        attention: of each head from each destination to the place that is read, where it depends on either.
    """

    reads: Float[Tensor, "head m feature"]
    writes: Float[Tensor, "head feature m"]
    attention: Float[np.ndarray, "destination head"] | None = None


def coherent(n: int, m: int, features: int, rng: np.random.Generator) -> Frame:
    """Heads that attend alike: the B_h A_h add up to the identity, and each has 1/n on all its diagonal.

    A tight frame whose blocks weigh every feature alike, by projecting in turn onto either condition (Tropp et al.
    2005, Designing structured tight frames via an alternating projection method).

    Args:
        n: heads.
        m: width of a head; n m is at least the number of features.
        features: F.
        rng: draws where it begins.
    """
    stacked = torch.from_numpy(rng.standard_normal((n * m, features)))
    for _ in range(ROUNDS):
        blocks = stacked.view(n, m, features)
        even = (blocks / blocks.norm(dim=1, keepdim=True) / sqrt(n)).reshape(n * m, features)
        left, _, right = torch.linalg.svd(even, full_matrices=False)
        stacked = left @ right
    reads = stacked.view(n, m, features)
    return Frame(reads=reads, writes=reads.transpose(1, 2))


def incoherent(
    m: int,
    attention: Float[np.ndarray, "destination head"],
    becomes: Sequence[Sequence[int]],
    rng: np.random.Generator,
) -> Frame:
    """Heads that attend more or less from each destination, where each feature becomes another one.

    The sum over heads of attention times B_h A_h is the destination's permutation for every destination. The B_h
    follow from the A_h by least squares; these are set by descent so that no head says much of any one feature.

    Args:
        m: width of a head; heads times m is at least destinations times features.
        attention: to the place that is read.
        becomes: destination -> feature -> what is to be written of it.
        rng: draws where it begins.
    """
    features, weights = len(becomes[0]), torch.from_numpy(attention)
    wanted = torch.stack([torch.eye(features, dtype=torch.float64)[:, list(one)] for one in becomes])
    reads = torch.from_numpy(rng.standard_normal((attention.shape[1], m, features)))
    reads = (reads / reads.norm(dim=1, keepdim=True)).requires_grad_()
    descent = torch.optim.Adam([reads], lr=0.02)
    for _ in range(ROUNDS):
        said = torch.einsum("hgm,hmf,dh->hdgf", _solved(reads, weights, wanted), reads, weights)
        right = (said * wanted).sum(dim=2)
        wrong = said * (1 - wanted)
        loss = (right**4).sum() ** 0.25 + (wrong**4).sum() ** 0.25
        (reads.grad,) = torch.autograd.grad(loss, [reads])
        descent.step()
    with torch.no_grad():
        return Frame(reads=reads.detach(), writes=_solved(reads, weights, wanted), attention=attention)


def _solved(
    reads: Float[Tensor, "head m feature"],
    weights: Float[Tensor, "destination head"],
    wanted: Float[Tensor, "destination to feature"],
) -> Float[Tensor, "head to m"]:
    """The B_h of least squares."""
    heads, m, features = reads.shape
    stacked = torch.einsum("dh,hmf->hmdf", weights, reads).reshape(heads * m, -1)
    gram = stacked.T @ stacked + RIDGE * torch.eye(stacked.shape[1], dtype=torch.float64)
    targets = wanted.transpose(0, 1).reshape(features, -1)  # (to, destination and feature)
    solved: Tensor = torch.linalg.solve(gram, stacked.T)
    return (targets @ solved).view(features, heads, m).transpose(0, 1)
