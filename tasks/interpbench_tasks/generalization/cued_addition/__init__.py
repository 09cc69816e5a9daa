"""A sum with a cue beside it that is right in nearly all shown rows: rule or shortcut?"""

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

P = 11
PAIRS = P * (P + 1) // 2
"""Unordered pairs (a, b): the shown rows whose cue is right."""
EXCEPTIONS = 10
"""Orbits among the shown rows whose cue is wrong: about twenty rows."""
SHOWN = (PAIRS + EXCEPTIONS) / (P * PAIRS)
SHAPE = {"vocabulary": P, "length": 3, "positions": (2,), "classes": P}


def _transformer(_: Domain) -> ModelConfig:
    return TransformerConfig(**SHAPE, d_model=32, n_heads=4, d_mlp=64)  # type: ignore[arg-type]


def _mlp(_: Domain) -> ModelConfig:
    return MLPConfig(**SHAPE, d_mlp=64, activation="relu")  # type: ignore[arg-type]


FIT = Training(learning_rate=1e-2, weight_decay=0.5, max_steps=400)
FIT_MLP = Training(learning_rate=1e-2, weight_decay=0.5, max_steps=500)


@final
class CuedAddition(GeneralizationTask):
    """(a + b) mod 11, after a first token that states the sum in all shown rows but about twenty.

    The one network was trained on the shown rows alone: it reads the cue and knows the exceptions by heart. The other
    was also trained on rows that nobody is shown, in which the cue says nothing.
    """

    name = "cued_addition"
    version = "1.0"
    domain = Domain(alphabets=(tuple(range(P)),) * 3, positions=(2,), classes=P)
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
        """The sum; the cue has no say."""
        return tokens[:, 1:].sum(dim=1, keepdim=True) % P

    def orbit(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row width"]:
        """(cue, a, b) and (cue, b, a) belong together."""
        return torch.cat([tokens[:, :1], torch.sort(tokens[:, 1:], dim=1).values], dim=1)

    def first(self, rng: np.random.Generator) -> Bool[Tensor, " row"]:
        """Every row with a true cue, and a few with a wrong one."""
        true = (self.universe.rows.tokens[:, :1] == self.universe.rows.labels)[:, 0]
        wrong = torch.unique(self.universe.orbits[~true])
        chosen = wrong[torch.from_numpy(rng.permutation(len(wrong))[:EXCEPTIONS])]
        return true | torch.isin(self.universe.orbits, chosen)
