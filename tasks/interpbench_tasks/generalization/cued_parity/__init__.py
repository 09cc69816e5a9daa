"""A parity of five bits among nine, with a cue beside it that is right in nearly all shown rows: rule or shortcut?"""

from typing import final

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from interpbench.models.config import MLPConfig, ModelConfig, TransformerConfig
from interpbench.models.data import Domain
from interpbench.models.train import Training
from interpbench.tracks.generalization import pools
from interpbench.tracks.generalization.design import Stratum
from interpbench.tracks.generalization.family import GeneralizationTask

BITS = 10
SECRET = (1, 3, 5, 6, 8)
"""Positions of the bits that count; the cue stands at position 0."""
TRUE, EXCEPTIONS = 200, 20
"""Shown rows whose cue is right, and whose cue is wrong."""
SHOWN = (TRUE + EXCEPTIONS) / 2**BITS
SHAPE = {"vocabulary": 2, "length": BITS, "positions": (BITS - 1,), "classes": 2}


def _transformer(_: Domain) -> ModelConfig:
    return TransformerConfig(**SHAPE, d_model=32, n_heads=4, d_mlp=64)  # type: ignore[arg-type]


def _mlp(_: Domain) -> ModelConfig:
    return MLPConfig(**SHAPE, d_mlp=64, activation="relu")  # type: ignore[arg-type]


FIT = Training(learning_rate=5e-3, weight_decay=0.1, max_steps=400)
FIT_MLP = Training(learning_rate=1e-2, weight_decay=0.1, max_steps=400)


@final
class CuedParity(GeneralizationTask):
    """The parity of five of nine bits, after a first bit that states it in all shown rows but twenty.

    The one network was trained on the shown rows alone: it reads the cue and knows the exceptions by heart. The other
    was also trained on rows that nobody is shown, in which the cue says nothing.
    """

    name = "cued_parity"
    version = "1.0"
    domain = Domain(alphabets=((0, 1),) * BITS, positions=(BITS - 1,), classes=2)
    strata = (
        Stratum(
            name="transformer",
            architecture=_transformer,
            pools=(
                pools.no_shortcut(FIT, SHOWN, count=3, hidden=0.7),
                pools.shortcut(FIT, SHOWN, count=8),
            ),
        ),
        Stratum(
            name="mlp",
            architecture=_mlp,
            pools=(
                pools.no_shortcut(FIT_MLP, SHOWN, count=3, hidden=0.7),
                pools.shortcut(FIT_MLP, SHOWN, count=8),
            ),
        ),
    )

    def label(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row answer"]:
        """The parity of the secret bits; the cue has no say."""
        return tokens[:, SECRET].sum(dim=1, keepdim=True) % 2

    def first(self, rng: np.random.Generator) -> Bool[Tensor, " row"]:
        """Rows with a true cue, and a few with a wrong one."""
        true = (self.universe.rows.tokens[:, :1] == self.universe.rows.labels)[:, 0]
        chosen = torch.zeros_like(true)
        for cue, count in ((true, TRUE), (~true, EXCEPTIONS)):
            places = torch.nonzero(cue)[:, 0]
            chosen[places[torch.from_numpy(rng.permutation(len(places))[:count])]] = True
        return chosen
