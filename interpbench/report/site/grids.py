"""From the neutral tables of `report.table` to tables of the site: order, reasons, links and tints are added."""

import re
from collections.abc import Mapping, Sequence

from interpbench.report.cell import least_of, signed
from interpbench.report.further import further_tables
from interpbench.report.headline import with_rival
from interpbench.report.site.model import Bar, Cell, Grid, Line
from interpbench.report.site.sources import Shown, method_page, task_page
from interpbench.report.table import Column, Table, board_table
from interpbench.score.board import BoardRow
from interpbench.score.families import best_of_families
from interpbench.score.interval import Estimate

ABSENT = ("n/a", "", "-")
PERFECT = (
    "A row that is right everywhere shows no spread: its lower end is what so few independent families can promise "
    "(Clopper and Pearson), and may lie below that of a row that errs a little."
)
FIRST = re.compile(r"[+-]?\d[\d,]*(?:\.\d+)?|\.\d+")


def order_of(text: str, numeric: bool) -> float | str | None:
    """What a printed cell is sorted by: its first number, or its text; None where it says nothing.

    >>> order_of("83 [71, 92]", True), order_of("seed ≥ 85", True), order_of("n/a", True), order_of("<.001", True)
    (83.0, 85.0, None, 0.001)
    """
    if text in ABSENT:
        return None
    if not numeric:
        return text.lower()
    found = FIRST.search(text)
    return 0.0 if found is None else float(found[0].replace(",", ""))


def track_grids(shown: Shown) -> list[Grid]:
    """All tables of a track, the main one first."""
    track = shown.track
    tables = {"board": board_table(track, shown.suite), **further_tables(track)}
    return [_grid(shown, name, table) for name, table in tables.items()]


def _grid(shown: Shown, name: str, table: Table) -> Grid:
    rows = shown.rows
    columns = _ordered(table.columns, shown.track.headline)
    lines = []
    for place, printed in enumerate(table.rows):
        texts = {column.key: text for column, text in zip(table.columns, printed, strict=True)}
        row = rows.get(_row_name(texts["method"])) if "method" in texts else None
        cells = tuple(_cell(shown, row, column, texts) for column in columns)
        lines.append(_line(shown, cells, row, strong=place in table.strong))
    partly = any(row.metrics["coverage"].value not in {None, 1.0} for row in rows.values() if "coverage" in row.metrics)
    return Grid(
        name=name,
        caption=table.title if shown.suite in table.title else f"{table.title} ({shown.suite})",
        columns=columns,
        lines=tuple(lines),
        notes=(
            *table.notes,
            *(() if any(map(_says_detectable, table.notes)) else _detectable(shown)),
            *((PERFECT,) if name == "board" and _has_perfect(shown) else ()),
        ),
        short=(*table.short, *(("coverage",) if partly else ())) if name == "board" else (),
        filters=name in {"board", "kinds"},
        provenance=shown.provenance,
    )


def _ordered(columns: Sequence[Column], headline: str) -> tuple[Column, ...]:
    """Columns with the row's name first, then what counts: tables may be wider than a screen."""
    keys = [column.key for column in columns]
    name = next((key for key in ("method", "group") if key in keys), keys[0])
    counts = [key for key in (headline, "difference", "p") if headline in keys and key in keys]
    by_key = dict(zip(keys, columns, strict=True))
    return tuple(by_key[key] for key in dict.fromkeys((name, *counts, *keys)))


def _has_perfect(shown: Shown) -> bool:
    """Whether a method has the best score that there is, with an interval."""
    best = shown.track.metrics[shown.track.headline].ceiling
    found = [row.metrics[shown.track.headline] for row in shown.track.rows if not row.bound]
    return any(one.value == best and one.low is not None and one.low < best for one in found)


def _says_detectable(note: str) -> bool:
    return note.startswith("Minimum detectable difference")


def _row_name(text: str) -> str:
    """Without what the table appends in brackets."""
    return text.partition(" (")[0]


def _line(shown: Shown, cells: tuple[Cell, ...], row: BoardRow | None, *, strong: bool) -> Line:
    if row is None:
        return Line(cells=cells, strong=strong)
    return Line(
        cells=cells,
        family=row.family,
        tier="" if row.bound else row.tier,
        cpu=None if row.bound else row.cost.cpu_seconds,
        strong=strong,
        bound=row.bound,
        command=shown.command(row),
    )


def _cell(shown: Shown, row: BoardRow | None, column: Column, texts: Mapping[str, str]) -> Cell:
    key, text = column.key, texts[column.key]
    link = ""
    if key == "method" and row is not None:
        link = method_page(row.name)
    elif key == "group" and texts["by"] == "task":
        link = task_page(f"{shown.track.track}/{text}")
    why = _why(shown, row, key, texts) if text == "n/a" else "" if row is None else _at_chance(shown, row, key)
    return Cell(text=text, order=order_of(text, column.numeric or key == "worst"), why=why, link=link)


