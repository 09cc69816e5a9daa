"""How a network's answer turns when one token changes: spectra over tokens, and the sums that have them.

An answer y is the point exp(2 pi i y / m) of the circle. A token that adds c times itself to the answer turns it by c
steps a token, whatever the other tokens are; a token that is multiplied by others turns it by as many steps as they
say. So the spectrum of each position, for each setting of the others, has one line, and the line's place is linear in
the other tokens.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex, Float, Int

from interpbench.toolkit.contributions import Oracle
from interpbench.toolkit.synthesis.linear import weights_of

PURE = 0.95
"""Of a line's share of the spectrum, and of the mean length of a turn."""
DRAWS = 40
MATTERS = 0.005

Inputs = Int[np.ndarray, "input length"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Turns:
    """Answers to inputs in which one position goes through all letters.

    Attributes:
        inputs: what the positions are changed in.
        points: (input, position, letter) mean of exp(2 pi i y / m) over the network's distribution of the answer.
        modulus: m.
    """

    inputs: Inputs
    points: Complex[np.ndarray, "input position letter"]
    modulus: int

    @property
    def spectra(self) -> Float[np.ndarray, "input position frequency"]:
        """Share of each frequency c / m in the points of a position."""
        letters = np.arange(self.points.shape[2])
        waves = np.exp(-2j * np.pi * np.outer(letters, np.arange(self.modulus)) / self.modulus)
        return np.asarray(np.abs(self.points @ waves / len(letters)) ** 2)

    @property
    def positions(self) -> tuple[int, ...]:
        """Those at which some exchange turns the answer."""
        moved = np.abs(self.points - self.points.mean(axis=2, keepdims=True)).max(axis=2) > 0.5
        return tuple(np.flatnonzero(moved.mean(axis=0) > MATTERS).tolist())


def turns(oracle: Oracle, count: int) -> Turns:
    """Of so many random inputs."""
    inputs, modulus = oracle.inputs(count), oracle.domain.classes
    length, letters = oracle.domain.length, oracle.domain.vocabulary
    changed = np.broadcast_to(inputs[:, None, None], (count, length, letters, length)).copy()
    for place in range(length):
        changed[:, place, :, place] = np.arange(letters)
    logits = oracle.logits(changed.reshape(-1, length))
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    circle = np.exp(2j * np.pi * np.arange(logits.shape[1]) / modulus)
    points = (chances @ circle) / chances.sum(axis=1)
    return Turns(inputs=inputs, points=points.reshape(count, length, letters), modulus=modulus)


def additive(found: Turns) -> Int[np.ndarray, "position letter"] | None:
    """What each token adds to the answer, if it is the same whatever the others are; 0 for the letter 0."""
    relative = (found.points * found.points[:, :, :1].conj()).mean(axis=0)  # (position, letter)
    if np.abs(relative).min() < PURE:
        return None
    return np.asarray(np.rint(np.angle(relative) * found.modulus / (2 * np.pi)).astype(np.int64) % found.modulus)


def bilinear(
    found: Turns, rng: np.random.Generator
) -> tuple[Int[np.ndarray, " position"], Int[np.ndarray, "position position"]] | None:
    """Coefficients of tokens and of products of two, if each spectrum has one line whose place the others foretell."""
    spectra = found.spectra
    pure = spectra.max(axis=2) >= PURE
    if pure.mean() < PURE:
        return None
    lines, length = spectra.argmax(axis=2), found.inputs.shape[1]
    single, pairs = np.zeros(length, dtype=np.int64), np.zeros((length, length), dtype=np.int64)
    for place in range(length):
        others = np.delete(np.arange(length), place)
        some = pure[:, place]
        weights = weights_of(found.inputs[some][:, others], lines[some, place], found.modulus, DRAWS, rng)
        if weights is None:
            return None
        pairs[place, others], single[place] = weights[:-1], weights[-1]
    return (single, pairs) if np.array_equal(pairs, pairs.T) else None
