"""Skill: a score on the scale where chance is 0 and the ceiling is 1."""

from typing import overload

import numpy as np
from jaxtyping import Float

SMALLEST_SPAN = 1e-9
"""Chance and ceiling that lie closer than this leave nothing to be skilful at."""


@overload
def skill(score: float, *, chance: float, ceiling: float) -> float: ...
@overload
def skill(score: Float[np.ndarray, "*draw"], *, chance: float, ceiling: float) -> Float[np.ndarray, "*draw"]: ...


def skill(
    score: float | Float[np.ndarray, "*draw"], *, chance: float, ceiling: float
) -> float | Float[np.ndarray, "*draw"]:
    """Return `(score - chance) / (ceiling - chance)`, at most 1 and not bounded below.

    A metric of which less is better has a ceiling below its chance (Brier: 0 against 0.25); the formula holds as it is.
    A score beyond the ceiling is luck or a leak, so it earns no more than the ceiling does.

    Args:
        score: one score, or the scores of bootstrap draws; NaN (no score) stays NaN.
        chance: the score of an answer that knows nothing, exact or the mean of many random answers.
        ceiling: the score of the sealed key, or of the best that the noise in the key permits.

    Raises:
        ValueError: if a bound is not finite or the two coincide.

    >>> skill(0.75, chance=0.5, ceiling=1.0)
    0.5
    >>> skill(0.05, chance=0.25, ceiling=0.0)
    0.8
    >>> skill(np.array([0.0, 0.5, 1.1]), chance=0.5, ceiling=1.0).tolist()
    [-1.0, 0.0, 1.0]
    """
    if not (np.isfinite(chance) and np.isfinite(ceiling)):
        raise ValueError(f"skill: chance and ceiling must be finite, got chance={chance}, ceiling={ceiling}")
    if abs(ceiling - chance) < SMALLEST_SPAN:
        raise ValueError(
            f"skill: chance ({chance}) and ceiling ({ceiling}) coincide, so no score can show skill; "
            "drop the task or choose a metric that separates the key from chance"
        )
    scaled = np.minimum((np.asarray(score, dtype=np.float64) - chance) / (ceiling - chance), 1.0)
    return scaled if isinstance(score, np.ndarray) else float(scaled)
