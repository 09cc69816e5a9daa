"""The profile: methods by tracks, each cell a skill; never a mean over tracks."""

from collections.abc import Sequence

from interpbench.report.cell import number
from interpbench.report.site.grids import PERFECT, detectable
from interpbench.report.site.model import Cell, Grid, Line
from interpbench.report.site.sources import Shown, method_page, methods_of
from interpbench.report.table import Column
from interpbench.score.board import BoardRow

NOT_ENTERED = "the method does not enter this track"


def profile(shown: Sequence[Shown]) -> Grid:
    """A row a method, a column a track: skill (0 at chance, 1 at the ceiling) with its interval.

    Cells of tracks that a method does not enter have no value and say so.

    Args:
        shown: one board of each track.
    """
    columns = [
        Column(key="method", title="method", about="method, or method/variant", numeric=False),
        Column(
            key="family",
            title="family",
            about="what its evidence rests on; * marks rivals, references spend more than a track grants",
            numeric=False,
        ),
        Column(key="access", title="sees", about="access tier", numeric=False),
        *[
            Column(
                key=one.name,
                title=one.track.track,
                about=f"skill on {one.track.track}, suite {one.suite}: 0 at chance, 1 at the ceiling; below it the 95% "
                f"interval. Headline: {one.track.metrics[one.track.headline].about}",
            )
            for one in shown
        ],
        Column(key="cpu", title="CPU s", about="all cells of all tracks together, studies included"),
    ]
    rows = [dict(one.rows.items()) for one in shown]
    lines = []
    for name in methods_of(shown):
        here = [of.get(name) for of in rows]
        first = next(row for row in here if row is not None)
        if first.name == "chance":
            continue
        seconds = sum(row.cost.cpu_seconds for row in here if row is not None)
        lines.append(
            Line(
                cells=(
                    Cell(text=name, order=name, link=method_page(name)),
                    Cell(text=_family(first), order=first.family),
                    Cell(text=first.tier, order=first.tier),
                    *[_skill(one, name) for one in shown],
                    Cell(text=f"{seconds:.1f}", order=seconds),
                ),
                family=first.family,
                tier="" if first.bound else first.tier,
                cpu=None if first.bound else seconds,
                bound=first.bound,
            )
        )
    return Grid(
        name="profile",
        caption="Skill of every method on every track",
        columns=tuple(columns),
        lines=tuple(lines),
        notes=(
            "Skill is 0 at chance and 1 at the ceiling. Tracks are different questions: there is no mean over them.",
            "Hatched: no score there, or the method does not enter the track; below the table it says why.",
            _detectable(shown),
            PERFECT,
        ),
        filters=True,
        empty="No board has a row.",
    )


def _family(row: BoardRow) -> str:
    return f"{row.family}*" if row.rival else f"{row.family} (reference)" if row.reference else row.family


def _detectable(shown: Sequence[Shown]) -> str:
    """How large a difference to the best rival must be, track by track."""
    told = []
    for one in shown:
        sizes = detectable(one)
        told.append(f"{one.track.track} {sizes or 'not known'}")
    return f"Minimum detectable difference to the best rival on the headline (80% power): {'; '.join(told)}."


def _skill(one: Shown, name: str) -> Cell:
    row = one.rows.get(name)
    if row is None:
        return Cell(text="n/a", why=NOT_ENTERED)
    found = row.skill
    if found.value is None:
        return Cell(text="n/a", why=found.reason or "no score")
    small = ""
    if not row.bound and found.low is not None and found.high is not None and found.low != found.high:
        small = f"[{number(found.low, False)}, {number(found.high, False)}]"
    share = max(-1.0, min(1.0, found.value))
    return Cell(text=number(found.value, False), order=found.value, share=share, small=small)
