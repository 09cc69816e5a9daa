"""The commands that run, calibrate, verify and explain."""

import os
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from rich.console import Console
from rich.table import Table as RichTable

from interpbench.bundle.outcome import Status
from interpbench.cli.errors import Exit, Stop
from interpbench.cli.progress import Judging, Meter
from interpbench.plugins.discovery import (
    MethodInfo,
    TaskInfo,
    broken,
    find_method,
    find_suite,
    find_task,
    methods,
    tasks,
)
from interpbench.plugins.manifest import PluginError, Suite, nearest
from interpbench.report.counted import counted
from interpbench.run.board import board_of
from interpbench.run.execute import Runner, Settings
from interpbench.run.isolate.levels import Isolation, choose
from interpbench.run.judged import judged
from interpbench.run.plan import Cell, Plan, make_plan
from interpbench.run.store import AnswerRecord, Store
from interpbench.score.board import Board, BoardRow
from interpbench.tracks.registry import TRACKS


def plan_of(suite: str, only_tasks: list[str], only_methods: list[str]) -> Plan:
    """The plan of a suite, cut to the tasks and methods that were asked for; says which plug-ins are left out."""
    found = [find_method(name) for name in only_methods] or without_extras()
    for fault in broken():
        Console(stderr=True).print(f"left out: {fault}", highlight=False)
    asked = find_suite(suite)
    return make_plan(asked, tasks(), found, [info for name in only_tasks for info in _tasks_of(asked, name)])


def _tasks_of(suite: Suite, name: str) -> list[TaskInfo]:
    """The task of a name, or all that a suite asks of a track."""
    if name not in TRACKS:
        close = get_close_matches(name, TRACKS, n=1, cutoff=0.8)
        if close and "/" not in name and name not in {task.partition("/")[2] for task in tasks()}:
            raise PluginError(f"no task or track {name!r}; did you mean the track {close[0]!r}?")
        return [find_task(name)]
    known = tasks()
    return [known[task] for task in suite.tasks if task in known and known[task].track == name]


def without_extras() -> list[MethodInfo]:
    """All methods but those that need extra packages: they run when they are named."""
    return [info for info in methods().values() if not info.card.requires]


def runner_of(plan: Plan, store: Path, isolation: str, jobs: int = 1, *, retry: bool = False) -> Runner:
    """A runner of a plan on a store."""
    return Runner(plan, Store(store), Settings(isolation=choose(isolation), jobs=jobs, retry=retry))


def run_suite(
    suite: str,
    only_tasks: list[str],
    only_methods: list[str],
    jobs: int,
    store: Path,
    isolation: str,
    *,
    retry: bool,
    dry_run: bool,
) -> None:
    """`interpbench run`."""
    runner = runner_of(plan_of(suite, only_tasks, only_methods), store, isolation, jobs, retry=retry)
    if dry_run:
        _print_plan(runner, _kept(store, isolation))
        return
    run_cells(runner)
    with Judging() as meter:
        tracks = judged(runner, meter)
    board = board_of(runner, tracks)
    print_board(board, whole=False)
    again = _narrowed(suite, only_tasks, only_methods) + _kept(store, isolation)
    print(f"More tables, and every format: interpbench report{again}")
    mute = [row for track in board.tracks for row in track.rows if row.cost.cells and not _says_something(row)]
    for row in mute:
        why = row.reasons[0] if row.reasons else "see `interpbench why`"
        Console(stderr=True).print(f"{row.name}: no valid answer in any of its cells: {why}", highlight=False)
    if mute:
        raise Stop(Exit.PROBLEMS, f"{counted(len(mute), 'row')} without any valid answer on the board, at chance")


def _narrowed(suite: str, only_tasks: list[str], only_methods: list[str]) -> str:
    """The options that name the same cells again."""
    options = [("--suite", suite), *(("-t", name) for name in only_tasks), *(("-m", name) for name in only_methods)]
    return "".join(f" {option} {shlex.quote(value)}" for option, value in options)


def _kept(store: Path, isolation: str) -> str:
    """The options that lead to the same store and isolation again, where they are not those that a command takes."""
    usual = Path(os.environ.get("INTERPBENCH_STORE", ".interpbench"))
    return ("" if store == usual else f" --store {shlex.quote(str(store))}") + (
        "" if isolation == "auto" else f" --isolation {isolation}"
    )


def _says_something(row: BoardRow) -> bool:
    return bool(row.statuses.get("ok") or row.statuses.get("not_applicable"))


def run_cells(runner: Runner, *, oracle: bool = True) -> None:
    """Runs a plan, or what of it is a method's, with a meter on stderr."""
    console = Console(stderr=True)
    if runner.settings.isolation is Isolation.PROCESS:
        console.print(
            "isolation: process. Plug-ins are not kept from keys or from each other; run only what you trust."
        )
    cells = [cell for cell in runner.plan.cells() if oracle or cell.row.info is not None]
    with Meter(len(cells), "cells", console) as meter:

        def progress(cell: Cell, record: AnswerRecord, cached: bool) -> None:
            good = record.status in {Status.OK, Status.NOT_APPLICABLE}
            meter.count("cached" if cached else "done" if good else "failed", cell.row.name, ran=not cached)

        runner.run(cells, progress)


