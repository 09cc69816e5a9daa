"""What the classifier knows about one statistic."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Coefficient:
    """Weight of a standardised statistic.

    Attributes:
        centre: mean over the networks that it was fitted on; it cancels in every pair.
        scale: root mean square difference between the members of a pair.
        weight: positive where a larger value went with generalisation.
    """

    centre: float
    scale: float
    weight: float
