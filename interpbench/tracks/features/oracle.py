"""What one who knows the key would answer."""

from collections import Counter
from typing import Any

from interpbench.tracks.features.key import FeatureKey
from interpbench.tracks.features.question import Wants


def known(key: FeatureKey) -> dict[str, Any]:
    """The answer file of the planted truth; of more variables than latents, those that are on most often."""
    document: dict[str, Any] = {"schema_version": 1, "p_present": float(key.present)}
    match key.wants:
        case Wants.CODES:
            latent = {variable: place for place, variable in enumerate(_most(key))}
            rows = [
                [(latent[variable], value) for variable, value in zip(on, values, strict=True) if variable in latent]
                for on, values in zip(key.on, key.values, strict=True)
            ]
            document["active"] = [[place for place, _ in row] for row in rows] or [[] for _ in range(key.asked)]
            document["values"] = [[value for _, value in row] for row in rows] or [[] for _ in range(key.asked)]
        case Wants.PREDICTIONS:
            document["predictions"] = [list(row) for row in key.truths]
        case Wants.SUPERPOSED:
            document["p_superposed"] = 0.5 if key.superposed is None else float(key.superposed)
    return document


def _most(key: FeatureKey) -> list[int]:
    """The variables that latents are spent on: first those that are on in an unseen combination, if there are any."""
    unseen = key.unseen or (True,) * len(key.on)
    counts = Counter(variable for on, new in zip(key.on, unseen, strict=True) if new for variable in on)
    return [variable for variable, _ in counts.most_common(key.size)]