def _at_chance(shown: Shown, row: BoardRow, key: str) -> str:
    """Why a kind is chance and nothing else, where the row leaves so many questions unanswered that it may be these."""
    answered = row.metrics.get("coverage")
    if row.bound or answered is None or answered.value is None:
        return ""
    silent = [kind for kind in shown.track.kinds if _constant_at_chance(shown, row, kind)]
    asked = sum(shown.track.kinds[kind] for kind in silent)
    if key not in silent or answered.value > 1 - asked / shown.track.instances:
        return ""
    return f"exactly chance: a question without an answer scores that, and this row answers {100 * answered.value:.0f}%"


def _constant_at_chance(shown: Shown, row: BoardRow, kind: str) -> bool:
    found = row.metrics.get(kind)
    if found is None:
        return False
    chance = shown.track.metrics[kind].chance
    return found.value == chance and not {found.low, found.high} - {None, chance}


def _why(shown: Shown, row: BoardRow | None, key: str, texts: Mapping[str, str]) -> str:
    """Why a cell has no value."""
    if row is None:
        here = (
            group for group in shown.track.groups if (group.by, group.name) == (texts.get("by"), texts.get("group"))
        )
        group = next(here, None)
        reason = None if group is None or group.difference is None else group.difference.reason
        return reason or "too few questions here for this figure"
    if key in row.metrics and row.metrics[key].reason:
        return row.metrics[key].reason or ""
    if key == "difference" and row.difference is not None:
        return row.difference.difference.reason or "no interval"
    if key == shown.track.headline or key == "skill":
        return row.skill.reason or "no score"
    return "this row gives no such figure"


def _detectable(shown: Shown) -> tuple[str, ...]:
    """The minimum detectable difference, as a note."""
    sizes = detectable(shown)
    if not sizes:
        return ("Minimum detectable difference: not known, for too few families or models were drawn.",)
    return (
        f"Minimum detectable difference to the best rival on the headline (80% power): {sizes}, depending on the row. "
        "Smaller differences cannot be seen on these questions.",
    )


def detectable(shown: Shown) -> str:
    """Smallest and largest minimum detectable difference of a track's rows, as the headline is printed."""
    found = (row.difference.detectable for row in shown.track.rows if row.difference is not None)
    return least_of(found, shown.track.metrics[shown.track.headline])


def headline_grid(shown: Shown) -> Grid:
    """For each access tier the best of each family on suite `dev`, against the best rival: with pictures."""
    metric = shown.track.metrics[shown.track.headline]
    chosen = with_rival(shown.track, best_of_families(shown.track.rows))
    ends = [
        abs(end)
        for row in chosen
        if row.difference is not None
        for end in (row.difference.difference.low, row.difference.difference.high)
        if end is not None
    ]
    reach = min(max(ends, default=1.0), metric.highest - metric.lowest) or 1.0
    columns = (
        Column(key="method", title="method", about="the family's best on suite dev at this tier", numeric=False),
        Column(key="family", title="family", about="what its evidence rests on; * marks rivals", numeric=False),
        Column(key="access", title="sees", about="access tier", numeric=False),
        Column(
            key="difference",
            title="vs best rival",
            about=f"paired difference of {metric.title} to {shown.track.rival or 'the best rival'}, 95% interval; "
            "right of the line is better",
        ),
        Column(key="p", title="p (Holm)", about="two-sided, adjusted for all rows of the track"),
    )
    lines = []
    for row in chosen:
        found = row.difference
        estimate = None if found is None else found.difference
        if row.name == shown.track.rival:
            against = Cell(text="the rival", order=0.0, bar=Bar(low=0.5, value=0.5, high=0.5, zero=0.5))
        elif estimate is None or not estimate.available:
            against = Cell(text="n/a", why=(estimate.reason or "") if estimate else "not compared")
        else:
            against = Cell(text=signed(estimate, metric), order=estimate.value, bar=bar(estimate, reach))
        p = None if found is None else found.p_holm
        lines.append(
            Line(
                cells=(
                    Cell(text=row.name, order=row.name, link=method_page(row.name)),
                    Cell(text=row.family + ("*" if row.rival else ""), order=row.family),
                    Cell(text=row.tier, order=row.tier),
                    against,
                    Cell(text="" if p is None else f"{p:.3f}" if p >= 0.001 else "<.001", order=p),
                ),
                family=row.family,
                tier=row.tier,
                strong=bool(
                    found is not None and found.distinct and estimate and estimate.low is not None and estimate.low > 0
                ),
            )
        )
    return Grid(
        name=f"best-{shown.name}",
        caption=f"{shown.track.track} ({shown.suite}): the best of each family, tier by tier, against the best rival",
        columns=columns,
        lines=tuple(lines),
        notes=(*_rival(shown), *_detectable(shown)),
        provenance=shown.provenance,
        empty="No row of this track was compared with a rival.",
    )


def _rival(shown: Shown) -> tuple[str, ...]:
    if shown.track.rival is None:
        return ()
    return (f"Best rival: {shown.track.rival} ({shown.track.rival_chosen}).",)


def bar(estimate: Estimate, reach: float) -> Bar:
    """A difference on an axis from -reach to reach."""

    def place(value: float | None) -> float:
        return 0.5 if value is None else min(1.0, max(0.0, 0.5 + value / (2 * reach)))

    return Bar(low=place(estimate.low), value=place(estimate.value), high=place(estimate.high), zero=0.5)
