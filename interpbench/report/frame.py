"""The board as a table of figures: a line a (track, method, metric), for CSV and Parquet."""

from collections.abc import Iterator

import pandas as pd

from interpbench.score.board import Board

FIELDS = (
    "suite",
    "suite_version",
    "track",
    "method",
    "family",
    "tier",
    "metric",
    "value",
    "low",
    "high",
    "n",
    "families",
    "reason",
)
"""`low` and `high` are the ends of the 95% interval, `n` the scored instances; `reason` says why there is no value."""


def figures(board: Board) -> Iterator[dict[str, str | int | float | None]]:
    """Every figure of a board at full precision, by the names of `FIELDS`; None is "not available"."""
    for track in board.tracks:
        for row in track.rows:
            told = {**row.metrics, "skill": row.skill}
            if row.difference is not None:
                told["difference_to_best_rival"] = row.difference.difference
            for name, estimate in told.items():
                yield {
                    "suite": board.suite,
                    "suite_version": board.suite_version,
                    "track": track.track,
                    "method": row.name,
                    "family": row.family,
                    "tier": row.tier,
                    "metric": name,
                    "value": estimate.value,
                    "low": estimate.low,
                    "high": estimate.high,
                    "n": estimate.n,
                    "families": estimate.families,
                    "reason": estimate.reason or "",
                }


def board_frame(board: Board) -> pd.DataFrame:
    """The figures as a table; what is not available is NaN, with its reason beside it."""
    frame = pd.DataFrame.from_records(list(figures(board)), columns=list(FIELDS))
    return frame.astype(dict.fromkeys(("value", "low", "high"), "float64"))
