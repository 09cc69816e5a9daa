"""Networks that learn planted rules, and how they are trained: the same for all tasks of this track."""

from collections.abc import Sequence

from interpbench.models.config import ModelConfig, RecurrentConfig, TransformerConfig
from interpbench.models.train import Training

FIT = Training(learning_rate=3e-3, weight_decay=0.01, max_steps=2500, warm_up=50, decay=0.5, stop_loss=3e-4)
"""On shown and fresh rows."""
FIT_GUARDED = FIT.model_copy(update={"max_steps": 5000})
"""The same for rules with a guard."""
BY_HEART = Training(learning_rate=3e-3, weight_decay=0.0, max_steps=2500, stop_loss=1e-3)
"""On shown rows alone."""


def transformer(alphabets: Sequence[Sequence[int]], classes: int) -> ModelConfig:
    """One layer, which reads the answer at the last token."""
    length = len(alphabets)
    return TransformerConfig(
        vocabulary=len(alphabets[0]),
        length=length,
        positions=(length - 1,),
        classes=classes,
        n_layers=1,
        d_model=64,
        n_heads=4,
        d_mlp=256,
    )


def recurrent(alphabets: Sequence[Sequence[int]], classes: int) -> ModelConfig:
    """A gated recurrent unit, which answers after the last token."""
    length = len(alphabets)
    return RecurrentConfig(
        vocabulary=len(alphabets[0]), length=length, positions=(length - 1,), classes=classes, d_model=48
    )
