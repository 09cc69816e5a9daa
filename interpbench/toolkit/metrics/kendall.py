"""Kendall's tau-b with multiplicities: does one score order the models as another does?"""

from math import prod

import numpy as np
from jaxtyping import Float

from interpbench.toolkit.metrics.weighted import cell_weights, ratio

BLOCK_ENTRIES = 2**21
"""Entries of the sign matrix held at once: 16 MB as float64."""


def kendall_tau_b(
    x: Float[np.ndarray, " model"],
    y: Float[np.ndarray, " model"],
    weights: Float[np.ndarray, "*draw model"] | None = None,
) -> Float[np.ndarray, "*draw"]:
    """Return (concordant - discordant) / sqrt(pairs untied in x * pairs untied in y) in every draw.

    A pair of models weighs the product of their multiplicities; copies of one model are tied with each other in both,
    as they are when rows are repeated. Sums are of integers if the weights are, hence exact in any order. Time is
    O(draws * n^2) in matrix products, memory O(draws * n) beside one block of signs: 300 models, 2,000 draws, 0.1 s.

    Args:
        x: one score of each model, e.g. the method's.
        y: another, e.g. the truth.
        weights: multiplicities of the models.

    Returns:
        tau-b in [-1, 1]; 0 for unrelated scores, NaN where either is constant.

    References:
        Kendall 1945, The treatment of ties in ranking problems.

    >>> round(float(kendall_tau_b(np.array([1.0, 2.0, 3.0, 3.0]), np.array([1.0, 3.0, 2.0, 4.0]))), 4)
    0.5477
    """
    weights = cell_weights(weights, x=x, y=y)
    flat = weights.reshape(prod(weights.shape[:-1]), len(x))  # (draw, model)
    agreement, untied_x, untied_y = (np.zeros(len(flat)) for _ in range(3))
    block = max(1, BLOCK_ENTRIES // max(1, len(x)))
    for start in range(0, len(x), block):
        rows = slice(start, start + block)
        sign_x = np.sign(x[rows, None] - x[None, :])  # (block, model)
        sign_y = np.sign(y[rows, None] - y[None, :])
        agreement += _quadratic(flat, rows, sign_x * sign_y)
        untied_x += _quadratic(flat, rows, np.abs(sign_x))
        untied_y += _quadratic(flat, rows, np.abs(sign_y))
    return ratio(agreement, np.sqrt(untied_x) * np.sqrt(untied_y)).reshape(weights.shape[:-1])


def _quadratic(
    weights: Float[np.ndarray, "draw model"], rows: slice, pairs: Float[np.ndarray, "block model"]
) -> Float[np.ndarray, " draw"]:
    """Sum over i in the block and all j of w_i w_j pairs_ij: every pair twice in the end, which cancels in tau."""
    sums: Float[np.ndarray, " draw"] = np.einsum("db,db->d", weights[:, rows], weights @ pairs.T)
    return sums
