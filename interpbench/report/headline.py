"""The headline of a board: method families at each access tier against the best rival; methods across tracks."""

from collections.abc import Sequence

from interpbench.report.cell import ABSENT, interval, least, seconds
from interpbench.report.table import UNKNOWN, Column, Table, against, beats, detectable, leading, worst
from interpbench.score.board import BoardRow, TrackBoard
from interpbench.score.families import best_of_families
from interpbench.score.interval import ROUNDING


def family_table(board: TrackBoard) -> Table:
    """Tier by tier the best member of each method family, chosen on suite `dev`, against the best rival."""
    metric = board.metrics[board.headline]
    head = metric.title + (" %" if metric.percent else "")
    columns = (
        Column(key="access", title="sees", about="access tier", numeric=False),
        Column(key="family", title="family", about="what its evidence rests on; * marks rivals", numeric=False),
        Column(key="method", title="member", about="its best method on suite dev at this tier", numeric=False),
        Column(key=board.headline, title=head, about=metric.about + "; 95% interval"),
        Column(
            key="worst", title="worst kind", about="smallest lower bound over the kinds of the headline", numeric=False
        ),
        Column(key="difference", title="vs best rival", about="paired difference of the headline; 95% interval"),
        Column(key="detectable", title="would show", about="minimum detectable difference, 80% power"),
        Column(key="p", title="p (Holm)", about="two-sided, adjusted for all rows"),
        Column(key="cpu", title="CPU s", about="all cells together, studies included"),
    )
    chosen = with_rival(board, best_of_families(board.rows))
    body = []
    for row in chosen:
        difference, p = against(row, board)
        size = None if row.difference is None else row.difference.detectable
        body.append(
            (
                row.tier,
                row.family + ("*" if row.rival else ""),
                row.name,
                interval(row.metrics[board.headline], metric.percent),
                worst(row, metric.percent),
                difference,
                "" if size is None or size <= ROUNDING else least(size, metric),
                p,
                seconds(row.cost.cpu_seconds),
            )
        )
    return Table(
        title=f"{board.track}: method families against the best rival, by what they see",
        columns=columns,
        rows=tuple(body),
        notes=tuple(_notes(board, chosen)),
        strong=frozenset(place for place, row in enumerate(chosen) if beats(row)),
        leading=leading(board, chosen),
        short=("access", "family", "method", board.headline, "worst", "difference", "cpu"),
        tiny=("access", "method", board.headline, "difference"),
    )


def with_rival(board: TrackBoard, chosen: Sequence[BoardRow]) -> list[BoardRow]:
    """The rows with the best rival among them, first of its tier; it need not be its family's best on `dev`."""
    rival = next((row for row in board.rows if row.name == board.rival and row not in chosen), None)
    if rival is None:
        return list(chosen)
    place = next((at for at, row in enumerate(chosen) if row.tier == rival.tier), len(chosen))
    return [*chosen[:place], rival, *chosen[place:]]


def _notes(board: TrackBoard, chosen: Sequence[BoardRow]) -> list[str]:
    notes = [f"Best rival: {board.rival} ({board.rival_chosen})."] if board.rival is not None else []
    compared = [row.difference for row in chosen]
    if any(one is not None for one in compared):
        notes += detectable(compared, board.metrics[board.headline], "to it") or [UNKNOWN]
    unseen = [row.name for row in chosen if row.dev_score is None]
    if unseen:
        notes.append(f"Without a score on suite dev, and so not chosen by it: {', '.join(unseen)}.")
    return notes


Profile = dict[str, dict[str, BoardRow]]
"""Method or family -> track -> the row that stands for it there."""


def profile(boards: Sequence[TrackBoard], *, families: bool = False) -> Profile:
    """Who stands for a method on each track: of its variants the best on suite `dev`, chosen before this suite.

    What has no row on a track does not enter it. Bounds are left out; references stand for a method that has nothing
    else, and for no family.

    Args:
        boards: of different tracks.
        families: whether rows stand for method families instead.
    """
    found: Profile = {}
    for board in boards:
        for row in board.rows:
            if row.bound or (families and row.reference):
                continue
            here = found.setdefault(row.family if families else method_of(row), {})
            held = here.get(board.track)
            if held is None or _rank(row) > _rank(held):
                here[board.track] = row
    order = [board.track for board in boards]
    return dict(sorted(found.items(), key=lambda one: _place(one[0], one[1], order)))


def method_of(row: BoardRow) -> str:
    """The method that a row is a variant of."""
    return row.name.partition("/")[0]


def _rank(row: BoardRow) -> tuple[bool, bool, float]:
    return not row.reference, row.dev_score is not None, row.dev_score or 0.0


def _place(name: str, rows: dict[str, BoardRow], order: Sequence[str]) -> tuple[int, int, str, str]:
    """What enters many tracks first, then track by track and family by family."""
    first = min(order.index(track) for track in rows)
    return -len(rows), first, next(iter(rows.values())).family, name


def profile_table(boards: Sequence[TrackBoard], *, families: bool = False) -> Table:
    """Skill on every track, of every method or method family. Tracks ask different things: nothing is averaged."""
    body = []
    for name, rows in profile(boards, families=families).items():
        rival = any(row.rival for row in rows.values())
        cells = [_skill_on(rows.get(board.track), named=families) for board in boards]
        family = next(iter(rows.values())).family + ("*" if rival else "")
        body.append((family, *cells) if families else (name, family, *cells))
    what = "method family" if families else "method"
    columns = (
        Column(key="method", title="method", about="of its variants the best on suite dev", numeric=False),
        Column(key="family", title="family", about="what its evidence rests on; * marks rivals", numeric=False),
        *[
            Column(
                key=board.track,
                title=board.track,
                about=f"skill in {board.headline}; 95% interval",
                numeric=not families,
            )
            for board in boards
        ],
    )
    return Table(
        title=f"Skill of every {what} on every track",
        columns=columns[1:] if families else columns,
        rows=tuple(body),
        notes=(
            "Skill is 0 at chance and 1 at the ceiling of a track's headline, with its 95% interval; of each the"
            f" member that was best on suite dev. n/a: no row of the {what} enters the track. Tracks ask different"
            " things, so that there is no mean over them.",
        ),
    )


def _skill_on(row: BoardRow | None, *, named: bool) -> str:
    if row is None:
        return ABSENT
    told = interval(row.skill, False)
    return f"{told} {row.name}" if named else told
