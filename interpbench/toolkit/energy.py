"""Energy: the logarithm of the sum of the exponentials of all logits, which falls on inputs unlike the training rows.

The loss of a row is its logsumexp less the logit of its label. Training moves both, but only on the rows; so the
logsumexp, minus the free energy, is larger where an input looks like them (Liu et al. 2020, Energy-based
out-of-distribution detection, arXiv:2010.03759).
"""

from jaxtyping import Float
from torch import Tensor


def energy_gap(on_rows: Float[Tensor, "row answer k"], elsewhere: Float[Tensor, "input answer k"]) -> float:
    """Mean logsumexp of other inputs less that of the shown rows.

    Args:
        on_rows: raw logits of the shown rows.
        elsewhere: raw logits of inputs outside them.

    Returns:
        0 where new inputs look like the rows, negative where they do not. A constant added to all logits cancels; one
        that depends on the input does not.
    """
    return float(elsewhere.double().logsumexp(dim=-1).mean() - on_rows.double().logsumexp(dim=-1).mean())
