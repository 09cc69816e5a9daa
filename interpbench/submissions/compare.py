"""A submitter's rows against the published ones, paired on the same questions where judged cells are published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from interpbench.score.board import BoardRow, headline_draws
from interpbench.score.compare import Comparison, compare_to
from interpbench.score.interval import Estimate
from interpbench.submissions.published import PublishedTrack
from interpbench.tracks.instance import ScoredCell
from interpbench.tracks.registry import TRACKS

RIVAL = "best rival"
BEST = "best row"


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """One row against one published row.

    Attributes:
        track: on which.
        row: the submitter's.
        value: its headline.
        role: of the published row: the best rival, or the best row of all.
        against: the published row's name.
        published: its headline, as published.
        paired: difference with interval, p and detectable difference; None if it cannot be paired.
        why_not: why it is not paired.
    """

    track: str
    row: str
    value: Estimate
    role: str
    against: str
    published: Estimate
    paired: Comparison | None
    why_not: str = ""


def best_of(published: PublishedTrack) -> str | None:
    """The published row with the highest headline, bounds and references left out."""
    head = published.track.headline
    rows = [row for row in published.track.rows if not (row.bound or row.reference or row.label)]
    known = [row for row in rows if row.metrics[head].value is not None]
    return max(known, key=lambda row: (row.metrics[head].value or 0.0, row.name)).name if known else None


def against(
    own: Mapping[str, Sequence[ScoredCell]], rows: Sequence[BoardRow], published: PublishedTrack, suite: str
) -> list[Side]:
    """Each own row against the best rival and against the best row.

    Adjusted p-values are adjusted for all own rows, once for each of the two. The best row is chosen from all on these
    very questions, which flatters it, and no own row.

    Args:
        own: row -> its judged cells, in the suite's order.
        rows: the same rows as on a board.
        published: the same track of a leaderboard, any version.
        suite: name and version of the own cells.
    """
    sides: list[Side] = []
    for role, name in ((RIVAL, published.track.rival), (BEST, best_of(published))):
        if name is None:
            continue
        paired, why_not = _paired(own, published, name, suite)
        there = next((row for row in published.track.rows if row.name == name), None)
        head = published.track.headline
        for row in rows:
            if there is None or row.name == name:
                continue
            sides.append(
                Side(
                    track=published.track.track,
                    row=row.name,
                    value=row.metrics[head],
                    role=role,
                    against=name,
                    published=there.metrics[head],
                    paired=paired.get(row.name),
                    why_not=why_not,
                )
            )
    return sides


def _paired(
    own: Mapping[str, Sequence[ScoredCell]], published: PublishedTrack, name: str, suite: str
) -> tuple[dict[str, Comparison], str]:
    """Own row -> its paired difference, or why there is none."""
    if published.suite != suite:
        return {}, f"published on {published.suite}, run on {suite}: other questions"
    if published.cells is None:
        return {}, "no cells are published"
    refs = [cell.ref for cell in next(iter(own.values()))]
    theirs = published.scored(name, refs)
    if theirs is None:
        return {}, f"not every cell of {name} is published"
    others = {row: cells for row, cells in own.items() if row != name}
    if not others:
        return {}, ""
    try:
        draws, evidence = headline_draws(TRACKS[published.track.track].load(), {name: theirs, **others}, suite)
    except KeyError as error:
        if error.args[0] in theirs[0].values:  # then it is not the published cells that lack it
            raise
        return {}, f"the published cells lack the value {error}"
    return {found.method: found for found in compare_to(name, draws, evidence)}, ""
