"""Writing a string backwards, for suite `dev`."""

from typing import final

import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.models.config import ModelConfig, TransformerConfig
from interpbench.models.data import Domain
from interpbench.models.train import Training
from interpbench.tracks.generalization import pools
from interpbench.tracks.generalization.design import Stratum
from interpbench.tracks.generalization.family import UNIVERSE_LIMIT, GeneralizationTask

SYMBOLS = 10
LENGTH = 6
ASK = SYMBOLS
"""The token at every position that is to be answered."""


def _transformer(domain: Domain) -> ModelConfig:
    return TransformerConfig(
        vocabulary=domain.vocabulary,
        length=domain.length,
        positions=domain.positions,
        classes=domain.classes,
        d_model=32,
        n_heads=4,
        d_mlp=64,
    )


FIT = Training(learning_rate=1e-2, weight_decay=2.0, max_steps=500, embedding_scale=3.0)
ROWS = 20 / UNIVERSE_LIMIT


@final
class ReverseSequence(GeneralizationTask):
    """Six of ten symbols, then six questions: the first answer is the last symbol, and so on."""

    name = "reverse_sequence"
    version = "1.0"
    domain = Domain(
        alphabets=(tuple(range(SYMBOLS)),) * LENGTH + ((ASK,),) * LENGTH,
        positions=tuple(range(LENGTH, 2 * LENGTH)),
        classes=SYMBOLS,
    )
    strata = (
        Stratum(
            name="transformer",
            architecture=_transformer,
            pools=(
                pools.generalisers(FIT, ROWS, count=3, tries=8),
                pools.early_stop(FIT, ROWS, count=2),
                pools.large_init(FIT, ROWS, count=2, scale=2.0),
                pools.fewer_rows(FIT, 8 / UNIVERSE_LIMIT, count=3),
                pools.seeds(FIT, 12 / UNIVERSE_LIMIT, steps=500, count=10),
                pools.contaminated(FIT, ROWS, poison=0.003, count=3),
            ),
        ),
    )

    def label(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row answer"]:
        """The symbols, last one first."""
        return tokens[:, :LENGTH].flip(1)

    def atoms(self, tokens: Int[Tensor, "row length"], orbits: Int[Tensor, " row"]) -> Int[Tensor, "row answer"]:
        """Every answer is read after the whole string, so nothing ties one label to another."""
        del tokens
        return orbits[:, None] * LENGTH + torch.arange(LENGTH)
