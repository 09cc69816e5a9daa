"""What is trained afresh: small networks that find a rule early, if they find it at all."""

from interpbench.models.config import MLPConfig, ModelConfig, RecurrentConfig
from interpbench.models.data import Domain
from interpbench.models.train import Training


def fresh_config(domain: Domain) -> ModelConfig:
    """An architecture told from the domain alone.

    Tables of two or three operands get the x^2 perceptron, which multiplies its inputs and groks in hundreds of steps;
    longer inputs with one answer a ReLU perceptron; several answers a recurrent unit, which reads left to right.
    """
    vocabulary, length, positions, classes = domain.vocabulary, domain.length, domain.positions, domain.classes
    if len(positions) > 1:
        return RecurrentConfig(vocabulary=vocabulary, length=length, positions=positions, classes=classes, d_model=24)
    return MLPConfig(
        vocabulary=vocabulary,
        length=length,
        positions=positions,
        classes=classes,
        d_mlp=128,
        activation="square" if length <= 3 else "relu",
    )


def recipe(config: ModelConfig) -> Training:
    """AdamW with weight decay 1, under which networks of this size generalise soon after they fit, if they do."""
    return Training(learning_rate=1e-2, weight_decay=1.0, max_steps=200 if config.kind == "gru" else 600)
