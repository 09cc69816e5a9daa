"""The board as a neutral table: what the columns are is decided once, how they look is up to each format."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from interpbench.report.cell import count, interval, least_of, number, probability, seconds, signed
from interpbench.report.counted import counted
from interpbench.score.board import BoardRow, TrackBoard
from interpbench.score.compare import Comparison
from interpbench.score.inside import TOP
from interpbench.tracks.track import Metric


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column.

    Attributes:
        key: stable name, for CSV.
        title: heading.
        about: what it means, in a sentence.
        numeric: whether it is aligned as a number.
    """

    key: str
    title: str
    about: str
    numeric: bool = True


@dataclass(frozen=True, kw_only=True)
class Table:
    """Text cells in columns, with notes below."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    strong: frozenset[int] = frozenset()
    """Rows whose interval to the best rival excludes 0 in their favour."""
    leading: frozenset[tuple[int, str]] = frozenset()
    """Row and column of the best of a column, where the interval of its difference to the second best excludes 0."""
    short: tuple[str, ...] = ()
    """Columns of a short table; none means all."""
    tiny: tuple[str, ...] = ()
    """Columns that fit where the short table does not; none means those."""


def brief(table: Table, columns: tuple[str, ...] = ()) -> Table:
    """The table with some columns only: those given, or its short form."""
    columns = columns or table.short or tuple(column.key for column in table.columns)
    keep = [place for place, column in enumerate(table.columns) if column.key in columns]
    return replace(
        table,
        columns=tuple(table.columns[place] for place in keep),
        rows=tuple(tuple(row[place] for place in keep) for row in table.rows),
    )


def board_table(board: TrackBoard, suite: str) -> Table:
    """The main table of a track: a row a method, best first."""
    metrics = board.metrics
    head = metrics[board.headline]
    kinds = list(board.parts)
    others = [name for name in metrics if name not in {board.headline, *kinds, "coverage", "answered"}]
    columns = [
        Column(key="method", title="method", about="method, or method/variant", numeric=False),
        Column(key="family", title="family", about="what its evidence rests on; * marks rivals", numeric=False),
        Column(key="access", title="sees", about="access tier", numeric=False),
        Column(
            key=board.headline, title=head.title + (" %" if head.percent else ""), about=head.about + "; 95% interval"
        ),
        Column(key="skill", title="skill", about="0 at chance, 1 at the ceiling"),
        *[_column(name, board) for name in kinds],
        Column(
            key="worst", title="worst kind", about="smallest lower bound over the kinds of the headline", numeric=False
        ),
        *[_column(name, board) for name in others],
        Column(key="difference", title="vs best rival", about="paired difference of the headline; 95% interval"),
        Column(key="p", title="p (Holm)", about="two-sided, adjusted for all rows"),
        Column(key="rank", title="group", about="methods of one group cannot be told apart from its best"),
        Column(key="coverage", title="answered %", about="share of instances answered; the others score chance"),
        Column(key="cpu", title="CPU s", about="all cells together, studies included"),
        Column(key="queries", title="queries", about="inputs answered by the predict proxy"),
        Column(key="trained", title="models", about="networks trained"),
    ]
    return Table(
        title=f"{board.track} on {suite}: {counted(board.instances, 'instance')}, "
        f"{counted(board.families, 'family', 'families')}",
        columns=tuple(columns),
        rows=tuple(tuple(_cells(row, board, kinds, others)) for row in board.rows),
        notes=tuple(_notes(board)),
        strong=frozenset(place for place, row in enumerate(board.rows) if beats(row)),
        leading=leading(board, board.rows),
        short=("method", "family", board.headline, *kinds, "worst", "difference", "p", "rank", "cpu"),
        tiny=("method", board.headline, *kinds, "difference"),
    )


def paper_table(board: TrackBoard, suite: str) -> Table:
    """The main table with the columns that a page of a paper holds: no families, so that * marks rivals."""
    columns = ("method", "access", board.headline, *board.parts, "difference", "p", "cpu")
    table = brief(board_table(board, suite), columns)
    names = [
        row.name + "*" * row.rival + line[0].removeprefix(row.name)
        for row, line in zip(board.rows, table.rows, strict=True)
    ]
    return replace(table, rows=tuple((name, *line[1:]) for name, line in zip(names, table.rows, strict=True)))


def leading(board: TrackBoard, rows: Sequence[BoardRow]) -> frozenset[tuple[int, str]]:
    """Which of the rows shown lead in a metric so clearly that these cells tell them from the second best."""
    clear = {(found.best, name) for name, found in board.leads.items() if found.clear}
    return frozenset((place, name) for place, row in enumerate(rows) for best, name in clear if row.name == best)


def access_table(board: TrackBoard) -> Table:
    """What each access tier adds: its best method, chosen on suite `dev`, and the paired gain on the tier before."""
    rows = {row.name: row for row in board.rows}
    beside = [name for name in board.beside if name in board.metrics]
    columns = (
        Column(key="on", title="on", about="questions", numeric=False),
        Column(key="tier", title="sees", about="access tier", numeric=False),
        Column(key="method", title="method", about="the tier's best there on suite dev", numeric=False),
        Column(key="score", title="score", about="of that method"),
        Column(key="gain", title="adds", about="to the tier before; paired"),
        *[_column(name, board) for name in beside],
        Column(key="highest", title="highest here", about="chosen after the fact", numeric=False),
    )
    body = []
    for name in (*board.parts, board.headline):
        metric = board.metrics[name]
        for one in (one for one in board.access if name in one.methods):
            row, highest = rows[one.methods[name]], one.highest.get(name)
            body.append(
                (
                    metric.title,
                    one.tier,
                    row.name,
                    interval(row.metrics[name], metric.percent),
                    signed(one.gains[name], metric) if name in one.gains else "",
                    *[interval(row.metrics[other], board.metrics[other].percent) for other in beside],
                    "" if highest is None else f"{highest.method} {number(highest.value, metric.percent)}",
                )
            )
    return Table(
        title=f"{board.track}: what each access tier adds",
        columns=columns,
        rows=tuple(body),
        notes=(
            "Each tier is given what the one before it is given, and more, unless a task's page says otherwise. Its"
            " method is the one that was best there on suite dev.",
            *_of_gains(board),
        ),
        short=("on", "tier", "method", "score", "gain", "highest"),
        tiny=("on", "tier", "method", "score"),
    )


def _of_gains(board: TrackBoard) -> list[str]:
    if not any(one.gains for one in board.access):
        return []
    sizes = [size for one in board.access for size in one.detectable.values()]
    return detectable(sizes, board.metrics[board.headline], "to the tier before") or [UNKNOWN]


def _of_groups(board: TrackBoard) -> list[str]:
    told = [group for group in board.groups if group.difference is not None and group.difference.value is not None]
    if not told:
        return []
    return detectable((group.detectable for group in told), board.metrics[board.headline], "of the two") or [UNKNOWN]


def kind_table(board: TrackBoard) -> Table:
    """Every kind of question that has a metric of its own, with its 95% interval: a row a method."""
    kinds = [name for name, metric in board.metrics.items() if metric.kinds == (name,) and name in board.kinds]
    return Table(
        title=f"{board.track}: by kind of question, with 95% intervals",
        columns=(
            Column(key="method", title="method", about="method, or method/variant", numeric=False),
            *[_column(name, board) for name in kinds],
        ),
        rows=tuple(
            (
                row.name,
                *[
                    number(row.metrics[name].value, board.metrics[name].percent)
                    if row.bound
                    else interval(row.metrics[name], board.metrics[name].percent)
                    for name in kinds
                ],
            )
            for row in board.rows
        ),
        notes=(),
        leading=leading(board, board.rows),
    )


def inside_table(board: TrackBoard) -> Table:
    """Where looking inside helps: a row a kind of question and a row a task."""
    percent = board.metrics[board.headline].percent
    others = [row for row in board.rows if not row.label]  # what others hand in moves no figure of this table
    inside = [row.name for row in others if row.inside]
    rivals = [row.name for row in others if row.rival and not (row.bound or row.reference)]
    columns = (
        Column(key="by", title="by", about="kind of question, or task", numeric=False),
        Column(key="group", title="group", about="which; tasks over the headline's kinds", numeric=False),
        Column(key="cells", title="instances", about="questions, or pairs of them"),
        Column(key="rival", title="rival %" if percent else "rival", about="the rival with the highest headline"),
        Column(
            key="inside",
            title="inside %" if percent else "inside",
            about="the best method that looks inside, on suite dev",
        ),
        Column(key="difference", title="difference", about="of the two, paired; 95% interval"),
        Column(key="best_rival", title="highest rival here", about="chosen after the fact", numeric=False),
        Column(key="best_inside", title="highest inside here", about="chosen after the fact", numeric=False),
        Column(key="solved", title="solved by a rival", about="one has 95% or more", numeric=False),
    )
    return Table(
        title=f"{board.track}: does looking inside help?",
        columns=columns,
        rows=tuple(
            (
                group.by,
                group.name.partition("/")[2] or group.name,
                count(group.cells),
                number(group.scores.get(board.rival or ""), percent),
                number(group.scores.get(board.inside or ""), percent),
                "" if group.difference is None else signed(group.difference, board.metrics[board.headline]),
                _named(group.best(rivals), percent),
                _named(group.best(inside), percent),
                "yes" if (found := group.best(rivals)) and found[1] >= TOP else "",
            )
            for group in board.groups
        ),
        notes=(
            f"Rival: {board.rival}, the highest on the headline. Inside: {board.inside}, on suite dev the best of "
            "those that look inside.",
            "The highest here are chosen after the fact, each from all rows of its side; nothing is claimed of them.",
            "Solved by a rival: one has 95% or more, so that no look inside is needed.",
            *_of_groups(board),
        ),
        tiny=("group", "rival", "inside", "difference", "solved"),
    )


def _named(found: tuple[str, float] | None, percent: bool) -> str:
    return "n/a" if found is None else f"{found[0]} {number(found[1], percent)}"


def worst(row: BoardRow, percent: bool) -> str:
    """The kind of which least can be promised, and how much that is; of a bound nothing has to be promised."""
    if row.bound or row.worst is None or row.worst.low is None:
        return "-"
    return f"{row.worst.kind} ≥ {number(row.worst.low, percent)}"


def against(row: BoardRow, board: TrackBoard) -> tuple[str, str]:
    """Difference to the best rival, and its p."""
    if row.name == board.rival:
        return "the rival", ""
    if row.difference is None:
        return "", ""
    found = row.difference
    return signed(found.difference, board.metrics[board.headline]), probability(found.p_holm)


def _column(name: str, board: TrackBoard) -> Column:
    metric = board.metrics[name]
    return Column(key=name, title=metric.title + (" %" if metric.percent else ""), about=metric.about)


def beats(row: BoardRow) -> bool:
    """Whether the adjusted test and the interval put a row above the best rival."""
    return (
        row.difference is not None
        and row.difference.distinct
        and row.difference.difference.low is not None
        and row.difference.difference.low > 0
    )


def _cells(row: BoardRow, board: TrackBoard, kinds: list[str], others: list[str]) -> list[str]:
    metrics, percent = row.metrics, board.metrics[board.headline].percent
    cells = [
        row.name + ("" if row.calibrated else " (uncalibrated)") + (f" ({row.label})" if row.label else ""),
        row.family + ("*" if row.rival else "") + (" (reference)" if row.reference else ""),
        row.tier,
        number(metrics[board.headline].value, percent) if row.bound else interval(metrics[board.headline], percent),
        number(row.skill.value, False),
        *[number(metrics[name].value, board.metrics[name].percent) for name in kinds],
        worst(row, percent),
        *[number(metrics[name].value, board.metrics[name].percent) for name in others],
    ]
    cells += against(row, board)
    coverage = metrics["coverage"].value if "coverage" in metrics else None
    bound = row.name == "chance"
    return [
        *cells,
        "" if row.rank is None else count(row.rank),
        "" if bound else number(coverage, True),
        "" if bound else seconds(row.cost.cpu_seconds),
        "" if bound or not row.cost.queries else count(row.cost.queries),
        "" if bound or not row.cost.models_trained else count(row.cost.models_trained),
    ]


UNKNOWN = "Minimum detectable difference: this board was made before it was kept; report on its store to have it."


def detectable(found: Iterable[Comparison | float | None], metric: Metric, what: str) -> list[str]:
    """The note that stands below every table with differences: how large one would have to be to show.

    Args:
        found: comparisons, or the sizes that these cells would show; None where there is no comparison.
        metric: that the differences are in.
        what: what the differences are to.
    """
    told = least_of(
        (one.detectable if isinstance(one, Comparison) else one for one in found if one is not None), metric
    )
    if not told:
        return []
    depends = ", depending on the row" if " to " in told else ""
    return [f"Minimum detectable difference {what} (80% power): {told}{depends}."]


def _stable(board: TrackBoard) -> list[str]:
    found = board.stability
    if found is None:
        return []
    if found.kendall is None or found.spearman is None:
        return [f"Rank stability: n/a ({found.reason})."]
    return [
        f"Rank stability: two halves of the suite that share no network order the {found.methods} rows alike with"
        f" Kendall's tau-b {found.kendall.mean:.2f} [{found.kendall.low:.2f}, {found.kendall.high:.2f}] and Spearman's"
        f" rho {found.spearman.mean:.2f} [{found.spearman.low:.2f}, {found.spearman.high:.2f}]: mean over"
        f" {found.splits} random splits, with the range of 95% of them; {100 * found.kept:.0f}% of the instances are in"
        " a half."
    ]


def _notes(board: TrackBoard) -> list[str]:
    notes = [f"Instances by kind: {', '.join(f'{kind} {count}' for kind, count in board.kinds.items())}."]
    if board.rival is not None:
        notes.append(f"Best rival: {board.rival} ({board.rival_chosen}).")
        notes += detectable([row.difference for row in board.rows], board.metrics[board.headline], "to it")
    metric = board.metrics[board.headline]
    absent = [kind for kind in metric.kinds if kind not in board.kinds]
    without = f"; the suite has no {' or '.join(absent)} pairs" if absent else ""
    notes.append(f"Headline: {metric.about}{without}.")
    notes += _stable(board)
    for row in board.rows:
        failed = {status: count for status, count in row.statuses.items() if status not in {"ok", "not_applicable"}}
        if failed:
            what = ", ".join(f"{count} {status}" for status, count in failed.items())
            why = f": {row.reasons[0]}" if row.reasons else ""
            notes.append(f"{row.name}: {what} (scored at chance){why}"[:300])
    return notes
