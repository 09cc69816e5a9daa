"""`list` and `info`: what is installed, read from sources and YAML alone."""

from rich.console import Console
from rich.table import Table

from interpbench.cli.errors import Exit, Stop
from interpbench.plugins.discovery import (
    MethodInfo,
    TaskInfo,
    broken,
    find_method,
    find_suite,
    find_task,
    methods,
    suites,
    tasks,
)
from interpbench.plugins.manifest import PluginError, nearest
from interpbench.tracks.registry import TRACKS

_KINDS = ("methods", "tasks", "suites", "tracks")


def list_plugins(what: str) -> None:
    """`interpbench list`."""
    if what and what not in _KINDS:
        raise Stop(Exit.USAGE, f"nothing called {what!r} to list{nearest(what, _KINDS)}")
    console = Console()
    for kind in (what,) if what else _KINDS:
        table = Table(title=kind, title_justify="left", box=None, header_style="bold", pad_edge=False)
        headings, rows = _ROWS[kind]()
        for place, heading in enumerate(headings):
            table.add_column(heading, overflow="fold", no_wrap=place == 0)
        for row in rows:
            table.add_row(*row)
        console.print(table)
        console.print()
    for fault in broken():
        Console(stderr=True).print(f"cannot be read: {fault}", highlight=False)


def _methods() -> tuple[list[str], list[list[str]]]:
    rows = [
        [info.row(variant), info.family.value, info.tier.value, "" if place else info.summary]
        for info in methods().values()
        for place, variant in enumerate(info.card.variants)
    ]
    return ["method", "family", "sees", ""], rows


def _tasks() -> tuple[list[str], list[list[str]]]:
    return ["task", "sizes", ""], [[name, ", ".join(t.card.sizes), t.card.question] for name, t in tasks().items()]


def _suites() -> tuple[list[str], list[list[str]]]:
    found = [find_suite(name) for name in suites()]
    return ["suite", "version", "tasks", ""], [[s.name, s.version, str(len(s.tasks)), s.question] for s in found]


def _tracks() -> tuple[list[str], list[list[str]]]:
    return ["track", "a method defines", ""], [[t.name, f"{t.mixin}.{t.function}", t.question] for t in TRACKS.values()]


_ROWS = {"methods": _methods, "tasks": _tasks, "suites": _suites, "tracks": _tracks}


def show_info(name: str) -> None:
    """`interpbench info`."""
    known = {*methods(), *tasks(), *(task.partition("/")[2] for task in tasks()), *suites(), *TRACKS}
    if name in suites():
        suite = find_suite(name)
        _lines(f"suite {suite.name} {suite.version}", {"question": suite.question, "seed": suite.seed, **suite.tasks})
    elif name in TRACKS:
        track = TRACKS[name]
        _lines(f"track {name}", {"question": track.question, "enter with": f"{track.mixin}.{track.function}"})
    elif name in methods():
        _method(find_method(name))
    elif name in known:
        _task(find_task(name))
    else:
        try:
            _method(find_method(name))
        except PluginError as error:
            raise Stop(Exit.USAGE, f"nothing is called {name!r}{nearest(name, known)}") from error


def _method(info: MethodInfo) -> None:
    card = info.card
    _lines(
        f"method {info.name} {info.version}",
        {
            "title": card.title,
            "what": info.summary,
            "summary": card.summary,
            "family": info.family.value + (" (a rival)" if info.family.rival else ""),
            "sees": info.tier.value,
            "tracks": ", ".join(info.tracks) or "none",
            "variants": "; ".join(
                f"{info.row(name)} {parameters or ''}".strip() for name, parameters in card.variants.items()
            ),
            "calibrated": ", ".join(
                f"{track} ({len(rows)} of {len(card.variants)})" for track, rows in card.calibration.items()
            )
            or "no: run `interpbench calibrate`",
            "tuned": card.tuned,
            "limits": card.limits,
            "references": "; ".join(card.references),
            "source": str(info.source),
        },
    )


def _task(info: TaskInfo) -> None:
    card = info.card
    _lines(
        f"task {info.name} {info.version}",
        {
            "title": card.title,
            "question": card.question,
            "sizes": ", ".join(card.sizes),
            "zoo": _zoo(info),
            "limits": card.limits,
            "references": "; ".join(card.references),
            "source": str(info.source),
        },
    )


def _zoo(info: TaskInfo) -> str:
    if not info.card.networks:
        return "none: worlds are drawn from names"
    return "trained" if (info.zoo / "zoo.json").exists() else "not trained: `interpbench zoo build`"


def _lines(title: str, entries: dict[str, str]) -> None:
    console = Console()
    console.print(title, style="bold", highlight=False)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for key, value in entries.items():
        if value:
            table.add_row(key, value.strip())
    console.print(table)
