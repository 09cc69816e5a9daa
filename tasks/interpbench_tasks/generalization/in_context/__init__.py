"""Looking up in context: pairs of an item and its label, then an item that asks for its label."""

from dataclasses import replace
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

ITEMS = 4
LABELS = 6
PAIRS = 3
ABSENT = LABELS
"""The answer when no pair holds the item that is asked for."""

_ITEMS = tuple(range(ITEMS))
_LABELS = tuple(range(ITEMS, ITEMS + LABELS))


def _transformer(domain: Domain) -> ModelConfig:
    return TransformerConfig(
        vocabulary=domain.vocabulary,
        length=domain.length,
        positions=domain.positions,
        classes=domain.classes,
        n_layers=2,
        d_model=32,
        n_heads=4,
        d_mlp=64,
    )


FIT = Training(learning_rate=1e-2, weight_decay=1.0, max_steps=400, embedding_scale=3.0, decay=0.3)
SHOWN = 0.045
"""Of the orbits: about 190 contexts with a question, written in some 900 ways."""

RANDOM_RULE = pools.random_rule(FIT, SHOWN, count=2)
# some rows are fitted last of all: at a mean loss of .008, five of 700 were still wrong
RANDOM_RULE = replace(
    RANDOM_RULE, training=RANDOM_RULE.training.model_copy(update={"learning_rate": 3e-3, "stop_loss": 2e-3})
)


@final
class InContext(GeneralizationTask):
    """Three pairs of one of four items and one of six labels, then an item: its label, or that no pair holds it.

    Of several pairs with the item the last one counts. Two blocks suffice: one puts each label beside its item, the
    next looks for the item that is asked for. Without weight decay a net learns half of that (.50-.68), which is
    between the two kinds, so the recipes are two random starts.
    """

    name = "in_context"
    version = "1.0"
    splits = 1
    domain = Domain(alphabets=(_ITEMS, _LABELS) * PAIRS + (_ITEMS,), positions=(2 * PAIRS,), classes=LABELS + 1)
    strata = (
        Stratum(
            name="transformer",
            architecture=_transformer,
            pools=(
                pools.generalisers(FIT, SHOWN, count=3, tries=6),
                pools.random_start(FIT, SHOWN, count=2, learning_rate=1e-3, steps=800),
                pools.random_start(FIT, SHOWN, count=2, learning_rate=1e-3, steps=800, everywhere=True),
                pools.fewer_rows(FIT, 0.012, count=3),
                pools.contaminated(FIT, SHOWN, poison=0.045, count=3),
                RANDOM_RULE,
            ),
        ),
    )

    def label(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row answer"]:
        """What the context says about the item that is asked for."""
        return _context(tokens).gather(1, tokens[:, -1:])

    def orbit(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row width"]:
        """The context as a table, and the question: neither the pairs' order nor a label that is overruled matters."""
        return torch.cat([_context(tokens), tokens[:, -1:]], dim=1)


def _context(tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row item"]:
    """The label of every item, or that it has none."""
    out = torch.full((len(tokens), ITEMS), ABSENT)
    row = torch.arange(len(tokens))
    for item, label in zip(tokens[:, :-1:2].T, tokens[:, 1::2].T, strict=True):
        out[row, item] = label - ITEMS
    return out
