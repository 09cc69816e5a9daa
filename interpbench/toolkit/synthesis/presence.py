"""Whether rows hold a rule, told from the bits that a program saves."""

import numpy as np

from interpbench.toolkit.synthesis.frontier import description_bits
from interpbench.toolkit.synthesis.search import Search

_CONSTANT = 3
"""Syntax nodes of a constant theory."""
LEAST, MOST = 0.05, 0.99


def presence(search: Search) -> float:
    """P(the labels follow a rule) after a search: 1 - 2^-b for b bits saved over the best constant with its exceptions.

    Labels that were drawn at random are shortened by b bits with a probability of at most 2^-b, whatever the program.
    """
    labels = search.labels
    wrong = len(labels) - int(np.bincount(labels).max())
    constant = description_bits(_CONSTANT, wrong, len(labels), int(labels.max()) + 1)
    saved = max(constant - search.best.bits, 0.0)
    return float(min(max(1 - 2.0**-saved, LEAST), MOST))
