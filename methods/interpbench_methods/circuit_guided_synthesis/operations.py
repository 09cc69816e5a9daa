"""From how positions act to what kind of rule it may be."""

import numpy as np
from jaxtyping import Bool

SYMMETRIC = 0.995
"""Share of the answers that a trade of two positions keeps in a rule about a multiset."""
ADDS = 0.05
"""Share of a joint change that single changes do not add up to, up to which attention only adds."""
FEW = 4


def operations_of(matters: Bool[np.ndarray, " position"], symmetric: float, together: float) -> frozenset[str] | None:
    """Families of `synthesis.OPERATIONS`; None where everything may be.

    A rule that no trade changes is a function of counts, extremes or sums. If attention adds and few positions
    matter, each is read alone and they meet in one step: sums, formulas of literals, arithmetic on tokens.
    """
    if symmetric >= SYMMETRIC:
        return frozenset({"statistics", "linear", "arithmetic"})
    if together <= ADDS and matters.sum() <= FEW:
        return frozenset({"linear", "literals", "arithmetic", "choices"})
    return None
