"""What is kept of a method's answers on suite `dev` where these need no scale: its scores, by which it is chosen."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from pydantic import BaseModel, ConfigDict


class DevScore(BaseModel):
    """Scores on suite `dev`.

    Attributes:
        suite: and its version.
        score: the headline; None where too little was asked.
        parts: metrics that the headline is made of; those that are known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    suite: str = "dev"
    score: float | None = None
    parts: dict[str, float] = {}


def dev_score(
    metrics: Mapping[str, Float[np.ndarray, " 1"]], headline: str, parts: Sequence[str], suite: str
) -> DevScore:
    """From what a track's `reduce` gives for suite `dev`, every instance taken once."""
    known = {name: float(values[0]) for name, values in metrics.items() if not np.isnan(values[0])}
    return DevScore(
        suite=suite, score=known.get(headline), parts={name: known[name] for name in parts if name in known}
    )
