"""The section of the audit page about the matched split."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from interpbench.models.names import numpy_generator
from interpbench.score.interval import Estimate
from interpbench.score.matched import gate, labels
from interpbench.score.shares import intervals

KIND = "matched"
COPY = "copy: "
"""As `run.audit` calls them: features whose names begin like this are measured on steered copies alone."""
STEERED = tuple(f"{COPY}{name}" for name in ("norm", "loss", "margin", "confidence"))
SAME = {"weight-norm", "train-loss", "tempered-margin"}
"""Rows of the board that are steered scalars under another name."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """What the template prints."""

    pairs: int
    faults: list[str]
    steered: pd.DataFrame
    """Each steered scalar, its share, interval, and how far apart the networks of a pair are at most."""
    solved: pd.DataFrame
    """What decides all pairs, and those of each recipe of the memoriser."""


def matched_section(table: pd.DataFrame) -> Section | None:
    """The section, or None where there is no such pair.

    Args:
        table: pairs and features, with the columns of `score.audit`.
    """
    table = table[table["kind"] == KIND]
    if table.empty:
        return None
    pairs = _pairs(table)
    found = intervals(table, numpy_generator("audit", KIND))
    steered = {name.removeprefix(COPY): found[name] for name in STEERED}
    rows = [(name, *_shown(one), _apart(table, f"{COPY}{name}")) for name, one in steered.items()]
    return Section(
        pairs=pairs,
        faults=gate(pairs, steered),
        steered=pd.DataFrame(rows, columns=["steered", "%", "interval", "farthest apart %"]),
        solved=_solved(table),
    )


def _solved(table: pd.DataFrame) -> pd.DataFrame:
    """All pairs, then those of each recipe: the numbers that decide, each with its share."""
    told = table[~table["feature"].isin({*STEERED, *SAME}) & ~table["feature"].str.startswith("metadata: ")]
    rows = []
    for recipe in (None, *sorted(told["recipe"].unique())):
        some = told if recipe is None else told[told["recipe"] == recipe]
        found = intervals(some, numpy_generator("audit", KIND, recipe or "all"))
        names = [f"{name.removeprefix(COPY)} {100 * (found[name].value or 0):.0f}" for name in labels(found)]
        rows.append((recipe or "all", _pairs(some), ", ".join(names)))
    return pd.DataFrame(rows, columns=["memoriser", "pairs", "solved by"])


def _pairs(table: pd.DataFrame) -> int:
    return len(table.drop_duplicates(["family", "better", "worse"]))


def _shown(found: Estimate) -> tuple[str, str]:
    if found.value is None or found.low is None or found.high is None:
        return "", found.reason or ""
    return f"{100 * found.value:.0f}", f"{100 * found.low:.0f} to {100 * found.high:.0f}"


def _apart(table: pd.DataFrame, feature: str) -> str:
    here = table[table["feature"] == feature]
    return f"{100 * float((here['better_value'] / here['worse_value']).map(np.log).abs().max()):.1f}"
