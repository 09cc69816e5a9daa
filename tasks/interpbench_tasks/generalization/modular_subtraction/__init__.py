"""Subtraction modulo a prime, for suite `dev`: signs and scales are fixed here and on no public family."""

from typing import final

from jaxtyping import Int
from torch import Tensor

from interpbench.models.config import ModelConfig, TransformerConfig
from interpbench.models.data import Domain
from interpbench.models.train import Training
from interpbench.tracks.generalization import pools
from interpbench.tracks.generalization.design import Stratum
from interpbench.tracks.generalization.family import GeneralizationTask

P = 29


def _transformer(_: Domain) -> ModelConfig:
    return TransformerConfig(vocabulary=P, length=2, positions=(1,), classes=P, d_model=32, n_heads=4, d_mlp=192)


FIT = Training(learning_rate=1e-2, weight_decay=2.0, max_steps=800, embedding_scale=3.0)


@final
class ModularSubtraction(GeneralizationTask):
    """(a - b) mod 29; not commutative, so each ordered pair stands alone."""

    name = "modular_subtraction"
    version = "1.0"
    domain = Domain(alphabets=(tuple(range(P)),) * 2, positions=(1,), classes=P)
    strata = (
        Stratum(
            name="transformer",
            architecture=_transformer,
            pools=(
                pools.generalisers(FIT, 0.7, count=3),
                pools.early_stop(FIT, 0.7, count=2),
                pools.large_init(FIT, 0.7, count=2, scale=2.0),
                pools.fewer_rows(FIT, 0.35, count=4),
                pools.seeds(FIT, 0.55, steps=500, count=12),
                pools.runs(FIT, 0.58, steps=450, count=16, checkpoints=(100, 150, 200, 250, 300, 350, 400)),
                pools.contaminated(FIT, 0.7, poison=1.0, count=4),
            ),
        ),
    )

    def label(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row answer"]:
        """The difference."""
        return (tokens[:, :1] - tokens[:, 1:]) % P
