"""What the harness itself costs: a cell, the command's help, the bootstrap of a board."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import interpbench

from interpbench.models.names import numpy_generator
from interpbench.plugins.discovery import MethodInfo, find_suite, load_task, methods, tasks
from interpbench.run.execute import Runner, Settings
from interpbench.run.isolate.levels import Isolation, available
from interpbench.run.plan import Cell, make_plan
from interpbench.run.store import Store
from interpbench.score.board import units_of
from interpbench.score.resample import resample

WORKING = [level for level in Isolation if available()[level] is None]


@pytest.mark.benchmark(group="help")
def test_help(benchmark: Any) -> None:
    benchmark.pedantic(
        lambda: subprocess.run([sys.executable, "-m", "interpbench", "--help"], check=True, capture_output=True),
        rounds=5,
    )


@pytest.mark.benchmark(group="one cell, bundle and fsync included")
@pytest.mark.parametrize("level", WORKING)
def test_cell(benchmark: Any, level: Isolation, tmp_path: Path) -> None:
    """The oracle's cells do nothing but read their bundle and write an answer: what is left is the harness."""
    suite = find_suite("smoke")
    runner = Runner(make_plan(suite, tasks(), []), Store(tmp_path), Settings(isolation=level))
    runner.store.bundles.mkdir(parents=True)
    cells = iter(list(runner.plan.cells()))
    with runner.slot() as slot:
        runner.store.put_answer(runner.run_one(slot, next(cells)))
        benchmark.pedantic(
            lambda cell: runner.store.put_answer(runner.run_one(slot, cell)),
            setup=lambda: ((next(cells),), {}),
            rounds=12,
        )


@pytest.mark.benchmark(group="suite smoke, one method, from an empty store")
@pytest.mark.parametrize("jobs", [1, 2])
def test_jobs(benchmark: Any, jobs: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """`--jobs 2` on cells of a real method."""
    info: MethodInfo = methods()["llc"]
    plan = make_plan(find_suite("smoke"), tasks(), [info])

    def run() -> None:
        runner = Runner(plan, Store(tmp_path_factory.mktemp("store")), Settings(isolation=WORKING[0], jobs=jobs))
        cells: list[Cell] = list(plan.cells())
        runner.run(cells, lambda cell, record, cached: None)

    benchmark.pedantic(run, rounds=1)


@pytest.mark.benchmark(group="finished run repeats")
def test_repeat(benchmark: Any, tmp_path: Path) -> None:
    words = ["run", "--suite", "smoke", "--method", "confidence"]
    interpbench(*words, cwd=tmp_path, store=tmp_path / "store")
    benchmark.pedantic(lambda: interpbench(*words, cwd=tmp_path, store=tmp_path / "store"), rounds=3)


@pytest.mark.benchmark(group="bootstrap weights of suite quick")
def test_bootstrap(benchmark: Any) -> None:
    suite = find_suite("quick")
    refs = [ref for name, size in suite.tasks.items() for ref in load_task(tasks()[name]).refs(suite.seed, size)]
    weights = benchmark(lambda: resample(units_of(refs), numpy_generator("benchmark")).cells)
    assert np.all(weights[0] == 1)
