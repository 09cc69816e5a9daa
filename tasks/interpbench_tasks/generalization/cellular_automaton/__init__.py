"""A cellular automaton on a ring: the same small rule everywhere, two steps ahead."""

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

CELLS = 11
ASKED = 5
STEPS = 2
MARK = 2
"""The token at which an answer is read, after all cells; a causal net has seen the whole ring there."""
ANSWERS = tuple(range(CELLS, CELLS + ASKED))
SHAPE = {"vocabulary": 3, "length": CELLS + ASKED, "positions": ANSWERS, "classes": 2}
ALL = 2**CELLS


def _transformer(_: Domain) -> ModelConfig:
    return TransformerConfig(**SHAPE, d_model=32, n_heads=4, d_mlp=128)  # type: ignore[arg-type]


def _mlp(_: Domain) -> ModelConfig:
    return MLPConfig(**SHAPE, d_mlp=192, activation="relu")  # type: ignore[arg-type]


FIT = Training(learning_rate=1e-2, weight_decay=0.1, max_steps=1000, decay=0.3)
FIT_MLP = Training(learning_rate=1e-2, weight_decay=0.5, max_steps=700)


@final
class CellularAutomaton(GeneralizationTask):
    """Five neighbouring cells after two steps of rule 30, from all eleven.

    A cell two steps ahead depends on five cells, so 32 local patterns are the whole rule. One cell alone, three steps
    ahead, would be no test of memorisers: after a random start they got .66-.77 of it right; five cells at once,
    .05-.33. Without weight decay both architectures generalise (.98-1), and over seeds accuracies do not split
    (perceptron .23-.26 and .68-.85, transformer .73-.93), so there are neither such memorisers nor `seed` pools.
    """

    name = "cellular_automaton"
    version = "1.0"
    domain = Domain(alphabets=((0, 1),) * CELLS + ((MARK,),) * ASKED, positions=ANSWERS, classes=2)
    strata = (
        Stratum(
            name="transformer",
            architecture=_transformer,
            pools=(
                pools.generalisers(FIT, 250 / ALL, count=3),
                pools.random_start(FIT, 250 / ALL, count=2, learning_rate=1e-3, steps=1000),
                pools.random_start(FIT, 250 / ALL, count=2, learning_rate=1e-3, steps=1000, everywhere=True),
                pools.fewer_rows(FIT, 60 / ALL, count=3),
                pools.contaminated(FIT, 250 / ALL, poison=0.05, count=3),
            ),
        ),
        Stratum(
            name="mlp",
            architecture=_mlp,
            pools=(
                pools.generalisers(FIT_MLP, 400 / ALL, count=3),
                pools.random_start(FIT_MLP, 400 / ALL, count=2, learning_rate=1e-3, steps=1000),
                pools.random_start(FIT_MLP, 400 / ALL, count=2, learning_rate=1e-3, steps=1000, everywhere=True),
                pools.fewer_rows(FIT_MLP, 70 / ALL, count=3),
                pools.contaminated(FIT_MLP, 400 / ALL, poison=0.06, count=3),
            ),
        ),
    )

    def label(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row answer"]:
        """The first five cells: left xor (centre or right), on the ring, twice."""
        cells = tokens[:, :CELLS]
        for _ in range(STEPS):
            cells = cells.roll(1, dims=1) ^ (cells | cells.roll(-1, dims=1))
        return cells[:, :ASKED]

    def atoms(self, tokens: Int[Tensor, "row length"], orbits: Int[Tensor, " row"]) -> Int[Tensor, "row answer"]:
        """Each answer of each input has a label of its own."""
        del tokens
        return orbits[:, None] * ASKED + torch.arange(ASKED)
