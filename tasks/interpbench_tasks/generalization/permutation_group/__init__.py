"""Composition in the permutation group S4: the smallest of the groups on which transformers were seen to grok."""

from itertools import permutations
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

ELEMENTS = list(permutations(range(4)))
N = len(ELEMENTS)
NUMBER = {element: number for number, element in enumerate(ELEMENTS)}
TABLE = torch.tensor([[NUMBER[tuple(a[b[i]] for i in range(4))] for b in ELEMENTS] for a in ELEMENTS])
"""(a, b) -> number of a after b."""


def _transformer(_: Domain) -> ModelConfig:
    return TransformerConfig(vocabulary=N, length=2, positions=(1,), classes=N, d_model=32, n_heads=4, d_mlp=192)


FIT = Training(learning_rate=1e-2, weight_decay=2.5, max_steps=1000, embedding_scale=3.0)


@final
class PermutationGroup(GeneralizationTask):
    """a after b for a, b in S4; not commutative, so each ordered pair stands alone."""

    name = "permutation_group"
    version = "1.0"
    domain = Domain(alphabets=(tuple(range(N)),) * 2, positions=(1,), classes=N)
    strata = (
        Stratum(
            name="transformer",
            architecture=_transformer,
            matched=6,
            pools=(
                pools.generalisers(FIT, 0.8, count=3, tries=8),
                pools.no_weight_decay(FIT, 0.8, count=2),
                pools.random_start(FIT, 0.8, count=2),
                pools.fewer_rows(FIT, 0.5, count=4),
                pools.seeds(FIT, 0.7, steps=1000, count=12),
                pools.runs(FIT, 0.75, steps=1000, count=14, checkpoints=(100, 125, 150, 400)),
                pools.contaminated(FIT, 0.8, poison=1.0, count=4),
                pools.random_rule(FIT, 0.8, count=2),
            ),
        ),
    )

    def label(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row answer"]:
        """The composition."""
        return TABLE[tokens[:, 0], tokens[:, 1]][:, None]
