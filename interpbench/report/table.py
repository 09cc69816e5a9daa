"""The board as a neutral table: what the columns are is decided once, how they look is up to each format."""

from dataclasses import dataclass, replace

from interpbench.score.board import BoardRow, TrackBoard
from interpbench.score.inside import TOP
from interpbench.score.interval import Estimate
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


def number(value: float | None, percent: bool) -> str:
    """A value as the board shows it; `n/a` where there is none."""
    if value is None:
        return "n/a"
    return f"{100 * value:.0f}" if percent else f"{value:+.2f}" if value < 0 else f"{value:.2f}"


def interval(estimate: Estimate, percent: bool) -> str:
    """Value and 95% interval: `83 [71, 92]`; a value without interval stands alone."""
    if estimate.value is None:
        return "n/a"
    value = number(estimate.value, percent)
    if estimate.low is None or estimate.high is None:
        return value
    if estimate.low == estimate.high == estimate.value:
        return value
    return f"{value} [{number(estimate.low, percent)}, {number(estimate.high, percent)}]"


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
        Column(key="worst", title="worst kind", about="smallest lower bound over the kinds", numeric=False),
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
        title=f"{board.track} on {suite}: {board.instances} instances, {board.families} families",
        columns=tuple(columns),
        rows=tuple(tuple(_cells(row, board, kinds, others)) for row in board.rows),
        notes=tuple(_notes(board)),
        strong=frozenset(place for place, row in enumerate(board.rows) if _beats(row)),
        short=("method", "family", board.headline, *kinds, "worst", "difference", "p", "rank", "cpu"),
        tiny=("method", board.headline, *kinds, "difference"),
    )


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
        ),
        short=("on", "tier", "method", "score", "gain", "highest"),
        tiny=("on", "tier", "method", "score"),
    )


def family_table(board: TrackBoard) -> Table:
    """The best member of each method family, chosen on suite `dev`, against the best rival: a row a family."""
    percent = board.metrics[board.headline].percent
    head = board.metrics[board.headline].title + (" %" if percent else "")
    columns = (
        Column(key="family", title="family", about="what its evidence rests on; * marks rivals", numeric=False),
        Column(key="method", title="member", about="its best method on suite dev", numeric=False),
        Column(key=board.headline, title=head, about=board.metrics[board.headline].about + "; 95% interval"),
        Column(key="worst", title="worst kind", about="smallest lower bound over the kinds", numeric=False),
        Column(key="difference", title="vs best rival", about="paired difference of the headline; 95% interval"),
        Column(key="p", title="p (Holm)", about="two-sided, adjusted for all rows"),
        Column(key="cpu", title="CPU s", about="all cells together, studies included"),
    )
    chosen = [row for row in board.rows if row.represents]
    return Table(
        title=f"{board.track}: method families against the best rival",
        columns=columns,
        rows=tuple(
            (
                row.family + ("*" if row.rival else ""),
                row.name,
                interval(row.metrics[board.headline], percent),
                _worst(row, percent),
                *_against(row, board),
                f"{row.cost.cpu_seconds:.1f}",
            )
            for row in chosen
        ),
        notes=(),
        strong=frozenset(place for place, row in enumerate(chosen) if _beats(row)),
    )


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
    )


def inside_table(board: TrackBoard) -> Table:
    """Where looking inside helps: a row a kind of question and a row a task."""
    percent = board.metrics[board.headline].percent
    inside = [row.name for row in board.rows if row.inside]
    rivals = [row.name for row in board.rows if row.rival and not (row.bound or row.reference)]
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
                str(group.cells),
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
        ),
        tiny=("group", "rival", "inside", "difference", "solved"),
    )


def _named(found: tuple[str, float] | None, percent: bool) -> str:
    return "n/a" if found is None else f"{found[0]} {number(found[1], percent)}"


def _worst(row: BoardRow, percent: bool) -> str:
    if row.worst is None or row.worst.low is None:
        return "-"
    return f"{row.worst.kind} ≥ {number(row.worst.low, percent)}"


