"""A flip-flop: one bit of memory that is written, or left alone, again and again."""

from dataclasses import replace
from typing import final

import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.models.config import ModelConfig, RecurrentConfig, TransformerConfig
from interpbench.models.data import Domain
from interpbench.models.train import Training
from interpbench.tracks.generalization import pools
from interpbench.tracks.generalization.design import Pool, Stratum
from interpbench.tracks.generalization.family import UNIVERSE_LIMIT, GeneralizationTask
from interpbench.tracks.generalization.splits import prefix_atoms

STEPS = 12
WRITE = (0, 1)
"""Instructions that store the bit 0 or 1; they are their own bit."""
IGNORE = (2, 3)
"""Instructions that carry a bit which must not be stored."""
POSITIONS = tuple(range(STEPS))
SHAPE = {"vocabulary": 4, "length": STEPS, "positions": POSITIONS, "classes": 2}
ALL = UNIVERSE_LIMIT
"""The universe is a sample: there are 8,388,608 inputs."""


def _transformer(_: Domain) -> ModelConfig:
    return TransformerConfig(**SHAPE, d_model=32, n_heads=4, d_mlp=96)  # type: ignore[arg-type]


def _gru(_: Domain) -> ModelConfig:
    return RecurrentConfig(**SHAPE, d_model=24)  # type: ignore[arg-type]


FIT = Training(learning_rate=1e-2, weight_decay=0.5, max_steps=500, decay=0.3)


def _exactly(pool: Pool) -> Pool:
    """Stops later: with twelve answers a row, a mean loss of .01 leaves about one row in a hundred wrong."""
    return replace(pool, training=pool.training.model_copy(update={"stop_loss": 3e-3}))


@final
class FlipFlop(GeneralizationTask):
    """What the memory holds after each of twelve instructions, the first of which writes; a row is right if all are.

    The recurrent net has no `fraction` pool: five rows already make it generalise. Neither has a recipe without weight
    decay, which generalises as well.
    """

    name = "flip_flop"
    version = "1.0"
    domain = Domain(alphabets=(WRITE,) + (WRITE + IGNORE,) * (STEPS - 1), positions=POSITIONS, classes=2)
    strata = (
        Stratum(
            name="transformer",
            architecture=_transformer,
            pools=(
                pools.generalisers(FIT, 150 / ALL, count=3),
                _exactly(pools.random_start(FIT, 150 / ALL, count=2)),
                _exactly(pools.random_start(FIT, 150 / ALL, count=2, everywhere=True)),
                pools.fewer_rows(FIT, 10 / ALL, count=3),
                pools.contaminated(FIT, 150 / ALL, poison=0.006, count=3),
                _exactly(pools.random_rule(FIT, 150 / ALL, count=2)),
            ),
        ),
        Stratum(
            name="gru",
            architecture=_gru,
            pools=(
                pools.generalisers(FIT, 25 / ALL, count=3),
                pools.random_start(FIT, 25 / ALL, count=2),
                pools.random_start(FIT, 25 / ALL, count=2, everywhere=True),
                pools.contaminated(FIT, 25 / ALL, poison=0.003, count=3),
                pools.random_rule(FIT, 25 / ALL, count=2),
            ),
        ),
    )

    def label(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row answer"]:
        """The bit that was written last."""
        written = torch.where(tokens <= max(WRITE), torch.arange(STEPS), 0)
        return tokens.gather(1, written.cummax(dim=1).values)

    def atoms(self, tokens: Int[Tensor, "row length"], orbits: Int[Tensor, " row"]) -> Int[Tensor, "row answer"]:
        """An answer depends on the instructions up to it."""
        del orbits
        return prefix_atoms(tokens, POSITIONS)
