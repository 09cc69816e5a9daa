"""Every file of a site, one at a time: nothing is written here, and no more than one page is held."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files as package_files
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Any

from interpbench.plugins.discovery import MethodInfo, TaskInfo
from interpbench.report.further import further_tables
from interpbench.report.latex import latex
from interpbench.report.site import answers
from interpbench.report.site.grids import detectable, headline_grid, track_grids
from interpbench.report.site.method_page import method_page_of
from interpbench.report.site.names import slug
from interpbench.report.site.overview import profile
from interpbench.report.site.render import render
from interpbench.report.site.sources import Shown, leading, method_page, methods_of, task_page, tasks_of
from interpbench.report.site.task_page import task_page_of
from interpbench.report.site.words import question_of, words_of
from interpbench.report.table import Table, board_table
from interpbench.report.text import caption, comma_separated
from interpbench.score.board import Board

File = tuple[str, bytes]
"""Path below the site's folder, and content."""
ASSETS = "assets"


@dataclass(frozen=True, kw_only=True, eq=False)
class Site:
    """What a site shows.

    Attributes:
        shown: tracks of boards, in the order of the navigation.
        methods, tasks: what is installed, for prose; what is not installed has figures alone.
        figures: name -> SVG of figures that were made elsewhere, linked from the overview and copied.
    """

    shown: Sequence[Shown]
    methods: dict[str, MethodInfo]
    tasks: dict[str, TaskInfo]
    figures: dict[str, bytes]


def files(site: Site) -> Iterator[File]:
    """All files of a site."""
    yield from assets()
    shared = _shared(site)
    first = leading(site.shown)
    further = [(one.page, f"{one.track.track} on {one.suite}") for one in site.shown if one not in first]
    suite = ", ".join(dict.fromkeys(one.board.suite for one in first))
    overview = {"profile": profile(first), "best": _best(first), "further": further, "suite": suite}
    yield _page("index.html", "index.html.jinja", shared, **overview)
    yield _page("plain-words.html", "words.html.jinja", shared, tracks=_in_words(site))
    for one in site.shown:
        alike = [other for other in site.shown if other.track.track == one.track.track and other is not one]
        yield from _track(one, {**shared, "alike": [(other.page, other.suite) for other in alike]})
    for name in methods_of(site.shown):
        page = method_page_of(name, site.shown, site.methods)
        where = _provenance([on.shown for on in page.tracks])
        yield _page(method_page(name), "method.html.jinja", {**shared, "provenance": where}, page=page)
    for name in tasks_of(site.shown):
        about = task_page_of(name, site.shown, site.tasks)
        where = _provenance([on.shown for on in about.boards])
        yield _page(task_page(name), "task.html.jinja", {**shared, "provenance": where}, page=about)
    for name, content in site.figures.items():
        yield f"figures/{name}", content


def assets() -> Iterator[File]:
    """Style, script and the libraries of others with their licences."""
    root = package_files("interpbench.report.site") / ASSETS
    yield from _below(root, ASSETS)


def _below(folder: Traversable, path: str) -> Iterator[File]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _below(entry, f"{path}/{entry.name}")
        elif not entry.name.endswith((".pyc", ".py")):
            yield f"{path}/{entry.name}", entry.read_bytes()


def _shared(site: Site) -> dict[str, Any]:
    """What every page needs."""
    return {
        "navigation": [(one.page, one.track.track) for one in leading(site.shown)],
        "provenance": _provenance(site.shown),
        "method_page": method_page,
        "task_page": task_page,
        "figures": [f"figures/{name}" for name in site.figures],
        "answers_at_hand": [one.track.track for one in site.shown if one.cells is not None],
    }


def _provenance(shown: Sequence[Shown]) -> list[tuple[str, str]]:
    """Where the figures of a page come from: tracks of one origin together."""
    found: dict[str, list[str]] = {}
    for one in shown:
        found.setdefault(one.provenance, []).append(_title(one, shown))
    return [(", ".join(names), sentence) for sentence, names in found.items()]


def _title(one: Shown, shown: Sequence[Shown]) -> str:
    twice = sum(other.track.track == one.track.track for other in shown) > 1
    return f"{one.track.track} ({one.board.suite})" if twice else one.track.track


def _page(path: str, template: str, shared: dict[str, Any], **values: Any) -> File:
    root = "../" * path.count("/")
    return path, render(template, root=root, path=path, **{**shared, **values}).encode()


def _best(shown: Sequence[Shown]) -> list[dict[str, Any]]:
    return [{"shown": one, "grid": headline_grid(one), "question": question_of(one.track.track)} for one in shown]


def _in_words(site: Site) -> list[dict[str, Any]]:
    return [
        {"name": one.track.track, "words": words_of(one.track.track), "page": one.page} for one in leading(site.shown)
    ]


def _track(one: Shown, shared: dict[str, Any]) -> Iterator[File]:
    track = one.track
    downloads = list(_downloads(one))
    yield _page(
        one.page,
        "track.html.jinja",
        {**shared, "provenance": _provenance([one])},
        one=one,
        words=words_of(track.track),
        question=question_of(track.track),
        grids=track_grids(one),
        best=headline_grid(one),
        detectable=detectable(one),
        tasks=[group for group in track.groups if group.by == "task"],
        downloads=[path for path, _ in downloads],
    )
    yield from downloads
    yield from _scripts(one)


def _scripts(one: Shown) -> Iterator[File]:
    """Single answers and what questions look like, as scripts."""
    about = one.track.metrics
    if one.cells is not None:
        for row, lines in one.cells.groupby("row", sort=False):
            name = f"{one.name}/cells/{slug(str(row))}"
            told = answers.payload(lines)
            told["questions"] = {task: slug(task) for task in lines["task"].unique() if task in one.panels.questions}
            told["about"] = {name: about[name].about for name in told["values"] if name in about}
            told["answers"] = bool(one.panels.answers.get(str(row)))
            yield f"data/{name}.js", answers.script(name, told).encode()
    for task, by_instance in one.panels.questions.items():
        name = f"{one.name}/questions/{slug(task)}"
        yield f"data/{name}.js", answers.script(name, dict(by_instance)).encode()
    for row, by_instance in one.panels.answers.items():
        name = f"{one.name}/answers/{slug(row)}"
        yield f"data/{name}.js", answers.script(name, dict(by_instance)).encode()


def _downloads(one: Shown) -> Iterator[File]:
    """The board as JSON, all figures as CSV and Parquet, tables as LaTeX, and judged answers as CSV and Parquet."""
    board: Board = one.board.model_copy(update={"tracks": [one.track]})
    folder = f"downloads/{one.name}"
    text = comma_separated(board)
    yield f"{folder}.json", (board.model_dump_json(indent=1) + "\n").encode()
    yield f"{folder}.csv", text.encode()
    yield f"{folder}.tex", "\n".join(latex(table, caption(board)) for table in _tables(one)).encode()
    import pandas as pd

    frame = pd.read_csv(BytesIO(text.encode()), keep_default_na=True)
    yield f"{folder}.parquet", _parquet(frame)
    if one.cells is not None:
        flat = one.cells.assign(units=[" ".join(units) for units in one.cells["units"]])
        yield f"{folder}-answers.csv", flat.to_csv(index=False).encode()
        yield f"{folder}-answers.parquet", _parquet(one.cells)


def _tables(one: Shown) -> list[Table]:
    return [board_table(one.track, one.suite), *further_tables(one.track).values()]


def _parquet(frame: Any) -> bytes:
    out = BytesIO()
    frame.to_parquet(out, index=False)
    return out.getvalue()
