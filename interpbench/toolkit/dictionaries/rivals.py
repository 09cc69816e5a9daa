"""Classical dictionaries, to be beaten: k-means, PCA, ICA, NMF, matching pursuit, raw neurons, random directions.

Each reads and writes a row less its mean. Those without a sparse rule of their own keep the codes that are largest in
magnitude.

References: Lloyd 1982 (k-means); Hyvarinen & Oja 2000 (FastICA); Lee & Seung 1999 (NMF), all as in scikit-learn
(Pedregosa et al. 2011); Mallat & Zhang 1993 (matching pursuit).
"""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Float
from torch import Tensor

from interpbench.toolkit.dictionaries.firing import largest
from interpbench.toolkit.dictionaries.pursuit import matching_pursuit

NMF_ROWS, NMF_STEPS = 1000, 50
"""That factors are fitted on, and updates; the time grows with both."""
KMEANS_ROWS = 8000


@dataclass(frozen=True, kw_only=True, eq=False)
class Dictionary(ABC):
    """Directions that rows are written with.

    Attributes:
        mean: taken off rows, and added again.
        atoms: what each latent writes.
    """

    mean: Float[Tensor, " d"]
    atoms: Float[Tensor, "latent d"]

    @abstractmethod
    def codes(self, rows: Float[Tensor, "row d"], most: int) -> Float[Tensor, "row latent"]:
        """Codes of held-out rows, at most `most` a row other than 0."""

    def decode(self, codes: Float[Tensor, "row latent"]) -> Float[Tensor, "row d"]:
        """The rows that codes stand for."""
        return self.mean + codes @ self.atoms


@dataclass(frozen=True, kw_only=True, eq=False)
class Clusters(Dictionary):
    """The nearest centroid fires, at 1: whatever may fire, a row is a member of one cluster."""

    def codes(self, rows: Float[Tensor, "row d"], most: int) -> Float[Tensor, "row latent"]:
        """One code a row."""
        del most
        return F.one_hot(torch.cdist(rows - self.mean, self.atoms).argmin(dim=1), len(self.atoms)).to(rows.dtype)


@dataclass(frozen=True, kw_only=True, eq=False)
class Pursuit(Dictionary):
    """Matching pursuit over directions of length 1."""

    def codes(self, rows: Float[Tensor, "row d"], most: int) -> Float[Tensor, "row latent"]:
        """As many rounds as codes are allowed."""
        return matching_pursuit(rows - self.mean, self.atoms, most)


@dataclass(frozen=True, kw_only=True, eq=False)
class Projections(Dictionary):
    """Linear readings of a row.

    Attributes:
        readers: what each latent reads.
        signed: whether a code may be negative.
    """

    readers: Float[Tensor, "latent d"]
    signed: bool

    def codes(self, rows: Float[Tensor, "row d"], most: int) -> Float[Tensor, "row latent"]:
        """The largest readings."""
        reads = (rows - self.mean) @ self.readers.T
        return largest(reads if self.signed else F.relu(reads), most)


@dataclass(frozen=True, kw_only=True, eq=False)
class Parts(Dictionary):
    """Non-negative factors of the positive and of the negative parts of rows, side by side.

    Attributes:
        model: scikit-learn's.
    """

    model: Any

    def codes(self, rows: Float[Tensor, "row d"], most: int) -> Float[Tensor, "row latent"]:
        """The largest of the non-negative least squares codes."""
        found = self.model.transform(_split(rows - self.mean))
        return largest(torch.from_numpy(found).to(rows.dtype), most)


def kmeans(rows: Float[Tensor, "row d"], width: int, rng: torch.Generator) -> Clusters:
    """Centroids of Lloyd's algorithm, one start."""
    mean = rows.mean(dim=0)
    return Clusters(mean=mean, atoms=_centroids(rows - mean, width, rng))


def pursuit(rows: Float[Tensor, "row d"], width: int, rng: torch.Generator) -> Pursuit:
    """Matching pursuit over the directions of centroids."""
    mean = rows.mean(dim=0)
    return Pursuit(mean=mean, atoms=F.normalize(_centroids(rows - mean, width, rng), dim=1))


