"""What the features of a dictionary fire on."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.models.data import Domain
from interpbench.toolkit.reading.states import one_hot
from interpbench.toolkit.synthesis.examples import Examples
from interpbench.toolkit.synthesis.literals import literals_of

MATCHES = 0.6
"""Correlation of firing with a statement from which on the statement describes the feature."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Firing:
    """How codes depend on single tokens.

    Attributes:
        effects: squared change of the mean codes by the letter at a position, less what chance makes of it.
        apart: squared distance of the mean codes under two letters at a position, less the same.
    """

    effects: Float[np.ndarray, " position"]
    apart: Float[np.ndarray, "position letter letter"]


def firing(codes: Float[Tensor, "input latent"], tokens: Int[Tensor, "input length"], domain: Domain) -> Firing:
    """Mean codes under every letter at every position, and distances between them.

    A mean over n inputs has variance / n by chance; so much is expected of two equal letters' distance, twice.
    """
    letters = domain.vocabulary
    x = one_hot(tokens, letters)  # (input, position, letter)
    counts = x.sum(dim=0).clamp_min(1)
    means = torch.einsum("npv,nl->pvl", x, codes.double()) / counts[..., None]
    chance = codes.double().var(dim=0).sum() / counts  # (position, letter)
    apart = torch.cdist(means, means).square() - chance[:, :, None] - chance[:, None, :]
    apart = apart.clamp_min(0) * (1 - torch.eye(letters, dtype=apart.dtype))
    return Firing(effects=apart.mean(dim=(1, 2)).numpy(), apart=apart.numpy())


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A statement about one token or two, as text over `x`, and how well a feature matches it."""

    text: str
    match: float


def described(
    codes: Float[Tensor, "input latent"], tokens: Int[Tensor, "input length"], domain: Domain, most: int
) -> list[Condition]:
    """Statements that describe a feature, or its being silent, the best match first."""
    examples = Examples(
        tokens=tokens.numpy(), labels=np.zeros(len(tokens), dtype=np.int64), chosen=np.arange(len(tokens)),
        letters=domain.vocabulary, classes=domain.classes,
    )  # fmt: skip
    statements = list(literals_of(examples))
    truths = np.stack([values for _, values in statements]).astype(np.float64)  # (statement, input)
    fires = (codes > 0).double().numpy().T
    match = np.abs(_standard(truths) @ _standard(fires).T).max(axis=1) / len(tokens)
    order = np.argsort(-match, kind="stable")
    return [
        Condition(text=statements[number][0].text, match=float(match[number]))
        for number in order[:most].tolist()
        if match[number] >= MATCHES
    ]


def _standard(values: Float[np.ndarray, "series input"]) -> Float[np.ndarray, "series input"]:
    centred = values - values.mean(axis=1, keepdims=True)
    spread = values.std(axis=1, keepdims=True)
    return np.where(spread > 1e-9, centred / np.maximum(spread, 1e-9), 0.0)
