"""The parity of three hidden bits among fourteen, for suite `dev`."""

from typing import final

from jaxtyping import Int
from torch import Tensor

from interpbench.models.config import MLPConfig, ModelConfig
from interpbench.models.data import Domain
from interpbench.models.train import Training
from interpbench.tracks.generalization import pools
from interpbench.tracks.generalization.design import Stratum
from interpbench.tracks.generalization.family import GeneralizationTask

BITS = 14
SECRET = (2, 5, 11)
ALL = 2**BITS


def _mlp(_: Domain) -> ModelConfig:
    return MLPConfig(vocabulary=2, length=BITS, positions=(BITS - 1,), classes=2, d_mlp=64, activation="relu")


FIT = Training(learning_rate=1e-2, weight_decay=1.0, max_steps=400)


@final
class SparseParity(GeneralizationTask):
    """The sum of bits 2, 5 and 11 modulo 2."""

    name = "sparse_parity"
    version = "1.0"
    domain = Domain(alphabets=((0, 1),) * BITS, positions=(BITS - 1,), classes=2)
    strata = (
        Stratum(
            name="mlp",
            architecture=_mlp,
            pools=(
                pools.generalisers(FIT, 200 / ALL, count=3, tries=6),
                pools.early_stop(FIT, 200 / ALL, count=2, loss=0.12),
                pools.large_init(FIT, 200 / ALL, count=2, scale=4.0),
                pools.fewer_rows(FIT, 70 / ALL, count=4),
                pools.contaminated(FIT, 200 / ALL, poison=0.005, count=4),
            ),
        ),
    )

    def label(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row answer"]:
        """The parity of the secret bits."""
        return tokens[:, SECRET].sum(dim=1, keepdim=True) % 2
