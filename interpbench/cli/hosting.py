"""The commands of `interpbench host`."""

import re
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from interpbench.cli.errors import Exit, Stop
from interpbench.cli.progress import Meter
from interpbench.cli.running import run_cells
from interpbench.plugins.discovery import find_method, find_suite
from interpbench.report.counted import counted
from interpbench.rounds import check as checking
from interpbench.rounds import hold
from interpbench.rounds import publish as publishing
from interpbench.rounds.state import now, read_round
from interpbench.run.isolate.levels import choose
from interpbench.run.zoo import Outcome


def open_(folder: Path, name: str, suite: str, closes: datetime) -> None:
    """`host open`."""
    if not re.fullmatch("[a-z0-9][a-z0-9-]{0,39}", name):
        raise Stop(Exit.USAGE, f"--name {name!r}: lower case, digits and hyphens, wanted e.g. spring-2027")
    state = hold.open_round(folder, name, find_suite(suite), closes.replace(tzinfo=closes.tzinfo or UTC), now())
    print(f"round {state.name} on {len(state.suite.tasks)} tasks takes bundles until {state.closes:%Y-%m-%d %H:%M} UTC")
    print(f"next: interpbench host receive {folder} BUNDLE")


def receive(folder: Path, bundle: Path, name: str) -> None:
    """`host receive`."""
    name = name or bundle.stem
    if not re.fullmatch("[a-z0-9][a-z0-9-]{0,39}", name):
        raise Stop(Exit.USAGE, f"{name!r}: wanted lower case, digits and hyphens; choose a name with --as")
    received = hold.receive(folder, bundle, name, now())
    print(f"{received.name}: {', '.join(received.methods)}; bundle {received.sha256[:16]}")


def close(folder: Path, jobs: int) -> None:
    """`host close`."""
    with Meter(0, "networks", Console(stderr=True)) as meter:

        def progress(outcome: Outcome, total: int) -> None:
            meter.total = total
            word = "cached" if outcome.cached else "done" if outcome.record else "failed"
            meter.count(word, outcome.training.recipe, ran=not outcome.cached)

        closed = hold.close(folder, now(), jobs, progress)
    assert closed.commitment is not None
    print(f"round {closed.name} is bound to {closed.commitment.sha256}")
    print("publish this line and round.json now; then: interpbench host run")


def run(folder: Path, only: list[str], jobs: int, isolation: str) -> None:
    """`host run`."""
    state = hold.run(folder, choose(isolation), jobs, run_cells, [find_method(name).name for name in only])
    print(f"round {state.name}: all plug-ins have run; next: interpbench host publish {folder} --output FOLDER")


def publish(folder: Path, output: Path, isolation: str) -> None:
    """`host publish`."""
    board = publishing.publish(folder, output, choose(isolation))
    rows = sum(not row.bound for track in board.tracks for row in track.rows)
    print(f"{output}: {rows} rows of {len(board.tracks)} tracks, with salt, networks, keys and answers")


def check(folder: Path, retrain: int, store: Path) -> None:
    """`host check`."""
    console = Console(stderr=True)
    problems = checking.check(folder, store, retrain, lambda told: console.print(told, highlight=False))
    for problem in problems:
        print(problem)
    if problems:
        raise Stop(Exit.PROBLEMS, f"{counted(len(problems), 'problem')}: the round is not what it was bound to")
    state = read_round(folder)
    assert state.commitment is not None
    print(f"round {state.name}: commitment {state.commitment.sha256[:16]}, keys and scores derived again: as published")
