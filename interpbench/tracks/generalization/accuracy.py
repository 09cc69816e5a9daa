"""Accuracy as this track means it: balanced over output classes, exact match for sequences."""

from jaxtyping import Bool, Int
from torch import Tensor


def balanced_accuracy(
    right: Bool[Tensor, " row"], labels: Int[Tensor, "row answer"], mask: Bool[Tensor, " row"]
) -> float:
    """Mean recall over the classes that occur (one answer), or the share of rows that are right (several answers).

    Args:
        right: whether all labelled positions of a row are right.
        labels: true labels.
        mask: the rows that count; at least one.

    Returns:
        A number in [0, 1].

    Raises:
        ValueError: no row counts.
    """
    if not bool(mask.any()):
        raise ValueError("accuracy over no rows")
    hit = right[mask].double()
    if labels.shape[1] > 1:
        return float(hit.mean())
    classes = labels[mask, 0]
    count = classes.bincount().double()
    recall = classes.bincount(weights=hit)[count > 0] / count[count > 0]
    return float(recall.mean())
