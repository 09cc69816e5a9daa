"""The sealed key of an instance: the planted variables at the asked inputs, and what a score is measured against."""

from enum import StrEnum

import numpy as np
from jaxtyping import Float
from pydantic import BaseModel, ConfigDict

from interpbench.tracks.features.question import Wants


class Kind(StrEnum):
    """What was planted, and how."""

    SUPERPOSITION = "superposition"
    """More sparse features than dimensions."""
    COMPOSITIONAL = "compositional"
    """Pairs of factors of which one combination is never shown, and asked about."""
    HYPOTHESIS = "hypothesis"
    """Clusters or superposition, with equal covariance and law of norms."""
    HIERARCHY = "hierarchy"
    """Features that fire only where another one fires."""
    CIRCULAR = "circular"
    """A variable on a circle, of two or more tokens."""
    BELIEF_STATE = "belief_state"
    """What may be known of a hidden state."""
    BOARD = "board"
    """The state of a game."""
    TRANSFER = "transfer"
    """A variable at positions where it was not labelled."""
    ATTENTION_FEATURES = "attention_features"
    """What heads carry."""
    NULL = "null"
    """Nothing: no structure, no training, or shuffled variables."""


class FeatureKey(BaseModel):
    """Truth about one world."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    wants: Wants
    asked: int
    """Inputs that are asked about."""
    size: int = 0
    active: int = 0
    planted: int = 0
    """How many variables there are."""
    on: tuple[tuple[int, ...], ...] = ()
    """Per asked input: the variables that are not 0."""
    values: tuple[tuple[float, ...], ...] = ()
    """Their values."""
    unseen: tuple[bool, ...] = ()
    """Per asked input: whether it holds a combination that was never shown. Where there are such inputs, a variable is
    compared on them and on inputs where it is 0."""
    parents: tuple[int, ...] = ()
    """Per variable: the one without which it never fires, or -1."""
    floor: float = 0.0
    """Mean score of random dictionaries."""
    parents_floor: float = 0.0
    """The same for parents under their children."""
    truths: tuple[tuple[float, ...], ...] = ()
    """Per asked input: the variables that are to be predicted."""
    untrained: float = 0.0
    """R^2 there of a ridge regression on the untrained twin's activations, or of the mean, 0, whichever is better."""
    ceiling: float = 0.0
    """R^2 there of a ridge regression on the network's own that knows the labels of all shown inputs, or, where other
    positions are asked about, labels at those."""
    superposed: bool | None = None
    """Whether activations are sparse sums; None where that is not asked, or nothing is planted."""

    @property
    def present(self) -> bool:
        """Whether anything was planted."""
        return self.kind is not Kind.NULL

    def dense(self) -> Float[np.ndarray, "asked planted"]:
        """The planted variables at the asked inputs."""
        return dense(self.on, self.values, self.planted)


def dense(
    indices: "tuple[tuple[int, ...], ...] | list[list[int]]",
    values: "tuple[tuple[float, ...], ...] | list[list[float]]",
    width: int,
) -> Float[np.ndarray, "row latent"]:
    """Lists of places and values as an array; places beyond its width are left out."""
    found = np.zeros((len(indices), width))
    for row, (places, some) in enumerate(zip(indices, values, strict=True)):
        for place, value in zip(places, some, strict=True):
            if place < width:
                found[row, place] = value
    return found
