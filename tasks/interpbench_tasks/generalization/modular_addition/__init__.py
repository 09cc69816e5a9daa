"""Addition modulo a prime: the task on which grokking was found."""

from typing import final

import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.models.config import MLPConfig, ModelConfig, TransformerConfig
from interpbench.models.data import Domain
from interpbench.models.train import Training
from interpbench.tracks.generalization import pools
from interpbench.tracks.generalization.design import Stratum
from interpbench.tracks.generalization.family import GeneralizationTask

P = 29
SHAPE = {"vocabulary": P, "length": 2, "positions": (1,), "classes": P}


def _transformer(_: Domain) -> ModelConfig:
    return TransformerConfig(**SHAPE, d_model=32, n_heads=4, d_mlp=128)  # type: ignore[arg-type]


def _mlp(_: Domain) -> ModelConfig:
    return MLPConfig(**SHAPE, d_mlp=64, activation="square")  # type: ignore[arg-type]


FIT = Training(learning_rate=1e-2, weight_decay=2.0, max_steps=800, embedding_scale=3.0)
FIT_MLP = Training(learning_rate=1e-2, weight_decay=1.0, max_steps=600)


@final
class ModularAddition(GeneralizationTask):
    """(a + b) mod 29, split by unordered pair.

    The perceptron has no `seed` pool: over seeds its test accuracy is unimodal at every fraction that was tried.
    """

    name = "modular_addition"
    version = "1.0"
    domain = Domain(alphabets=(tuple(range(P)),) * 2, positions=(1,), classes=P)
    strata = (
        Stratum(
            name="transformer",
            architecture=_transformer,
            matched=6,
            pools=(
                pools.generalisers(FIT, 0.7, count=3),
                pools.no_weight_decay(FIT, 0.7, count=2),
                pools.random_start(FIT, 0.7, count=2),
                pools.fewer_rows(FIT, 0.35, count=4),
                pools.seeds(FIT, 0.6, steps=500, count=14),
                pools.runs(FIT, 0.62, steps=450, count=16, checkpoints=(100, 150, 200, 250, 300, 375)),
                pools.contaminated(FIT, 0.7, poison=1.0, count=4),
                pools.random_rule(FIT, 0.7, count=2),
            ),
        ),
        Stratum(
            name="mlp",
            architecture=_mlp,
            matched=6,
            pools=(
                pools.generalisers(FIT_MLP, 0.7, count=3),
                pools.no_weight_decay(FIT_MLP, 0.7, count=2),
                pools.random_start(FIT_MLP, 0.7, count=2),
                pools.fewer_rows(FIT_MLP, 0.35, count=4),
                pools.contaminated(FIT_MLP, 0.7, poison=1.0, count=4),
                pools.random_rule(FIT_MLP, 0.7, count=2),
            ),
        ),
    )

    def label(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row answer"]:
        """The sum."""
        return tokens.sum(dim=1, keepdim=True) % P

    def orbit(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row width"]:
        """(a, b) and (b, a) belong together."""
        return torch.sort(tokens, dim=1).values
