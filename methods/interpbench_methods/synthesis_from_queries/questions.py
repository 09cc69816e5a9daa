"""Questions to a network that answers with labels, as many as are allowed."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int

from interpbench.models.data import Domain
from interpbench.models.subject import Subject
from interpbench.theory import Theory

Tokens = Int[np.ndarray, "query length"]
Labels = Int[np.ndarray, " query"]
EXCHANGES = 4
"""Other tokens tried at each position of a departing input."""
CONFIRM = 24
"""Questions behind a guard."""
FIRST, LAST = 256, 8192
"""Random questions that are asked at once, to begin with and at most."""
DOUBTS = 128
"""Wrong answers that are kept."""


def answers(theory: Theory, inputs: Tokens) -> Labels:
    """What a theory says, -1 where it fails or gives a sequence."""
    found = theory.run_many(inputs)
    return np.where(found.failed | (found.lengths >= 0), -1, found.values[:, 0])


@dataclass(frozen=True, kw_only=True)
class Doubts:
    """Inputs on which the network departs from a theory, with its labels, and how often it does."""

    inputs: Tokens
    labels: Labels
    share: float


@dataclass(kw_only=True)
class Questions:
    """Asks, and counts what is left.

    Attributes:
        subject: the network; None where there is none, and then nothing is left to ask.
        domain: where inputs come from.
        left: inputs that may still be asked.
        rng: draws inputs.
    """

    subject: Subject | None
    domain: Domain
    left: int
    rng: torch.Generator

    def drawn(self, count: int) -> Tokens:
        """Inputs drawn uniformly."""
        return self.domain.full(count, self.rng).numpy()

    def doubts(self, theory: Theory) -> Doubts:
        """Random questions until some answers depart from a theory; a few are kept back to look into those."""
        asked, count = 0, FIRST
        nothing = self.drawn(0)
        while self.left:
            spared = self.left - self.kept_back
            inputs = self.drawn(min(count, spared if spared > 0 else self.left))
            labels = self(inputs)
            asked, count = asked + len(inputs), min(2 * count, LAST)
            wrong = np.flatnonzero(labels != answers(theory, inputs))
            if len(wrong):
                share = len(wrong) / asked
                return Doubts(inputs=inputs[wrong[:DOUBTS]], labels=labels[wrong[:DOUBTS]], share=share)
        return Doubts(inputs=nothing, labels=np.zeros(0, dtype=np.int64), share=0.0)

    @property
    def kept_back(self) -> int:
        """Questions that it takes to look into one departing input."""
        return self.domain.length * EXCHANGES + CONFIRM

    def __call__(self, tokens: Tokens) -> Labels:
        """The labels of inputs.

        Raises:
            ValueError: there are more than may still be asked.
        """
        if len(tokens) > self.left or self.subject is None:
            raise ValueError(f"{len(tokens)} questions, {self.left} left")
        self.left -= len(tokens)
        return np.asarray(self.subject.predict(torch.from_numpy(tokens))[:, 0].numpy())
