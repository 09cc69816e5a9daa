"""Which rows change an answer in the same way, and how alike the components are that carry each change."""

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Float, Int
from torch import Tensor


def same_changes(
    labels: Int[Tensor, " row"], rng: torch.Generator
) -> tuple[Int[Tensor, " pair"], Int[Tensor, " pair"], Int[Tensor, " pair"]]:
    """Pairs of rows: all clean rows of a label are paired with corrupt rows of one other label, drawn for it.

    Only labels of at least two rows count, since there is nothing to compare for a single one. Corrupt rows are dealt
    out in random order, and repeat only where their label has too few.

    Returns:
        Clean row, corrupt row and clean label of each pair; nothing if no label is shared or if there is only one.
    """
    values: list[int] = torch.unique(labels).tolist()
    empty = torch.zeros(0, dtype=torch.int64)
    clean, corrupt = [empty], [empty]
    for value in values:
        rows = (labels == value).nonzero()[:, 0]
        others = [other for other in values if other != value]
        if len(rows) < 2 or not others:
            continue
        other = others[int(torch.randint(len(others), (1,), generator=rng))]
        dealt = (labels == other).nonzero()[:, 0]
        dealt = dealt[torch.randperm(len(dealt), generator=rng)]
        clean.append(rows)
        corrupt.append(dealt[torch.arange(len(rows)) % len(dealt)])
    chosen = torch.cat(clean)
    return chosen, torch.cat(corrupt), labels[chosen]


def agreement(effects: Float[Tensor, "pair component"], groups: Int[Tensor, " pair"]) -> tuple[float, float]:
    """Mean cosine between the effects of two pairs of one group, and of two pairs of different groups.

    Every pair of rows counts once: with the mean of its cosines to the others of its group. Effects that are all zero
    agree with nothing. Groups hold at least two pairs; NaN for the second number if there is only one group.
    """
    directions = F.normalize(effects.double(), dim=1, eps=torch.finfo(torch.float64).tiny)
    _, place, size = torch.unique(groups, return_inverse=True, return_counts=True)
    sums = directions.new_zeros(len(size), effects.shape[1]).index_add(0, place, directions)  # (group, component)
    own = directions.new_zeros(len(size)).index_add(0, place, directions.square().sum(dim=1))
    squares = sums.square().sum(dim=1)
    within = (squares - own) / (size * (size - 1))
    across = (sums.sum(dim=0).square().sum() - squares.sum()) / (len(groups) ** 2 - size.square().sum())
    return float((within * size).sum() / size.sum()), float(across)
