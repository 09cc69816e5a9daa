"""Sparse autoencoders: activations as sparse sums of learned directions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.names import generator
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.dictionaries import Autoencoders, Kind, Recipe, train
from interpbench.tracks.context import Context
from interpbench.tracks.features.enter import EntersFeatures
from interpbench.tracks.features.with_dictionary import WithDictionary


@final
class SparseAutoencoder(Method, WithDictionary, EntersFeatures):
    """Latents of an autoencoder with few codes a row stand for the variables that a network computes with.

    One autoencoder is trained on the shown rows and, stacked with it, one on the control's. Codes of asked rows: the
    kind's own rule, of which the largest `active` codes are kept. Variables are predicted from the latents that
    correlate with them most. Superposition: several codes explain more beyond one than on rows without structure.

    References: Bricken et al. 2023, L1; Gao et al. 2024 (arXiv:2406.04093), TopK; Bussmann et al. 2024
    (arXiv:2412.06410), BatchTopK; Rajamanoharan et al. 2024 (arXiv:2407.14435), JumpReLU; Bussmann et al. 2025
    (arXiv:2503.17547), Matryoshka; Costa et al. 2025 (arXiv:2506.03093), matching pursuit.
    """

    name = "sae"
    family = Family.SAE
    tier = Tier.WEIGHTS
    version = "1.0"

    kind: Kind
    steps: int = 600  # of Adam
    batch: int = 128
    learning_rate: float = 4e-3

    def fit(self, sets: Sequence[Float[Tensor, "row d"]], size: int, active: int, ctx: Context) -> list["_One"]:
        """A stack, each with a stream of its own."""
        recipe = Recipe(
            kind=Kind(self.kind),
            width=size,
            k=active,
            steps=self.steps,
            batch=self.batch,
            learning_rate=self.learning_rate,
        )
        seed = int(torch.randint(2**31, (1,), generator=ctx.rng))
        found = train(torch.stack(list(sets)), recipe, [generator("sae", seed, place) for place in range(len(sets))])
        return [_One(found[place]) for place in range(len(sets))]


@dataclass(frozen=True)
class _One:
    """One of a stack."""

    stack: Autoencoders

    def codes(self, rows: Float[Tensor, "row d"], most: int) -> Float[Tensor, "row latent"]:
        return self.stack.codes(rows[None], most)[0]

    def decode(self, codes: Float[Tensor, "row latent"]) -> Float[Tensor, "row d"]:
        return self.stack.decode(codes[None])[0]
