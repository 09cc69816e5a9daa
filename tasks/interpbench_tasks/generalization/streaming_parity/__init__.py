"""The parity of a stream of bits, read at its end by a recurrent net."""

from typing import final

from jaxtyping import Int
from torch import Tensor

from interpbench.models.config import ModelConfig, RecurrentConfig
from interpbench.models.data import Domain
from interpbench.models.train import Training
from interpbench.tracks.generalization import pools
from interpbench.tracks.generalization.design import Stratum
from interpbench.tracks.generalization.family import GeneralizationTask

BITS = 10
ALL = 2**BITS


def _gru(_: Domain) -> ModelConfig:
    return RecurrentConfig(vocabulary=2, length=BITS, positions=(BITS - 1,), classes=2, d_model=24)


FIT = Training(learning_rate=1e-2, weight_decay=0.3, max_steps=500)


@final
class StreamingParity(GeneralizationTask):
    """The sum of ten bits modulo 2, after the last of them.

    Asked after every bit, eight rows already make the net generalise, so that nothing memorises. Over seeds its test
    accuracy is spread between .5 and .95, so there is no `seed` pool.
    """

    name = "streaming_parity"
    version = "1.0"
    domain = Domain(alphabets=((0, 1),) * BITS, positions=(BITS - 1,), classes=2)
    strata = (
        Stratum(
            name="gru",
            architecture=_gru,
            pools=(
                pools.generalisers(FIT, 300 / ALL, count=3),
                pools.random_start(FIT, 300 / ALL, count=4, learning_rate=1e-3, steps=1000),
                pools.fewer_rows(FIT, 60 / ALL, count=4),
                pools.contaminated(FIT, 300 / ALL, poison=0.43, count=4),
                pools.random_rule(FIT, 300 / ALL, count=2, steps=3000),
            ),
        ),
    )

    def label(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row answer"]:
        """The parity."""
        return tokens.sum(dim=1, keepdim=True) % 2