def _against(row: BoardRow, board: TrackBoard) -> tuple[str, str]:
    """Difference to the best rival, and its p."""
    if row.name == board.rival:
        return "the rival", ""
    if row.difference is None:
        return "", ""
    p = row.difference.p_holm
    told = "n/a" if p is None else f"{p:.3f}" if p >= 0.001 else "<.001"
    return signed(row.difference.difference, board.metrics[board.headline]), told


def _column(name: str, board: TrackBoard) -> Column:
    metric = board.metrics[name]
    return Column(key=name, title=metric.title + (" %" if metric.percent else ""), about=metric.about)


def _beats(row: BoardRow) -> bool:
    return (
        row.difference is not None
        and row.difference.distinct
        and row.difference.difference.low is not None
        and row.difference.difference.low > 0
    )


def _cells(row: BoardRow, board: TrackBoard, kinds: list[str], others: list[str]) -> list[str]:
    metrics, percent = row.metrics, board.metrics[board.headline].percent
    cells = [
        row.name + ("" if row.calibrated else " (uncalibrated)"),
        row.family + ("*" if row.rival else "") + (" (reference)" if row.reference else ""),
        row.tier,
        number(metrics[board.headline].value, percent) if row.bound else interval(metrics[board.headline], percent),
        number(row.skill.value, False),
        *[number(metrics[name].value, board.metrics[name].percent) for name in kinds],
        _worst(row, percent),
        *[number(metrics[name].value, board.metrics[name].percent) for name in others],
    ]
    cells += _against(row, board)
    coverage = metrics["coverage"].value if "coverage" in metrics else None
    bound = row.name == "chance"
    return [
        *cells,
        "" if row.rank is None else str(row.rank),
        "" if bound else number(coverage, True),
        "" if bound else f"{row.cost.cpu_seconds:.1f}",
        "" if bound or not row.cost.queries else f"{row.cost.queries:,}",
        "" if bound or not row.cost.models_trained else str(row.cost.models_trained),
    ]


def signed(estimate: Estimate, metric: Metric) -> str:
    """A difference in a metric with its 95% interval: `+7 [-1, +15]`."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "n/a"
    scale, digits = (100, 0) if metric.percent else (1, 2)
    most = metric.highest - metric.lowest  # no difference is larger
    ends = (max(-most, estimate.low), min(most, estimate.high))
    parts = [f"{scale * part:+.{digits}f}" for part in (estimate.value, *ends)]
    value, low, high = ("0" if float(part) == 0 else part for part in parts)  # no sign on what rounds to nothing
    return f"{value} [{low}, {high}]"


def _notes(board: TrackBoard) -> list[str]:
    notes = [f"Instances by kind: {', '.join(f'{kind} {count}' for kind, count in board.kinds.items())}."]
    if board.rival is not None:
        notes.append(f"Best rival: {board.rival} ({board.rival_chosen}).")
        sizes = [
            row.difference.detectable
            for row in board.rows
            if row.difference is not None and row.difference.detectable is not None
        ]
        if sizes:
            notes.append(
                "Minimum detectable difference to it (80% power): "
                f"{100 * min(sizes):.0f} to {100 * max(sizes):.0f} points, depending on the row."
            )
    metric = board.metrics[board.headline]
    absent = [kind for kind in metric.kinds if kind not in board.kinds]
    without = f"; the suite has no {' or '.join(absent)} pairs" if absent else ""
    notes.append(f"Headline: {metric.about}{without}.")
    for row in board.rows:
        failed = {status: count for status, count in row.statuses.items() if status not in {"ok", "not_applicable"}}
        if failed:
            what = ", ".join(f"{count} {status}" for status, count in failed.items())
            why = f": {row.reasons[0]}" if row.reasons else ""
            notes.append(f"{row.name}: {what} (scored at chance){why}"[:300])
    return notes
