"""Auditing a track of pairs: what would a trivial number score, by family, kind and recipe?

Pure functions of a table with one row a (pair, feature). AUROC of a feature inside a group of pairs is the share of its
(better, worse) model pairs in which the better one has the larger value: 1 or 0 gives the pair away, .5 says nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

COLUMNS = ("family", "stratum", "kind", "recipe", "better", "worse", "feature", "better_value", "worse_value")
"""Of the table: where the pair stands, its two models, and what a feature says of each."""


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """How a classifier over all features does on what it was not fitted on."""

    left_out: str
    accuracy: float
    pairs: int


def leads(better: pd.Series, worse: pd.Series) -> pd.Series:
    """1 where the better model has the larger value, .5 for a tie, 0 otherwise; NaN where a value is missing."""
    return (better > worse) + 0.5 * (better == worse).where(better.notna() & worse.notna())


def by_group(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """AUROC of every feature in every group.

    Args:
        table: with `COLUMNS`.
        by: columns that make a group, e.g. `["kind"]` or `["family", "kind", "recipe"]`.

    Returns:
        One row a group, one column a feature, and `pairs` and `worse`: the number of pairs and of distinct worse
        models.
    """
    table = table.assign(lead=leads(table["better_value"], table["worse_value"]))
    wide = table.pivot_table(index=list(by), columns="feature", values="lead", aggfunc="mean", dropna=False)
    wide = wide.reindex(columns=table["feature"].drop_duplicates())
    pairs = table.drop_duplicates([*by, "family", "better", "worse"])
    wide = wide[wide.index.isin(pairs.groupby(list(by)).size().index)]
    wide["pairs"] = pairs.groupby(list(by)).size()
    wide["worse"] = pairs.drop_duplicates([*by, "family", "worse"]).groupby(list(by)).size()
    wide.columns.name = None
    return wide.reset_index()


def differences(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Feature differences (better minus worse), one row a pair, scaled by their median size within the family.

    Returns:
        The pairs (family, kind, recipe, better, worse) and the differences, in the same order; a missing value is 0.
    """
    table = table.assign(delta=table["better_value"] - table["worse_value"])
    keys = ["family", "kind", "recipe", "better", "worse"]
    wide = table.pivot_table(index=keys, columns="feature", values="delta", aggfunc="first")
    unit = wide.abs().groupby(level="family").transform("median").replace(0.0, 1.0)
    scaled = (wide / unit).clip(-10, 10).fillna(0.0)
    return scaled.index.to_frame(index=False), scaled.reset_index(drop=True)


def leave_out(table: pd.DataFrame, column: str) -> list[LeftOut]:
    """Leave-one-group-out accuracy of a logistic regression over all features together.

    Every pair enters in both orders, so that the classifier has no intercept and cannot know the order.

    Args:
        table: with `COLUMNS`.
        column: what is left out in turn, `family` or `recipe`.
    """
    pairs, features = differences(table)
    out = []
    for group in sorted(pairs[column].unique()):
        held = (pairs[column] == group).to_numpy()
        if held.all():
            continue
        fitted = _fit(features[~held].to_numpy())
        side = features[held].to_numpy() @ fitted
        accuracy = float((0.5 + 0.5 * np.sign(side)).mean())
        out.append(LeftOut(left_out=str(group), accuracy=accuracy, pairs=int(held.sum())))
    return out


def _fit(differences: np.ndarray) -> np.ndarray:
    both = np.concatenate([differences, -differences])
    labels = np.repeat([True, False], len(differences))
    coefficients: np.ndarray = LogisticRegression(fit_intercept=False, C=1.0).fit(both, labels).coef_[0]
    return coefficients


def solved_by(groups: pd.DataFrame, features: Sequence[str], level: float = 0.95) -> pd.DataFrame:
    """For each group the features that alone decide it, in either direction.

    Args:
        groups: from `by_group`.
        features: columns to look at.
        level: least max(AUROC, 1 - AUROC).

    Returns:
        The groups with a column `solved_by`, features with the most telling first; empty where none does.
    """
    told = groups[list(features)].to_numpy(dtype=float)
    told = np.where(np.isnan(told), 0.5, np.maximum(told, 1 - told))
    names = []
    for row in told:
        order = np.argsort(-row, kind="stable")
        names.append(", ".join(features[place] for place in order if row[place] >= level))
    return groups.assign(solved_by=names)
