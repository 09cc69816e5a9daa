"""Limits are enforced and costs are measured, also where a cell would rather not have it."""

import time
from pathlib import Path

import psutil
import pytest

from interpbench.bundle.outcome import Status

from .conftest import Bench

MB = 10**6


def test_an_endless_loop_times_out(bench: Bench) -> None:
    outcome = bench.run("endless", limits={"wall_seconds": 0.5})
    assert (outcome.status, outcome.reason) == (Status.TIMEOUT, "more than 0.5 s")
    assert 0.5 <= outcome.cost.wall_seconds < 1
    assert outcome.cost.cpu_seconds > 0.1


@pytest.mark.parametrize("do", ["grow", "grow_shared", "grow_in_programs"])
def test_memory_over_the_limit_ends_the_cell(bench: Bench, do: str) -> None:
    outcome = bench.run(do)
    assert (outcome.status, outcome.reason) == (Status.OUT_OF_MEMORY, "more than 128 MiB")
    assert outcome.cost.peak_bytes > 128 * MB
    assert outcome.cost.wall_seconds < 5


def test_temporary_files_count_as_memory(bench: Bench, confined: bool) -> None:
    if not confined:
        pytest.skip("its temporary files are files on disk")
    outcome = bench.run("grow_scratch")
    assert outcome.status is Status.OUT_OF_MEMORY


def test_peak_memory_is_what_the_cell_added(bench: Bench) -> None:
    assert 50 * MB <= bench.run("hold", bytes=50 * MB).cost.peak_bytes < 60 * MB


def test_pages_shared_with_children_count_once(bench: Bench) -> None:
    outcome = bench.run("hold_with_children", bytes=50 * MB)
    assert outcome.status is Status.OK
    assert outcome.cost.peak_bytes < 120 * MB  # 250 if each process were charged for all it sees


def test_too_many_processes_end_the_cell(bench: Bench) -> None:
    outcome = bench.run("multiply", generations=8)
    assert (outcome.status, outcome.reason) == (Status.CRASHED, "more than 12 processes")
    assert outcome.cost.wall_seconds < 3


def test_a_daemon_does_not_survive(bench: Bench, confined: bool, tmp_path: Path) -> None:
    marker = str(tmp_path)
    assert bench.run("daemon", marker=marker).status is Status.OK
    time.sleep(0.2)
    survivors = [process for process in psutil.process_iter(["cmdline"]) if marker in (process.info["cmdline"] or [])]
    for process in survivors:
        process.kill()
    assert bool(survivors) is not confined


def test_cpu_seconds_of_a_busy_loop(bench: Bench) -> None:
    seconds = bench.run("spin", milliseconds=500).cost.cpu_seconds
    assert 0.5 * 0.7 < seconds < 0.5 * 1.3


def test_cpu_seconds_cannot_be_hidden_in_unattended_children(bench: Bench, confined: bool) -> None:
    seconds = bench.run("spin_in_children", milliseconds=300).cost.cpu_seconds
    if confined:
        assert 0.6 * 0.7 < seconds < 0.6 * 1.4
    else:
        assert seconds < 0.3
