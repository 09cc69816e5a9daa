"""The page of a task: its question, its limits, and what every row scores on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from interpbench.plugins.discovery import TaskInfo
from interpbench.report.cell import number
from interpbench.report.site.model import Cell, Grid, Line
from interpbench.report.site.names import slug
from interpbench.report.site.sources import Shown, method_page
from interpbench.report.table import Column
from interpbench.score.inside import Group


@dataclass(frozen=True, kw_only=True)
class OnBoard:
    """A task on one board; `questions` is the name under which its questions are loaded, empty where there are none."""

    shown: Shown
    grid: Grid
    questions: str
    instances: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TaskPage:
    """All that is said of a task; what its card says is empty where it is not installed."""

    name: str
    title: str = ""
    question: str = ""
    limits: str = ""
    references: tuple[str, ...] = ()
    boards: tuple[OnBoard, ...]


def task_page_of(name: str, shown: Sequence[Shown], known: Mapping[str, TaskInfo]) -> TaskPage:
    """The page of a task.

    Args:
        name: `track/task`.
        shown: all tracks of the site.
        known: installed tasks by name.
    """
    boards = tuple(
        OnBoard(
            shown=one,
            grid=_grid(one, group),
            questions=f"{one.name}/questions/{slug(name)}" if one.panels.questions.get(name) else "",
            instances=tuple(one.panels.questions.get(name, {})),
        )
        for one in shown
        for group in one.track.groups
        if group.by == "task" and group.name == name
    )
    info = known.get(name)
    if info is None:
        return TaskPage(name=name, boards=boards)
    return TaskPage(
        name=name,
        title=info.card.title,
        question=info.card.question,
        limits=info.card.limits,
        references=info.card.references,
        boards=boards,
    )


def _grid(shown: Shown, group: Group) -> Grid:
    head = shown.track.metrics[shown.track.headline]
    columns = (
        Column(key="method", title="method", about="method, or method/variant", numeric=False),
        Column(key="family", title="family", about="what its evidence rests on; * marks rivals", numeric=False),
        Column(key="access", title="sees", about="access tier", numeric=False),
        Column(
            key="score",
            title=head.title + (" %" if head.percent else ""),
            about=f"{head.about}; on this task's questions alone, without an interval: one task is too little for it",
        ),
    )
    lines = []
    for row in shown.track.rows:
        if row.name not in group.scores:
            continue
        value = group.scores[row.name]
        link = method_page(row.name) + (f"#cells={shown.name}&task={group.name}" if shown.answers_of(row.name) else "")
        lines.append(
            Line(
                cells=(
                    Cell(text=row.name, order=row.name, link=link),
                    Cell(text=row.family + ("*" if row.rival else ""), order=row.family),
                    Cell(text=row.tier, order=row.tier),
                    Cell(text=number(value, head.percent), order=value),
                ),
                family=row.family,
                tier=row.tier,
                cpu=row.cost.cpu_seconds,
                command=shown.command(row).replace(f"--task {shown.track.track} ", f"--task {group.name} "),
            )
        )
    lines.sort(key=lambda line: -float(line.cells[3].order or 0.0))
    return Grid(
        name=f"task-{shown.name}",
        caption=f"{group.name} ({shown.suite}): {group.cells} questions of the headline",
        columns=columns,
        lines=tuple(lines),
        notes=(
            f"{group.cells} questions are few: no interval and no claim, and the minimum detectable difference is "
            "larger than that of the whole track.",
            *_left_out(shown, group),
        ),
        provenance=shown.provenance,
        filters=True,
    )


def _left_out(shown: Shown, group: Group) -> tuple[str, ...]:
    """Who has no score by task: references, which are compared with nothing."""
    names = [row.name for row in shown.track.rows if row.reference and row.name not in group.scores]
    return (
        (f"References, which are compared with nothing, have no score by task: {', '.join(names)}.",) if names else ()
    )
