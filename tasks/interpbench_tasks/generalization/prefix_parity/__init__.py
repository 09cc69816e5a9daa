"""The parity of every prefix of ten bits: a running sum that a causal transformer writes down as it goes."""

from typing import final

from jaxtyping import Int
from torch import Tensor

from interpbench.models.config import ModelConfig, TransformerConfig
from interpbench.models.data import Domain
from interpbench.models.train import Training
from interpbench.tracks.generalization import pools
from interpbench.tracks.generalization.design import Stratum
from interpbench.tracks.generalization.family import GeneralizationTask
from interpbench.tracks.generalization.splits import prefix_atoms

BITS = 10
ALL = 2**BITS
POSITIONS = tuple(range(BITS))


def _transformer(_: Domain) -> ModelConfig:
    return TransformerConfig(
        vocabulary=2, length=BITS, positions=POSITIONS, classes=2, d_model=32, n_heads=4, d_mlp=256
    )


FIT = Training(learning_rate=1e-2, weight_decay=0.3, max_steps=600, decay=0.3)


@final
class PrefixParity(GeneralizationTask):
    """The parity of the first 1, 2, ..., 10 bits; a row is right if all ten answers are.

    Without weight decay the network generalises all the same, so both recipes for memorisers are random starts.
    """

    name = "prefix_parity"
    version = "1.0"
    domain = Domain(alphabets=((0, 1),) * BITS, positions=POSITIONS, classes=2)
    strata = (
        Stratum(
            name="transformer",
            architecture=_transformer,
            pools=(
                pools.generalisers(FIT, 130 / ALL, count=3, tries=6),
                pools.random_start(FIT, 130 / ALL, count=2),
                pools.random_start(FIT, 130 / ALL, count=2, everywhere=True),
                pools.fewer_rows(FIT, 10 / ALL, count=3),
                pools.contaminated(FIT, 130 / ALL, poison=0.1, count=3),
                pools.random_rule(FIT, 130 / ALL, count=2),
            ),
        ),
    )

    def label(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row answer"]:
        """The parity after each bit."""
        return tokens.cumsum(dim=1) % 2

    def atoms(self, tokens: Int[Tensor, "row length"], orbits: Int[Tensor, " row"]) -> Int[Tensor, "row answer"]:
        """An answer depends on the bits up to it."""
        del orbits
        return prefix_atoms(tokens, POSITIONS)
