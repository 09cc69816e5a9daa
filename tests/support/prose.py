"""Figures of published boards, as sentences about them quote them."""

from collections.abc import Collection
from functools import cache
from pathlib import Path
from statistics import median

from scipy.stats import kendalltau

from interpbench.report.cell import interval, number
from interpbench.score.board import Board, BoardRow, TrackBoard

ROOT = Path(__file__).parents[2]


@cache
def board(track: str, suite: str = "quick") -> TrackBoard:
    """A published board."""
    path = ROOT / "leaderboard" / "tables" / f"{suite}-{track}.json"
    return Board.model_validate_json(path.read_bytes()).tracks[0]


def rows(track: str, suite: str = "quick", *, start: str = "") -> dict[str, BoardRow]:
    """Rows that are compared with others, by name: no bounds, no references."""
    found = board(track, suite).rows
    return {row.name: row for row in found if not row.bound and not row.reference and row.name.startswith(start)}


def inside(track: str, suite: str = "quick") -> dict[str, BoardRow]:
    """Those of them that look inside."""
    return {name: row for name, row in rows(track, suite).items() if row.inside}


def rivals(track: str, suite: str = "quick") -> dict[str, BoardRow]:
    """Those of them that interpretability has to beat."""
    return {name: row for name, row in rows(track, suite).items() if row.rival}


def value(track: str, name: str, metric: str = "", suite: str = "quick") -> float:
    """A figure, unrounded; without a metric the headline's."""
    found = next(row for row in board(track, suite).rows if row.name == name)
    estimate = found.metrics[metric or board(track, suite).headline].value
    assert estimate is not None
    return estimate


def share(track: str, name: str, metric: str = "", suite: str = "quick") -> str:
    """In per cent, as tables print it."""
    return number(value(track, name, metric, suite), percent=True)


def plain(track: str, name: str, metric: str, suite: str = "quick") -> str:
    """A figure between 0 and 1 without its zero: `.93`."""
    return number(value(track, name, metric, suite), percent=False).removeprefix("0")


def ranged(track: str, name: str, metric: str = "", suite: str = "quick") -> str:
    """In per cent with its interval: `93 [80, 100]`."""
    found = next(row for row in board(track, suite).rows if row.name == name)
    return interval(found.metrics[metric or board(track, suite).headline], percent=True)


def spread(track: str, names: Collection[str], metric: str = "", suite: str = "quick") -> str:
    """Smallest and largest of some rows, in per cent: `63 to 75`."""
    found = [value(track, name, metric, suite) for name in names]
    return f"{number(min(found), percent=True)} to {number(max(found), percent=True)}"


def highest(track: str, names: Collection[str], metric: str = "", suite: str = "quick") -> float:
    """The largest of some rows, unrounded."""
    return max(value(track, name, metric, suite) for name in names)


def above_rival(track: str, suite: str = "quick", *, corrected: bool) -> set[str]:
    """Rows whose difference to the best rival has an interval above 0, and, if wished, an adjusted p below .05."""
    found = set()
    for name, row in rows(track, suite).items():
        if row.difference is None or (row.difference.difference.low or 0.0) <= 0.0:
            continue
        p = row.difference.p_holm
        if not corrected or (p is not None and p < 0.05):
            found.add(name)
    return found


def order(track: str) -> float:
    """Kendall's tau between the orders of the rows on `quick` and on `standard`."""
    small, large = rows(track), rows(track, "standard")
    found = kendalltau([value(track, name) for name in small], [value(track, name, suite="standard") for name in small])
    assert small.keys() == large.keys()
    return float(found.statistic)


def width(track: str, suite: str) -> str:
    """Of the interval of the median row, in points."""
    found = [row.metrics[board(track, suite).headline] for row in rows(track, suite).values()]
    return f"{100 * median(one.high - one.low for one in found if one.low is not None and one.high is not None):.0f}"


def halves(track: str, suite: str) -> str:
    """Kendall's tau between two halves of a suite, without its zero."""
    stability = board(track, suite).stability
    assert stability is not None
    assert stability.kendall is not None
    return f"{stability.kendall.mean:.2f}".removeprefix("0")
