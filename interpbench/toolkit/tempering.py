"""One temperature for all logits, fitted so that the loss on labelled rows is a fixed value.

Networks trained to 100% differ in loss mostly by the scale of their logits, which says how long they were trained and
under how much weight decay. Dividing by a fitted temperature takes that scale out of every statistic (Guo et al. 2017,
arXiv:1706.04599, fit the temperature by likelihood; here it is fitted to a stated loss).
"""

from collections.abc import Callable
from math import exp

from jaxtyping import Float, Int
from torch import Tensor

from interpbench.toolkit.row_loss import row_losses

EQUAL_LOSS = 0.01
"""The train loss at which networks are compared, in nats an answer."""

_LOWEST, _HIGHEST, _HALVINGS = -40.0, 40.0, 60
"""Range of the logarithm of the factor, and halvings of it: 80 / 2^60 = 7e-17 is below what float64 resolves."""


def equalising_factor(
    logits: Float[Tensor, "row answer k"], labels: Int[Tensor, "row answer"], loss: float = EQUAL_LOSS
) -> float:
    """The factor on the logits (one over the temperature) at which their mean cross-entropy is `loss`.

    The cross-entropy is convex in the factor. Where every row is answered right it falls from log k to 0, so that the
    factor exists and is unique. Where no factor reaches `loss`, the one that comes nearest is returned.

    Args:
        logits: any scale.
        labels: what they are compared with.
        loss: the wanted mean cross-entropy, in nats.

    Returns:
        A positive number between exp(-40) and exp(40).
    """
    doubled = logits.double()

    def value(log_factor: float) -> float:
        return float(row_losses(doubled * exp(log_factor), labels).mean())

    def rises(log_factor: float) -> bool:
        scaled = doubled * exp(log_factor)
        expected = (scaled.softmax(dim=-1) * doubled).sum(dim=-1)
        return bool((expected - doubled.gather(-1, labels[..., None])[..., 0]).mean() > 0)

    best = _first(rises, _LOWEST, _HIGHEST)
    reached = _first(lambda log_factor: value(log_factor) <= loss, _LOWEST, best)
    return exp(reached)


def _first(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Where a condition begins to hold between `low` and `high`; `high` if it never does."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
