"""Division modulo a prime: not commutative, and undone by exchanging the two inputs."""

from typing import final

import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.models.config import MLPConfig, ModelConfig, TransformerConfig
from interpbench.models.data import Domain
from interpbench.models.train import Training
from interpbench.tracks.generalization import pools
from interpbench.tracks.generalization.design import Stratum
from interpbench.tracks.generalization.family import GeneralizationTask
from interpbench.tracks.generalization.splits import dense

P = 31
N = P - 1
"""The numbers 1 ... P - 1 are the tokens 0 ... P - 2."""
INVERSE = torch.tensor([pow(number, -1, P) for number in range(1, P)])
SHAPE = {"vocabulary": N, "length": 2, "positions": (1,), "classes": N}


def _transformer(_: Domain) -> ModelConfig:
    return TransformerConfig(**SHAPE, d_model=32, n_heads=4, d_mlp=128)  # type: ignore[arg-type]


def _mlp(_: Domain) -> ModelConfig:
    return MLPConfig(**SHAPE, d_mlp=64, activation="square")  # type: ignore[arg-type]


FIT = Training(learning_rate=1e-2, weight_decay=2.0, max_steps=800, embedding_scale=3.0)
FIT_MLP = Training(learning_rate=1e-2, weight_decay=1.0, max_steps=600)


@final
class ModularDivision(GeneralizationTask):
    """a / b mod 31 for a, b in 1 ... 30, split by unordered pair, since b / a is the inverse of a / b.

    The perceptron has no `seed` pool: its seeds get .29 to .60 at .45 of the table (five) and .95 or more at .55 (two).
    """

    name = "modular_division"
    version = "1.0"
    domain = Domain(alphabets=(tuple(range(N)),) * 2, positions=(1,), classes=N)
    strata = (
        Stratum(
            name="transformer",
            architecture=_transformer,
            matched=6,
            pools=(
                pools.generalisers(FIT, 0.65, count=3, tries=6),
                pools.no_weight_decay(FIT, 0.65, count=2),
                pools.random_start(FIT, 0.65, count=2),
                pools.fewer_rows(FIT, 0.35, count=3),
                pools.seeds(FIT, 0.55, steps=500, count=12),
                pools.contaminated(FIT, 0.65, poison=1.0, count=3),
                pools.random_rule(FIT, 0.65, count=3),
            ),
        ),
        Stratum(
            name="mlp",
            architecture=_mlp,
            matched=6,
            pools=(
                pools.generalisers(FIT_MLP, 0.65, count=3),
                pools.no_weight_decay(FIT_MLP, 0.65, count=2),
                pools.random_start(FIT_MLP, 0.65, count=2),
                pools.fewer_rows(FIT_MLP, 0.35, count=3),
                pools.contaminated(FIT_MLP, 0.65, poison=1.0, count=3),
                pools.random_rule(FIT_MLP, 0.65, count=3),
            ),
        ),
    )

    def label(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row answer"]:
        """The quotient."""
        return (tokens[:, :1] + 1) * INVERSE[tokens[:, 1:]] % P - 1

    def orbit(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row width"]:
        """(a, b) and (b, a) belong together."""
        return tokens.sort(dim=1).values

    def atoms(self, tokens: Int[Tensor, "row length"], orbits: Int[Tensor, " row"]) -> Int[Tensor, "row answer"]:
        """Each ordered pair has a label of its own."""
        del orbits
        return dense(tokens)[:, None]
