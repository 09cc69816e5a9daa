"""The length of a theory of given answers: a program, and the exceptions from it."""

from math import comb, log2

FIDELITY = 0.99
"""A theory with this share of the answers needs no exceptions."""


def exception_bits(answers: int, wrong: int, classes: int, fidelity: float = FIDELITY) -> float:
    """Bits that correct a program's answers up to the wanted fidelity.

    How many corrections, at which places, and which other class each time; what the fidelity forgives is not corrected.

    Args:
        answers: how many there are.
        wrong: how many of them the program does not give.
        classes: how many labels there are.
        fidelity: share of the answers that must be right at the end.

    >>> exception_bits(100, 1, classes=2)
    0.0
    >>> round(exception_bits(100, 2, classes=3), 3)  # how many of 0 ... 100, which of 100 places, which of two classes
    14.302
    """
    corrected = wrong - int((1 - fidelity) * answers + 1e-9)
    if corrected <= 0:
        return 0.0
    return log2(answers + 1) + log2(comb(answers, corrected)) + corrected * log2(max(classes - 1, 1))
