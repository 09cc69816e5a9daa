"""How sure a theory's success on rows that it was not made from makes one that there is a rule."""

from math import exp, log

from scipy.special import betaincc, betaln

FINDS = 0.5
"""P(a language model finds a part of a rule that is there), before anything is known of it."""


def presence(hits: int, asked: int, constant: float, tried: int) -> float:
    """P(there is a rule), from even odds.

    With a rule that was found, the theory is right with a probability drawn evenly between the best constant's and 1;
    without one, or with one that was not found, it does as the best constant. So a theory that is of no use leaves
    (1 - FINDS) / (2 - FINDS) = 1/3 and not 1/2: a model that looks and finds nothing has said something.

    Args:
        hits: held-out rows that the theory gets right.
        asked: held-out rows.
        constant: share of the rows that the best constant answer gets right.
        tried: theories of which this is the best; the evidence is divided among them.
    """
    if not asked or constant >= 1:
        return (1 - FINDS) / (2 - FINDS)
    found = betaln(hits + 1, asked - hits + 1) + _log(float(betaincc(hits + 1, asked - hits + 1, constant)))
    nothing = hits * log(constant) + (asked - hits) * log(1 - constant)
    factor = exp(min(found - log(1 - constant) - nothing, 500.0)) / max(tried, 1)
    odds = FINDS * factor + (1 - FINDS)
    return odds / (1 + odds)


def _log(value: float) -> float:
    return log(value) if value > 0 else float("-inf")
