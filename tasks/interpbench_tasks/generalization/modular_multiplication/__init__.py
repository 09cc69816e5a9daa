"""Multiplication modulo a prime, zero left out: addition in disguise, in a basis where Fourier scores fail."""

from typing import final

import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.models.config import ModelConfig, TransformerConfig
from interpbench.models.data import Domain
from interpbench.models.train import Training
from interpbench.tracks.generalization import pools
from interpbench.tracks.generalization.design import Stratum
from interpbench.tracks.generalization.family import GeneralizationTask

P = 29
N = P - 1
"""Factors 1 ... P - 1 are the tokens 0 ... P - 2."""


def _transformer(_: Domain) -> ModelConfig:
    return TransformerConfig(vocabulary=N, length=2, positions=(1,), classes=N, d_model=32, n_heads=4, d_mlp=128)


FIT = Training(learning_rate=1e-2, weight_decay=2.0, max_steps=800, embedding_scale=3.0)


@final
class ModularMultiplication(GeneralizationTask):
    """a * b mod 29 for a, b in 1 ... 28, split by unordered pair."""

    name = "modular_multiplication"
    version = "1.0"
    domain = Domain(alphabets=(tuple(range(N)),) * 2, positions=(1,), classes=N)
    strata = (
        Stratum(
            name="transformer",
            architecture=_transformer,
            rotate=False,
            matched=6,
            pools=(
                pools.generalisers(FIT, 0.75, count=3),
                pools.no_weight_decay(FIT, 0.75, count=2),
                pools.random_start(FIT, 0.75, count=2),
                pools.fewer_rows(FIT, 0.35, count=4),
                pools.seeds(FIT, 0.65, steps=400, count=14),
                pools.runs(FIT, 0.6, steps=700, count=14, checkpoints=(100, 150, 200, 300, 400, 500, 600)),
                pools.contaminated(FIT, 0.75, poison=1.0, count=4),
                pools.random_rule(FIT, 0.75, count=2),
            ),
        ),
    )

    def label(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row answer"]:
        """The product."""
        return (tokens[:, :1] + 1) * (tokens[:, 1:] + 1) % P - 1

    def orbit(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row width"]:
        """(a, b) and (b, a) belong together."""
        return torch.sort(tokens, dim=1).values
