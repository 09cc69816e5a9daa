"""Whether the matched split is matched, and what still decides it.

Pairs of the matched split are steered until four scalars say nothing. Whether they do is told by the interval of what
each of them scores, not by how near the two networks lie: a small difference that always has the same sign tells all.
Numbers that were not steered may still decide; they are named, and nothing is dropped for it.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from interpbench.score.audit import leads
from interpbench.score.interval import Estimate, estimate
from interpbench.score.resample import resample
from interpbench.score.units import Member, Units

LEAST_PAIRS = 60
"""Pairs without which nothing is said about the split."""
DECIDES = 0.9
"""Least max(share, 1 - share) at which a number decides."""


def intervals(table: pd.DataFrame, rng: np.random.Generator) -> dict[str, Estimate]:
    """For each feature the share of pairs in which the better network has the larger value, with its interval.

    Families are resampled, then networks of each class inside a stratum.

    Args:
        table: with the columns of `score.audit`; each pair once a feature.
        rng: of the bootstrap.
    """
    told = table.assign(lead=leads(table["better_value"], table["worse_value"]))
    wide = told.pivot(index=["family", "stratum", "better", "worse"], columns="feature", values="lead")
    family, stratum, better, worse = (wide.index.get_level_values(level).tolist() for level in range(4))
    members = [
        (Member("generaliser", one), Member("memoriser", other)) for one, other in zip(better, worse, strict=True)
    ]
    sample = resample(Units(family=family, stratum=stratum, members=members), rng)
    found = {}
    for name in table["feature"].drop_duplicates():
        lead = wide[name].to_numpy(dtype=float)
        known = ~np.isnan(lead)
        total = sample.cells[:, known].sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            draws = np.where(total > 0, sample.cells[:, known] @ lead[known] / total, np.nan)
        found[str(name)] = estimate(draws, sample.evidence(known), limits=(0.0, 1.0))
    return found


def gate(pairs: int, steered: Mapping[str, Estimate]) -> list[str]:
    """Why the split is not matched; empty if it is.

    Args:
        pairs: in the split.
        steered: what each of the steered scalars scores.
    """
    faults = [] if pairs >= LEAST_PAIRS else [f"{pairs} pairs, wanted {LEAST_PAIRS}"]
    for name, found in steered.items():
        if found.low is None or found.high is None:
            faults.append(f"{name}: {found.reason}")
        elif not found.low <= 0.5 <= found.high:
            faults.append(f"{name}: {100 * found.low:.0f} to {100 * found.high:.0f} does not contain 50")
    return faults


def labels(others: Mapping[str, Estimate]) -> list[str]:
    """Numbers that decide the pairs, in either direction, the most telling first.

    Args:
        others: what each of the numbers scores that were not steered.
    """
    telling: dict[str, float] = {
        name: max(found.value, 1 - found.value)
        for name, found in others.items()
        if found.value is not None and _beside_half(found)
    }
    decided: Sequence[str] = [name for name, share in telling.items() if share >= DECIDES]
    return sorted(decided, key=lambda name: (-telling[name], name))


def _beside_half(found: Estimate) -> bool:
    return found.low is not None and found.high is not None and not found.low <= 0.5 <= found.high
