"""Composition in a dihedral group, the rotations and mirror images of a polygon: half abelian, half not."""

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

SIDES = 12
N = 2 * SIDES
"""Token r + SIDES * s is a mirror image first if s = 1, then a rotation by r corners."""


def _transformer(_: Domain) -> ModelConfig:
    return TransformerConfig(vocabulary=N, length=2, positions=(1,), classes=N, d_model=32, n_heads=4, d_mlp=192)


FIT = Training(learning_rate=1e-2, weight_decay=2.0, max_steps=1000, decay=0.2, embedding_scale=3.0)


def product(tokens: Int[Tensor, "row length"]) -> Int[Tensor, " row"]:
    """The first element after the second; a mirror image turns the rotation that it meets around."""
    turn, flip = tokens % SIDES, tokens // SIDES
    sign = 1 - 2 * flip[:, 0]
    return (turn[:, 0] + sign * turn[:, 1]) % SIDES + SIDES * (flip[:, 0] ^ flip[:, 1])


@final
class DihedralGroup(GeneralizationTask):
    """a after b for the 24 symmetries of the dodecagon; pairs that commute belong together.

    Seeds differ at .65 of the table: of twelve, after 450 steps, one composed, nine memorised and two stood between; of
    nine, after 800, one, two and six. The pool stops in the middle.
    """

    name = "dihedral_group"
    version = "1.0"
    domain = Domain(alphabets=(tuple(range(N)),) * 2, positions=(1,), classes=N)
    strata = (
        Stratum(
            name="transformer",
            architecture=_transformer,
            matched=6,
            pools=(
                pools.generalisers(FIT, 0.75, count=3, tries=8),
                pools.no_weight_decay(FIT, 0.75, count=2),
                pools.random_start(FIT, 0.75, count=2),
                pools.fewer_rows(FIT, 0.4, count=3),
                pools.seeds(FIT, 0.65, steps=600, count=12),
                pools.contaminated(FIT, 0.75, poison=1.0, count=3),
                pools.random_rule(FIT, 0.75, count=3),
            ),
        ),
    )

    def label(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row answer"]:
        """The product."""
        return product(tokens)[:, None]

    def orbit(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row width"]:
        """(a, b) and (b, a) belong together where a and b commute."""
        commute = product(tokens) == product(tokens.flip(1))
        return torch.where(commute[:, None], tokens.sort(dim=1).values, tokens)
