"""Submissions as tables and as a comment on a pull request; what strangers wrote is shown as plain text."""

from collections.abc import Mapping, Sequence

from interpbench.report.cell import interval, least, signed
from interpbench.report.table import Column, Table, board_table
from interpbench.report.text import markdown
from interpbench.score.board import BoardRow, board_order
from interpbench.submissions.beside import beside
from interpbench.submissions.compare import Side
from interpbench.submissions.gate import Checked, Report
from interpbench.submissions.published import PublishedTrack
from interpbench.tracks.registry import TRACKS

MOST = 50
"""Problems of one submission that a comment shows."""
LONGEST = 60_000
"""Bytes of a comment; the site takes 65,536 characters."""
CUT = "\n*Cut here, since a comment holds no more: `interpbench board check` prints the whole.*\n"
AUTOMATIC = (
    "*Written by a program. No maintainer has looked at this pull request, and nothing here accepts it: passed means "
    "that the files are in order and that the scores follow from the answers.*"
)
_ESCAPED = {ord(sign): f"&#{ord(sign)};" for sign in "<>&|`*_[]\\!~"}
_BROKEN = {"@": "@\u200b", "#": "#\u200b", "://": ":\u200b//"}
"""Mentions, references and addresses are found in the rendered text, where an escape is undone: a space of no width is
not."""


def plain(text: str, most: int = 400) -> str:
    """Text of a stranger, so that Markdown shows it and does nothing else: no link, mention, markup or line break."""
    flat = " ".join(text.split())
    shown = flat if len(flat) <= most else f"{flat[: most - 3]}..."
    printable = "".join(sign if sign.isprintable() else "?" for sign in shown)
    for sign, broken in _BROKEN.items():
        printable = printable.replace(sign, broken)
    return printable.translate(_ESCAPED)


def rows_beside(rows: Mapping[str, list[BoardRow]], published: Sequence[PublishedTrack], suite: str) -> list[Table]:
    """A table a track: submitted rows beside the built-in ones of the same suite version, or alone."""
    tables = []
    for track, own in rows.items():
        there = next((one for one in published if one.track.track == track and one.suite == suite), None)
        tables.append(_alone(track, own, suite) if there is None else board_table(beside(own, there.track), suite))
    return tables


def _alone(track: str, rows: Sequence[BoardRow], suite: str) -> Table:
    """Rows without a board to stand on."""
    definition = TRACKS[track].load()
    names = [name for name in (definition.headline, *definition.parts) if name in definition.metrics]
    metrics = {name: definition.metrics[name] for name in names}
    columns = (
        Column(key="method", title="method", about="method, or method/variant", numeric=False),
        *[
            Column(key=name, title=metric.title + (" %" if metric.percent else ""), about=metric.about)
            for name, metric in metrics.items()
        ],
        Column(key="cpu", title="CPU s", about="all cells together, studies included"),
    )
    body = tuple(
        (
            row.name + ("" if row.calibrated else " (uncalibrated)") + (f" ({row.label})" if row.label else ""),
            *[interval(row.metrics[name], metric.percent) for name, metric in metrics.items()],
            f"{row.cost.cpu_seconds:.1f}",
        )
        for row in rows
    )
    return Table(
        title=f"{track} on {suite}",
        columns=columns,
        rows=body,
        notes=(f"No built-in board of {track} on {suite} is at hand, so these rows stand alone.",),
        tiny=("method", names[0]),
    )


def sides_table(sides: Sequence[Side]) -> Table:
    """Own rows against the best rival and against the best row."""
    columns = (
        Column(key="track", title="track", about="which", numeric=False),
        Column(key="row", title="row", about="the submitter's", numeric=False),
        Column(key="score", title="score", about="its headline; 95% interval"),
        Column(key="role", title="against", about="the best rival, or the best row", numeric=False),
        Column(key="name", title="published row", about="its name", numeric=False),
        Column(key="theirs", title="score", about="as published; 95% interval"),
        Column(key="difference", title="paired difference", about="own minus published; 95% interval"),
        Column(key="p", title="p (Holm)", about="two-sided, adjusted for all own rows"),
        Column(key="detectable", title="detectable", about="smallest difference found with 80% power"),
    )
    notes = []
    body = []
    for side in sides:
        track = TRACKS[side.track].load()
        metric = track.metrics[track.headline]
        paired = side.paired
        scale, digits = (100, 0) if metric.percent else (1, 2)
        told = ("not paired", "", "")
        if paired is not None:
            p = "n/a" if paired.p_holm is None else f"{paired.p_holm:.3f}" if paired.p_holm >= 0.001 else "<.001"
            size = "n/a" if paired.detectable is None else least(paired.detectable, metric)
            told = (signed(paired.difference, metric), p, size)
        elif side.value.value is not None and side.published.value is not None:
            gap = scale * (side.value.value - side.published.value)
            told = (f"{gap:+.{digits}f} unpaired", "", "")
            notes.append(f"{side.track}, {side.against}: not paired, so without an interval: {side.why_not}.")
        body.append(
            (
                side.track,
                side.row,
                interval(side.value, metric.percent),
                side.role,
                side.against,
                interval(side.published, metric.percent),
                *told,
            )
        )
    notes.append("The best row is chosen on these very questions, which flatters it and no row of yours.")
    return Table(
        title="against the published rows",
        columns=columns,
        rows=tuple(body),
        notes=tuple(dict.fromkeys(notes)),
        tiny=("row", "name", "difference"),
    )


