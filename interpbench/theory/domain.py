"""The inputs that theories are compared on: a product of one alphabet a position."""

from collections.abc import Sequence
from math import prod

import numpy as np
from jaxtyping import Int

Alphabets = Sequence[Sequence[int]]


def size(alphabets: Alphabets) -> int:
    """How many inputs there are."""
    return prod(map(len, alphabets))


def everything(alphabets: Alphabets) -> Int[np.ndarray, "input length"]:
    """All inputs, in lexicographic order."""
    if not alphabets:
        return np.zeros((1, 0), dtype=np.int64)
    axes = np.meshgrid(*(np.asarray(letters, dtype=np.int64) for letters in alphabets), indexing="ij")
    return np.stack([axis.ravel() for axis in axes], axis=1)


def drawn(alphabets: Alphabets, count: int, rng: np.random.Generator) -> Int[np.ndarray, "input length"]:
    """Inputs drawn uniformly, with replacement."""
    columns = [rng.choice(np.asarray(letters, dtype=np.int64), count) for letters in alphabets]
    return np.stack(columns, axis=1) if columns else np.zeros((count, 0), dtype=np.int64)


def distinct(inputs: Int[np.ndarray, "input length"]) -> Int[np.ndarray, "input length"]:
    """Every input once."""
    return np.unique(inputs, axis=0) if inputs.shape[1] else inputs[:1]
