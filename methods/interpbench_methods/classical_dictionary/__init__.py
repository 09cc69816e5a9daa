"""Classical dictionaries at the same size and the same number of codes: what sparse autoencoders have to beat."""

from collections.abc import Sequence
from typing import final

from jaxtyping import Float
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.plugins.family import Family
from interpbench.plugins.manifest import nearest
from interpbench.plugins.method import Method
from interpbench.toolkit.dictionaries import FITS, Dictionary
from interpbench.tracks.context import Context
from interpbench.tracks.features.enter import EntersFeatures
from interpbench.tracks.features.with_dictionary import WithDictionary


@final
class ClassicalDictionary(Method, WithDictionary, EntersFeatures):
    """Centroids, principal or independent components, non-negative factors, coordinates, or random directions.

    Fits are scikit-learn's. A row keeps its `active` largest codes, except that k-means has one code a row, and that
    `pursuit` writes rows greedily with the directions of centroids. NMF reads the positive and the negative part of a
    centred row side by side. Components come in no larger number than dimensions.

    References: Lloyd 1982, k-means; Hyvarinen & Oja 2000, FastICA; Lee & Seung 1999, NMF; Mallat & Zhang 1993,
    matching pursuit; Pedregosa et al. 2011, scikit-learn.
    """

    name = "classical-dictionary"
    family = Family.DICTIONARY
    tier = Tier.WEIGHTS
    version = "1.0"

    kind: str  # a name in FITS

    def __post_init__(self) -> None:
        """Raises ValueError for a kind that there is not, naming the nearest."""
        if self.kind not in FITS:
            raise ValueError(f"no dictionary {self.kind!r}{nearest(self.kind, FITS)}")

    def fit(self, sets: Sequence[Float[Tensor, "row d"]], size: int, active: int, ctx: Context) -> list[Dictionary]:
        """Each set by itself."""
        del active
        return [FITS[self.kind](rows, size, ctx.rng) for rows in sets]
