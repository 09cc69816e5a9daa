"""Whether a published claim holds on the pairs of a suite, group by group."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from interpbench.score.interval import Estimate
from interpbench.score.shares import intervals

HOLDS, FAILS, OPEN = "holds", "fails", "open"


def outcome(found: Estimate) -> str:
    """What an interval says of the claim that the share is above one half.

    Args:
        found: share of pairs in which the better network has the larger number.
    """
    if found.low is None or found.high is None:
        return OPEN
    return HOLDS if found.low > 0.5 else FAILS if found.high < 0.5 else OPEN


def examine(
    table: pd.DataFrame, rows: Sequence[str], by: str, rng: np.random.Generator
) -> dict[str, dict[str, Estimate]]:
    """Group -> row -> share of pairs in which the better network has the larger number, with its interval.

    Args:
        table: with the columns of `score.audit`, features being rows of the board.
        rows: those that the claim speaks about.
        by: column that makes the groups.
        rng: of the bootstrap.
    """
    table = table[table["feature"].isin(rows)]
    return {str(group): intervals(some, rng) for group, some in table.groupby(by, sort=False)}