def gate_comment(report: Report) -> str:
    """The gate's report as Markdown, for a comment on a pull request."""
    count = len(report.problems)
    lines = [
        "## Leaderboard check: " + ("passed" if not count else f"{count} problem{'s' * (count > 1)}"),
        "",
        AUTOMATIC,
        "",
        f"{len(report.published)} built-in boards; {report.derived} of their figures derived again from published "
        f"cells; submissions judged afresh: {len(report.submissions)}.",
        "",
    ]
    if report.change:
        lines += ["### The change", "", *_listed(report.change), ""]
    if report.tables:
        lines += ["### Built-in boards", "", *_listed(report.tables), ""]
    for one in report.submissions:
        lines += _about(one, report.published)
    return "\n".join(lines)


def shortened(text: str, most: int = LONGEST) -> str:
    """Markdown cut at the end of a line to a length that a comment holds, and saying so.

    Args:
        text: the whole.
        most: bytes of UTF-8.
    """
    if len(text.encode()) <= most:
        return text
    kept = text.encode()[: most - len(CUT.encode())].decode(errors="ignore")
    return kept[: kept.rfind("\n") + 1] + CUT


def _about(one: Checked, published: Sequence[PublishedTrack]) -> list[str]:
    lines = [f"### {plain(one.name)}: {'refused' if one.problems else 'in order'}", ""]
    if one.problems:
        lines += [*_listed(one.problems), ""]
    lines += [f"- note: {plain(note)}" for note in one.notes]
    if one.summary is None:
        return [*lines, ""]
    summary = one.summary
    lines += [f"- tuned, {plain(name)}: {plain(text) or 'not said'}" for name, text in summary.tuned.items()]
    if summary.contact.authors:
        paper = plain(summary.contact.paper) or "no paper"
        lines.append(f"- authors: {plain(', '.join(summary.contact.authors))}; {paper}")
    lines += [
        f"- suite {plain(summary.suite)} {plain(summary.suite_version)}; isolation {plain(summary.isolation)}; "
        f"{plain(summary.machine)}; bundle `{summary.bundle[:16]}`; label {plain(summary.label)}",
        "",
    ]
    suite = f"{summary.suite} {summary.suite_version}"
    for track, rows in summary.tracks.items():
        lines += [markdown(_in_short(track, rows, published, suite)), ""]
    return lines


def _in_short(track: str, rows: Sequence[BoardRow], published: Sequence[PublishedTrack], suite: str) -> Table:
    """Own rows with the place that they would take among the built-in ones."""
    table = _alone(track, rows, suite)
    there = next((one for one in published if one.track.track == track and one.suite == suite), None)
    body = tuple(tuple(plain(cell) for cell in row) for row in table.rows)
    if there is None:
        notes = tuple(map(plain, table.notes))
        return Table(title=plain(table.title), columns=table.columns, rows=body, notes=notes)
    built_in = [row for row in there.track.rows if not row.bound]
    head = there.track.headline
    order = sorted([*built_in, *rows], key=lambda row: board_order(row, head))
    places = {row.name: order.index(row) + 1 for row in rows}
    columns = (*table.columns, Column(key="place", title="place", about="by score among all rows"))
    return Table(
        title=plain(table.title),
        columns=columns,
        rows=tuple((*cells, f"{places[row.name]} of {len(order)}") for cells, row in zip(body, rows, strict=True)),
        notes=(f"Best built-in rival: {plain(there.track.rival or 'none')}.",),
    )


def _listed(problems: Sequence[object]) -> list[str]:
    shown = [f"- {plain(str(problem))}" for problem in problems[:MOST]]
    return shown + [f"- and {len(problems) - MOST} more"] * (len(problems) > MOST)
