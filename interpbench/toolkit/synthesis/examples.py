"""What expressions are evaluated on: labelled rows, and behind them unlabelled probes.

Two rules that agree on every row and differ elsewhere are two answers to one question; the probes keep them apart, and
they are what a chosen query is drawn from.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

MOST_ROWS = 512
"""More rows are sampled: the last doubts are removed on all of them when a theory is checked."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Examples:
    """Inputs, the first of them with labels.

    Attributes:
        tokens: (example, length), at least 0.
        labels: (row,) of the first examples, at least 0.
        chosen: (row,) their numbers among all rows that were given.
        letters: tokens are below it.
        classes: labels are below it.
    """

    tokens: Int[np.ndarray, "example length"]
    labels: Int[np.ndarray, " row"]
    chosen: Int[np.ndarray, " row"]
    letters: int
    classes: int

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def rows(self) -> int:
        """How many have a label."""
        return len(self.labels)

    @property
    def length(self) -> int:
        """Tokens of an input."""
        return int(self.tokens.shape[1])


def examples_of(
    tokens: Int[np.ndarray, "row length"], labels: Int[np.ndarray, " row"], probes: int, rng: np.random.Generator
) -> Examples:
    """Rows, at most `MOST_ROWS` of them, and probes that are drawn from the letters of each position.

    Raises:
        ValueError: no rows, not one label a row, or numbers below 0.
    """
    if tokens.ndim != 2 or labels.shape != tokens.shape[:1] or not len(labels):
        raise ValueError(f"tokens {tokens.shape} and labels {labels.shape}: wanted (row, length) and (row,), one row")
    if min(tokens.min(initial=0), labels.min()) < 0:
        raise ValueError("a token or a label is below 0; number letters and labels from 0")
    drawn = [rng.choice(np.unique(tokens[:, place]), probes) for place in range(tokens.shape[1])]
    some = np.sort(rng.permutation(len(labels))[:MOST_ROWS])
    every = np.concatenate([tokens[some], np.stack(drawn, axis=1)]) if drawn else tokens[some]
    return Examples(
        tokens=every.astype(np.int64),
        labels=labels[some].astype(np.int64),
        chosen=some,
        letters=int(tokens.max(initial=0)) + 1,
        classes=int(labels.max()) + 1,
    )
