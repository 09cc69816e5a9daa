"""The page of a row of the board: what it is, and track by track what it scores, stratum by stratum."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from interpbench.plugins.discovery import MethodInfo
from interpbench.report.cell import interval, least_with_unit, number, signed
from interpbench.report.site.model import Bar, Cell, Grid, Line
from interpbench.report.site.names import slug
from interpbench.report.site.sources import Shown, task_page
from interpbench.report.table import Column
from interpbench.score.board import BoardRow
from interpbench.score.inside import Group
from interpbench.score.interval import Estimate


@dataclass(frozen=True, kw_only=True)
class OnTrack:
    """A row on one track.

    Attributes:
        shown: the track.
        row: the row.
        score, skill: printed, with interval.
        against: paired difference to the best rival in words.
        detectable: minimum detectable difference to it, or why it is not known.
        figures: every metric.
        strata: kinds and tasks.
        statuses: how its cells ended.
        cells: name under which its single answers are loaded; empty where they are not at hand.
    """

    shown: Shown
    row: BoardRow
    score: str
    skill: str
    against: str
    detectable: str
    figures: Grid
    strata: Grid
    statuses: str
    cells: str


@dataclass(frozen=True, kw_only=True)
class MethodPage:
    """All that is said of a row.

    Attributes:
        name: of the row.
        first: the row on the first track that it enters.
        title, summary, tuned, limits: from its card, where it is installed.
        references: of its card.
        settings: hyper-parameters of the variant, printed.
        tracks: in the order of the site.
    """

    name: str
    first: BoardRow
    title: str = ""
    summary: str = ""
    tuned: str = ""
    limits: str = ""
    references: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    tracks: tuple[OnTrack, ...]


def method_page_of(name: str, shown: Sequence[Shown], known: Mapping[str, MethodInfo]) -> MethodPage:
    """The page of a row.

    Args:
        name: of the row.
        shown: all tracks of the site.
        known: installed methods by name; a row of a method that is not installed has figures alone.
    """
    here = [(one, one.rows[name]) for one in shown if name in one.rows]
    tracks = tuple(_on_track(one, row) for one, row in here)
    method, _, variant = name.partition("/")
    info = known.get(method)
    if info is None:
        return MethodPage(name=name, first=here[0][1], tracks=tracks)
    return MethodPage(
        name=name,
        first=here[0][1],
        title=info.card.title,
        summary=info.card.summary or info.summary,
        tuned=info.card.tuned,
        limits=info.card.limits,
        references=info.card.references,
        settings=tuple(f"{key} = {value}" for key, value in info.card.variants.get(variant, {}).items()),
        tracks=tracks,
    )


def _on_track(shown: Shown, row: BoardRow) -> OnTrack:
    head = shown.track.metrics[shown.track.headline]
    found = row.difference
    if row.bound:
        against, detectable = "not compared: a bound, and no method", ""
    elif row.reference:
        against, detectable = "not compared: it spends more than the track grants, and stands for reference", ""
    elif row.name == shown.track.rival:
        against, detectable = "it is the best rival itself", ""
    elif found is None:
        against, detectable = "not compared", ""
    else:
        p = "" if found.p_holm is None else f", p (Holm) {found.p_holm:.3f}" if found.p_holm >= 0.001 else ", p < .001"
        why = f" ({found.difference.reason})" if found.difference.reason else ""
        against = f"{signed(found.difference, head)}{p} against {found.rival}{why}"
        size = found.detectable
        detectable = "not known, for there is no interval" if size is None else least_with_unit(size, head)
    statuses = ", ".join(f"{count:,} {status.replace('_', ' ')}" for status, count in sorted(row.statuses.items()))
    has = shown.answers_of(row.name)
    return OnTrack(
        shown=shown,
        row=row,
        score=f"{_printed(row, row.metrics[shown.track.headline], head.percent)}{' %' if head.percent else ''}",
        skill=_printed(row, row.skill, False),
        against=against,
        detectable=detectable,
        figures=_figures(shown, row, detectable),
        strata=_strata(shown, row, detectable, opens=has),
        statuses=statuses,
        cells=f"{shown.name}/cells/{slug(row.name)}" if has else "",
    )


def _printed(row: BoardRow, found: Estimate, percent: bool) -> str:
    """With its interval; that of a bound, which is known exactly, says nothing."""
    return number(found.value, percent) if row.bound else interval(found, percent)


def _figures(shown: Shown, row: BoardRow, detectable: str) -> Grid:
    columns = (
        Column(key="metric", title="figure", about="what is measured", numeric=False),
        Column(key="value", title="value", about="with its 95% interval"),
        Column(key="chance", title="chance", about="what an answer that knows nothing has"),
        Column(key="ceiling", title="ceiling", about="the best possible"),
        Column(key="n", title="questions", about="that it rests on"),
        Column(key="families", title="families", about="of questions that it rests on; few make intervals wide"),
        Column(key="about", title="meaning", about="how it is computed", numeric=False),
    )
    lines = []
    for name, metric in shown.track.metrics.items():
        found = row.metrics.get(name)
        if found is None:
            continue
        lines.append(
            Line(
                cells=(
                    Cell(text=metric.title + (" %" if metric.percent else ""), order=metric.title),
                    Cell(text=_printed(row, found, metric.percent), order=found.value, why=found.reason or ""),
                    Cell(text=number(metric.chance, metric.percent), order=metric.chance),
                    Cell(text=number(metric.ceiling, metric.percent), order=metric.ceiling),
                    Cell(text=str(found.n), order=float(found.n)),
                    Cell(text=str(found.families), order=float(found.families)),
                    Cell(text=metric.about, order=metric.about),
                ),
            )
        )
    return Grid(
        name=f"figures-{shown.name}",
        caption=f"{row.name} on {shown.track.track} ({shown.suite}): every figure",
        columns=columns,
        lines=tuple(lines),
        notes=_notes(detectable),
        provenance=shown.provenance,
    )


def _strata(shown: Shown, row: BoardRow, detectable: str, *, opens: bool) -> Grid:
    """Kinds and tasks: the row beside the rival, and the way to single answers."""
    head = shown.track.metrics[shown.track.headline]
    columns = (
        Column(key="group", title="stratum", about="which; tasks over the headline's kinds", numeric=False),
        Column(key="by", title="by", about="kind of question, or task", numeric=False),
        Column(key="cells", title="questions", about="that it holds"),
        Column(key="score", title="score" + (" %" if head.percent else ""), about="of this row"),
        Column(key="rival", title="best rival" + (" %" if head.percent else ""), about=shown.track.rival or "none"),
        Column(
            key="bar",
            title="picture",
            about="the row (dot) beside the rival (line), from lowest to highest",
            numeric=False,
        ),
    )
    grouped = {(group.by, group.name) for group in shown.track.groups}
    lines = [_stratum(shown, row, group, opens=opens) for group in shown.track.groups]
    if opens:
        lines += [
            Line(
                cells=(
                    Cell(text=kind, order=kind, link=f"#cells={shown.name}&kind={kind}"),
                    Cell(text="kind", order="kind"),
                    Cell(text=str(count), order=float(count)),
                    Cell(text="n/a", why="this kind has no score of its own; see the figures"),
                    Cell(text=""),
                    Cell(text=""),
                )
            )
            for kind, count in shown.track.kinds.items()
            if ("kind", kind) not in grouped
        ]
    return Grid(
        name=f"strata-{shown.name}",
        caption=f"{row.name} on {shown.track.track} ({shown.suite}): by kind of question and by task",
        columns=columns,
        lines=tuple(lines),
        notes=(
            "Names of strata lead to their single questions."
            if opens
            else "Single answers are not part of this site: for this track it was built from a board alone.",
            *_notes(detectable),
        ),
        provenance=shown.provenance,
        empty="The board has no strata.",
    )


def _stratum(shown: Shown, row: BoardRow, group: Group, *, opens: bool) -> Line:
    head = shown.track.metrics[shown.track.headline]
    own, rival = _own(row, group), group.scores.get(shown.track.rival or "")
    link = f"#cells={shown.name}&{group.by}={group.name}" if opens else ""
    if group.by == "task" and not opens:
        link = task_page(group.name)
    why = "" if own is not None else _why(row, group)
    span = head.highest - head.lowest or 1.0

    def place(value: float) -> float:
        return min(1.0, max(0.0, (value - head.lowest) / span))

    picture = (
        Cell(text="", bar=Bar(low=place(own), value=place(own), high=place(own), zero=place(rival)))
        if own is not None and rival is not None
        else Cell(text="")
    )
    return Line(
        cells=(
            Cell(text=group.name.partition("/")[2] or group.name, order=group.name, link=link),
            Cell(text=group.by, order=group.by),
            Cell(text=str(group.cells), order=float(group.cells)),
            Cell(text=number(own, head.percent), order=own, why=why),
            Cell(text=number(rival, head.percent) if rival is not None else "", order=rival),
            picture,
        )
    )


def _own(row: BoardRow, group: Group) -> float | None:
    """What a row scores in a stratum; of bounds and references a board knows that of kinds alone."""
    if row.name in group.scores:
        return group.scores[row.name]
    return row.metrics[group.name].value if group.by == "kind" and group.name in row.metrics else None


def _why(row: BoardRow, group: Group) -> str:
    if group.by == "task" and (row.bound or row.reference):
        return "bounds and references, which are compared with nothing, have no score by task"
    return "too few answers here for a score"


def _notes(detectable: str) -> tuple[str, ...]:
    """The minimum detectable difference, where the row is compared."""
    if not detectable:
        return ()
    return (
        f"Minimum detectable difference to the best rival on the headline (80% power): {detectable}. On a part of the "
        "questions it is larger.",
    )
