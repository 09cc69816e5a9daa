"""How far a network is from what a theory says: the largest logit of another answer less that of the theory's."""

import numpy as np
from jaxtyping import Float, Int

from interpbench.theory import Theory
from interpbench.toolkit.contributions.oracle import Oracle, answers

Inputs = Int[np.ndarray, "input length"]


def margins(oracle: Oracle, base: Theory, inputs: Inputs) -> Float[np.ndarray, " input"]:
    """Above 0 where the network departs from the theory."""
    logits, rows = oracle.logits(inputs), np.arange(len(inputs))
    said = np.clip(answers(base, inputs), 0, logits.shape[1] - 1)
    own = logits[rows, said]
    logits[rows, said] = -np.inf
    return np.asarray(logits.max(axis=1) - own)