def pca(rows: Float[Tensor, "row d"], width: int, rng: torch.Generator) -> Projections:
    """Principal directions, as many as there are dimensions at most; codes have signs."""
    del rng
    mean = rows.mean(dim=0)
    values, vectors = torch.linalg.eigh((rows - mean).double().T @ (rows - mean).double())
    atoms = vectors.T[values.argsort(descending=True)][:width].to(rows.dtype)
    return Projections(mean=mean, atoms=atoms, readers=atoms, signed=True)


def ica(rows: Float[Tensor, "row d"], width: int, rng: torch.Generator) -> Projections:
    """Independent components, as many as there are dimensions at most; turned so that each is skewed to the right."""
    from sklearn.decomposition import FastICA

    mean = rows.mean(dim=0)
    rank = int(torch.linalg.matrix_rank((rows - mean).double()))
    count = max(1, min(width, rank))
    model = FastICA(count, whiten="unit-variance", max_iter=200, tol=1e-3, random_state=_seed(rng))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # components that have not settled are still components
        model.fit((rows - mean).numpy())
    readers = torch.from_numpy(model.components_).to(rows.dtype)
    atoms = torch.from_numpy(model.mixing_.T.copy()).to(rows.dtype)
    sign = ((rows - mean) @ readers.T).pow(3).mean(dim=0).sign()[:, None]
    return Projections(mean=mean, atoms=sign * atoms, readers=sign * readers, signed=False)


def nmf(rows: Float[Tensor, "row d"], width: int, rng: torch.Generator) -> Parts:
    """Non-negative factors of [relu(row), relu(-row)], twice as wide; a factor writes the difference of its halves.

    By multiplicative updates: on a world of suite dev, coordinate descent took twice as long and its codes correlated
    half as much with what is planted.
    """
    from sklearn.decomposition import NMF

    mean = rows.mean(dim=0)
    start = "nndsvda" if width <= min(NMF_ROWS, len(rows), 2 * rows.shape[1]) else "random"
    model = NMF(width, init=start, solver="mu", max_iter=NMF_STEPS, tol=1e-3, random_state=_seed(rng))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(_split(rows[:NMF_ROWS] - mean))
    up, down = torch.from_numpy(model.components_).to(rows.dtype).chunk(2, dim=1)
    return Parts(mean=mean, atoms=up - down, model=model)


def neurons(rows: Float[Tensor, "row d"], width: int, rng: torch.Generator) -> Projections:
    """The coordinates themselves, those with the largest variance first; codes have signs."""
    del rng
    order = rows.var(dim=0).argsort(descending=True)[:width]
    atoms = torch.eye(rows.shape[1], dtype=rows.dtype)[order]
    return Projections(mean=rows.mean(dim=0), atoms=atoms, readers=atoms, signed=True)


def random(rows: Float[Tensor, "row d"], width: int, rng: torch.Generator) -> Projections:
    """Random directions; the codes are the largest positive projections, and are not fitted to anything."""
    atoms = F.normalize(torch.randn(width, rows.shape[1], generator=rng), dim=1).to(rows.dtype)
    return Projections(mean=rows.mean(dim=0), atoms=atoms, readers=atoms, signed=False)


FITS: Mapping[str, Callable[[Tensor, int, torch.Generator], Dictionary]] = {
    "kmeans": kmeans,
    "pca": pca,
    "ica": ica,
    "nmf": nmf,
    "neurons": neurons,
    "random": random,
    "pursuit": pursuit,
}
"""Name -> fit of a dictionary to rows, with a width and a generator."""


def _centroids(centred: Float[Tensor, "row d"], width: int, rng: torch.Generator) -> Float[Tensor, "cluster d"]:
    from scipy.cluster.vq import kmeans2  # scikit-learn's asks /proc for thread pools, which no cell may read
    from sklearn.cluster import kmeans_plusplus  # which does not, and is faster than SciPy's

    some = centred[:KMEANS_ROWS].float().numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer distinct rows than clusters
        start, _ = kmeans_plusplus(some, min(width, len(some)), random_state=_seed(rng))
        found, _ = kmeans2(some, start, iter=50, minit="matrix")
    return torch.from_numpy(found).to(centred.dtype)


def _split(centred: Float[Tensor, "row d"]) -> Float[np.ndarray, "row twice_d"]:
    found: np.ndarray = torch.cat([F.relu(centred), F.relu(-centred)], dim=1).float().numpy()
    return found


def _seed(rng: torch.Generator) -> int:
    return int(torch.randint(2**31 - 1, (1,), generator=rng))
