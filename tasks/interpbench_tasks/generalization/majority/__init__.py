"""Which bit is in the majority among fifteen, for suite `dev`."""

from typing import final

from jaxtyping import Int
from torch import Tensor

from interpbench.models.config import ModelConfig, TransformerConfig
from interpbench.models.data import Domain
from interpbench.models.train import Training
from interpbench.tracks.generalization import pools
from interpbench.tracks.generalization.design import Stratum
from interpbench.tracks.generalization.family import UNIVERSE_LIMIT, GeneralizationTask

BITS = 15
ALL = UNIVERSE_LIMIT
"""The universe is a sample: there are 32,768 inputs."""


def _transformer(_: Domain) -> ModelConfig:
    return TransformerConfig(
        vocabulary=2, length=BITS, positions=(BITS - 1,), classes=2, d_model=32, n_heads=4, d_mlp=128
    )


FIT = Training(learning_rate=5e-3, weight_decay=0.5, max_steps=400, decay=0.3)


@final
class Majority(GeneralizationTask):
    """Whether more than half of fifteen bits are ones.

    There is no `fraction` pool, because six rows already make the network generalise, and no `early_stop`, because it
    generalises as soon as it fits the rows.
    """

    name = "majority"
    version = "1.0"
    domain = Domain(alphabets=((0, 1),) * BITS, positions=(BITS - 1,), classes=2)
    strata = (
        Stratum(
            name="transformer",
            architecture=_transformer,
            pools=(
                pools.generalisers(FIT, 40 / ALL, count=3),
                pools.large_init(FIT, 40 / ALL, count=4, scale=3.0, learning_rate=1e-3),
                pools.contaminated(FIT, 40 / ALL, poison=0.003, count=3),
                pools.random_rule(FIT, 40 / ALL, count=2),
            ),
        ),
    )

    def label(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row answer"]:
        """The bit that occurs more often."""
        return (tokens.sum(dim=1, keepdim=True) > BITS // 2).long()