def _print_plan(runner: Runner, kept: str) -> None:
    stored: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for cell in runner.plan.cells():
        total[cell.row.name] += 1
        stored[cell.row.name] += runner.stored(cell) is not None
    title = f"suite {runner.plan.suite.name}: {counted(total.total(), 'cell')}"
    table = RichTable(title=title, title_justify="left", box=None)
    for heading in ("method", "cells", "stored", "to run"):
        table.add_column(heading, justify="left" if heading == "method" else "right")
    for name, count in total.items():
        table.add_row(name, str(count), str(stored[name]), str(count - stored[name]))
    console = Console()
    console.print(table)
    cells = list(runner.plan.cells())
    first = next((cell for cell in cells if cell.row.info is not None), cells[0] if cells else None)
    if first is not None:
        info = first.row.info
        own = f" -m {info.folder}" if info is not None and info.name not in methods() else ""
        words = f"interpbench why '{first.id}' --suite {runner.plan.suite.name}{own}{kept}"
        console.print(f"What an answer depends on: {words}", highlight=False, soft_wrap=True)


def print_board(board: Board, *, whole: bool) -> None:
    """The main tables of a board as the terminal's width allows, or all of them."""
    from interpbench.report.further import further_tables
    from interpbench.report.headline import profile_table
    from interpbench.report.table import board_table
    from interpbench.report.terminal import render
    from interpbench.report.text import caption

    console = Console(width=None if Console().is_terminal else 200)
    for track in board.tracks:
        console.print(render(board_table(track, f"{board.suite} {board.suite_version}"), console))
        for table in further_tables(track).values() if whole else ():
            console.print(render(table, console))
    if len(board.tracks) > 1:
        console.print(render(profile_table(board.tracks, families=True), console))
    console.print(caption(board), style="dim", highlight=False)


def calibrate_methods(only: list[str], suite: str, jobs: int, store: Path, isolation: str) -> None:
    """`interpbench calibrate`."""
    from interpbench.run.calibrate import calibrate

    infos: list[MethodInfo] = [find_method(name) for name in only] or without_extras()
    runner = runner_of(make_plan(find_suite(suite), tasks(), infos), store, isolation, jobs)
    run_cells(runner, oracle=False)
    console = Console()
    failed = 0
    for info in infos:
        with Judging() as meter:
            found = calibrate(runner, info, meter)
        for fitted in found:
            if fitted.calibration is None:
                failed += 1
                console.print(f"{fitted.row} on {fitted.track}: not calibrated: {fitted.reason}", highlight=False)
            else:
                values = fitted.calibration.model_dump(exclude_none=True)
                told = f"{_direction(values)}{', '.join(_told(values))}"
                console.print(f"{fitted.row} on {fitted.track}: {told}", highlight=False)
    if failed:
        raise Stop(Exit.PROBLEMS, f"{counted(failed, 'row')} not calibrated")


def _direction(values: Mapping[str, object]) -> str:
    """The sign of a slope in words."""
    slope = values.get("slope")
    if not isinstance(slope, float):
        return ""
    return "higher wins; " if slope > 0 else "SIGN TURNED, lower wins; " if slope < 0 else "says nothing; "


def _told(values: Mapping[str, object], before: str = "") -> Iterator[str]:
    """Each number with its name, those of an inner group with the group's."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _told(value, f"{name} ")
        else:
            yield f"{before}{name} {value:.3g}" if isinstance(value, float) else f"{before}{name} {value}"


def verify_scores(suite: str, store: Path, isolation: str) -> None:
    """`interpbench verify`."""
    from interpbench.run.rescore import rescore

    runner = runner_of(plan_of(suite, [], []), store, isolation)
    with Judging() as meter:
        checked, problems = rescore(runner, meter)
    for problem in problems:
        print(problem)
    if not checked:
        raise Stop(
            Exit.USAGE, f"nothing of suite {suite} is stored in {store}: `interpbench run --suite {suite}` first"
        )
    print(f"{checked} scores derived afresh, {len(problems)} differ from the stored ones")
    if problems:
        raise Stop(Exit.PROBLEMS, "stored scores do not follow from the stored answers; remove `scores` from the store")


def explain_cell(name: str, suite: str, only_methods: list[str], store: Path, isolation: str) -> None:
    """`interpbench why`."""
    from interpbench.run.why import explain

    runner = runner_of(plan_of(suite, [], only_methods), store, isolation)
    known = {cell.id: cell for cell in runner.plan.cells()}
    if name.count(":") != 2:
        example = next(iter(known), "")
        raise Stop(Exit.USAGE, f"{name!r} names no cell; a cell is METHOD:TASK:UNIT, for example {example}")
    if name not in known:
        raise Stop(Exit.USAGE, f"no cell {name!r} in suite {suite}{nearest(name, known)}")
    for line in explain(runner, known[name]):
        print(line)
