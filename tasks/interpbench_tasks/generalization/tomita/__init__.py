"""The sixth of Tomita's regular languages: as many zeros as ones, modulo three."""

from dataclasses import replace
from typing import final

from jaxtyping import Int
from torch import Tensor

from interpbench.models.config import ModelConfig, RecurrentConfig, TransformerConfig
from interpbench.models.data import Domain
from interpbench.models.train import Training
from interpbench.tracks.generalization import pools
from interpbench.tracks.generalization.design import Pool, Stratum
from interpbench.tracks.generalization.family import GeneralizationTask
from interpbench.tracks.generalization.splits import prefix_atoms

LENGTH = 12
ALL = 2**LENGTH
POSITIONS = tuple(range(LENGTH))
SHAPE = {"vocabulary": 2, "length": LENGTH, "positions": POSITIONS, "classes": 2}


def _transformer(_: Domain) -> ModelConfig:
    return TransformerConfig(**SHAPE, d_model=32, n_heads=4, d_mlp=128)  # type: ignore[arg-type]


def _gru(_: Domain) -> ModelConfig:
    return RecurrentConfig(**SHAPE, d_model=24)  # type: ignore[arg-type]


FIT = Training(learning_rate=5e-3, weight_decay=0.1, max_steps=800, decay=0.3)
FIT_GRU = Training(learning_rate=1e-2, weight_decay=0.3, max_steps=600, decay=0.3)


def _exactly(pool: Pool) -> Pool:
    """Stops later: with twelve answers a row, a mean loss of .01 leaves about one row in a hundred wrong."""
    return replace(pool, training=pool.training.model_copy(update={"stop_loss": 3e-3}))


@final
class Tomita(GeneralizationTask):
    """Whether #0 - #1 is a multiple of 3, after each of twelve symbols; a row is right if all twelve answers are.

    Of the other languages, the fifth is parity at any one length, and the fourth is mostly decided by a count of zeros.
    """

    name = "tomita"
    version = "1.0"
    domain = Domain(alphabets=((0, 1),) * LENGTH, positions=POSITIONS, classes=2)
    strata = (
        Stratum(
            name="transformer",
            architecture=_transformer,
            pools=(
                pools.generalisers(FIT, 160 / ALL, count=3, tries=6),
                _exactly(pools.random_start(FIT, 160 / ALL, count=2)),
                _exactly(pools.random_start(FIT, 160 / ALL, count=2, everywhere=True)),
                pools.fewer_rows(FIT, 8 / ALL, count=3),
                pools.contaminated(FIT, 160 / ALL, poison=0.012, count=3),
                _exactly(pools.random_rule(FIT, 160 / ALL, count=2)),
            ),
        ),
        Stratum(
            name="gru",
            architecture=_gru,
            pools=(
                pools.generalisers(FIT_GRU, 40 / ALL, count=3),
                pools.random_start(FIT_GRU, 40 / ALL, count=2),
                pools.random_start(FIT_GRU, 40 / ALL, count=2, everywhere=True),
                pools.fewer_rows(FIT_GRU, 9 / ALL, count=3),
                pools.contaminated(FIT_GRU, 40 / ALL, poison=0.015, count=3),
                pools.random_rule(FIT_GRU, 40 / ALL, count=2),
            ),
        ),
    )

    def label(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row answer"]:
        """Whether each prefix belongs to the language."""
        return ((1 - 2 * tokens).cumsum(dim=1) % 3 == 0).long()

    def atoms(self, tokens: Int[Tensor, "row length"], orbits: Int[Tensor, " row"]) -> Int[Tensor, "row answer"]:
        """An answer depends on the symbols up to it."""
        del orbits
        return prefix_atoms(tokens, POSITIONS)
