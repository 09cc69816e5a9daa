"""`zoo build`, `zoo verify`, `zoo curves`, `zoo list`."""

from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from interpbench.cli.errors import Exit, Stop
from interpbench.cli.progress import Meter
from interpbench.plugins.discovery import TaskInfo, find_suite, find_task, suites, tasks
from interpbench.plugins.manifest import PluginError
from interpbench.report.counted import counted


def _infos(only: list[str]) -> list[TaskInfo]:
    """The tasks that are named, or all whose packages are there.

    Raises:
        PluginError: packages of a named task are missing.
    """
    found = [find_task(name) for name in only] or list(tasks().values())
    lacking = [info.lacking for info in found if info.lacking]
    if only and lacking:
        raise PluginError(lacking[0])
    for fault in lacking:
        Console(stderr=True).print(f"left out: {fault}", highlight=False)
    return [info for info in found if not info.lacking]


def build_zoos(only: list[str], jobs: int, store: Path) -> None:
    """`interpbench zoo build`."""
    from interpbench.run.store import Store
    from interpbench.run.zoo import Outcome, build, trainings

    infos = _infos(only)
    console = Console(stderr=True)
    total = sum(len(trainings(info)) for info in infos)
    with Meter(total, "networks", console) as meter:

        def progress(outcome: Outcome, _: int) -> None:
            word = "cached" if outcome.cached else "done" if outcome.record else "failed"
            meter.count(word, outcome.training.recipe, ran=not outcome.cached)

        manifests = build(infos, Store(store), jobs, progress)
    for name, manifest in manifests.items():
        for group, (passed, tried) in manifest.yields.items():
            print(f"{name} {group}: {passed} kept of {tried} tried")


def verify_zoos(only: list[str]) -> None:
    """`interpbench zoo verify`."""
    from interpbench.run.zoo import verify

    console = Console(stderr=True)
    problems = []
    for info in _infos(only):
        found = [find_suite(name) for name in suites()]
        seeds = {suite.tasks[info.name]: suite.seed for suite in found if info.name in suite.tasks}
        keys = 0
        with Meter(0, "instances", console) as meter:

            def progress(done: int, total: int, meter: Meter = meter) -> None:
                nonlocal keys
                keys = done
                meter.total = total
                meter.count("checked", info.name)  # noqa: B023 (called within this turn of the loop)

            here = verify(info, seeds or {info.card.sizes[0]: "check"}, progress)
        problems += here
        print(f"{info.name}: {keys} keys re-derived, {counted(len(here), 'problem')}")
    for problem in problems:
        print(problem)
    if problems:
        raise Stop(Exit.PROBLEMS, counted(len(problems), "problem"))


def curves_of_zoos(only: list[str], jobs: int, store: Path) -> None:
    """`interpbench zoo curves`: tasks that measure no accuracy are passed over."""
    from interpbench.models.zoo import read_manifest
    from interpbench.run.curves import Watched, follow, followed
    from interpbench.run.store import Store

    console = Console(stderr=True)
    for info in _infos(only):
        if not (info.zoo / "zoo.json").exists() or not followed(read_manifest(info.zoo)):
            continue
        without: Counter[str] = Counter()
        with Meter(0, "networks", console) as meter:

            def progress(one: Watched, total: int, meter: Meter = meter) -> None:
                meter.total = total
                if one.curve is None:
                    without[one.reason] += 1  # noqa: B023 (called within this turn of the loop)
                meter.count("done" if one.curve else "left out", one.network, ran=not one.cached)

            curves = follow(info, Store(store), jobs, progress)
        print(f"{info.name}: {len(curves.curves)} curves")
        for reason, count in without.items():
            print(f"  {count} without: {reason}")


def list_zoos() -> None:
    """`interpbench zoo list`."""
    from interpbench.models.zoo import read_manifest

    table = Table(title="zoos", title_justify="left", box=None, header_style="bold", pad_edge=False)
    for heading in ("task", "networks", "MB", "training s", "longest s", "yields"):
        table.add_column(heading, justify="left" if heading in {"task", "yields"} else "right", overflow="fold")
    for name, info in tasks().items():
        if not (info.zoo / "zoo.json").exists():
            table.add_row(name, "-", "-", "-", "-", "not trained" if info.card.networks else "no networks")
            continue
        manifest = read_manifest(info.zoo)
        seconds = [record.trained.seconds for record in manifest.models.values()]
        size = (info.zoo / "zoo.safetensors").stat().st_size if (info.zoo / "zoo.safetensors").exists() else 0
        yields = "\n".join(f"{group} {passed}/{tried}" for group, (passed, tried) in manifest.yields.items())
        table.add_row(
            name,
            str(len(manifest.models)),
            f"{size / 1e6:.2f}",
            f"{sum(seconds):.0f}",
            f"{max(seconds, default=0):.1f}",
            yields,
        )
    Console().print(table)
