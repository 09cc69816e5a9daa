"""Shares of pairs with their intervals."""

import numpy as np
import pandas as pd

from interpbench.score.audit import leads
from interpbench.score.interval import Estimate, estimate
from interpbench.score.resample import resample
from interpbench.score.units import Member, Units


def intervals(table: pd.DataFrame, rng: np.random.Generator) -> dict[str, Estimate]:
    """For each feature the share of pairs in which the better network has the larger value, with its interval.

    Families are resampled, then networks of each class inside a stratum.

    Args:
        table: with the columns of `score.audit`; each pair once a feature.
        rng: of the bootstrap.
    """
    told = table.assign(lead=leads(table["better_value"], table["worse_value"]))
    wide = told.pivot(index=["family", "stratum", "kind", "better", "worse"], columns="feature", values="lead")
    family, stratum, _, better, worse = (wide.index.get_level_values(level).tolist() for level in range(5))
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
