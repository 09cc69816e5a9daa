"""Norms of the weights: as they are, of the embedding alone, and the least that computes the same function."""

from math import sqrt

from interpbench.models.data import Rows
from interpbench.models.forward import Params
from interpbench.models.subject import Subject
from interpbench.toolkit.balance import equalised, squared_norm


def weight_norm(params: Params) -> float:
    """Euclidean norm of all parameters, biases too.

    References:
        Krogh & Hertz 1991, A simple weight decay can improve generalization; Liu et al. 2022, Omnigrok
        (arXiv:2210.01117), on networks that grok.
    """
    return sqrt(squared_norm(params))


def embedding_norm(params: Params) -> float:
    """Euclidean norm of the token embedding: `tok_embed.weight`, in the perceptron its whole first layer."""
    return sqrt(squared_norm({name: value for name, value in params.items() if name.endswith("embed.weight")}))


def minimal_norm(subject: Subject, rows: Rows) -> float:
    """Euclidean norm at a fixed train loss, after the rescalings that leave the function alone have made it least.

    The unembedding is scaled until the mean cross-entropy of the shown rows is .01; then heads, neurons and the
    residual stream are balanced (`interpbench.toolkit.balance` says what is exact for which architecture, and what is
    left out). So neither the scale of the logits nor the choice among equal networks counts.

    References:
        Neyshabur et al. 2015, Path-SGD (arXiv:1506.02617), on why a norm should not see rescalings; Bartlett et al.
        2017, Spectrally-normalized margin bounds (arXiv:1706.08498), on norm at fixed margin.
    """
    return sqrt(squared_norm(equalised(subject, rows)))
