"""From the embedded zoo to the board, in isolated cells, as a user runs it."""

import json
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import interpbench

METHOD = ["--method", "confidence"]


def board(store: Path, cwd: Path, *words: str) -> dict[str, object]:
    done = interpbench("report", "--suite", "smoke", *words, "--format", "json", cwd=cwd, store=store)
    assert done.returncode == 0, done.stderr
    document: dict[str, object] = json.loads(done.stdout)
    return document


def answers(store: Path) -> dict[str, tuple[str, str | None, str]]:
    """Answer hash -> status, answer and reason: everything but costs and provenance."""
    found = {}
    for path in (store / "answers").rglob("*.json"):
        record = json.loads(path.read_text())
        found[path.stem] = (record["status"], record["answer"], record["reason"])
    return found


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, smoke_run: Path) -> Path:
    """A store after a run of suite `smoke` with one behavioural method."""
    return shutil.copytree(smoke_run, tmp_path_factory.mktemp("run") / "store")


def test_the_oracle_goes_the_same_way_and_is_perfect(finished: Path, tmp_path: Path) -> None:
    rows = {row["name"]: row for row in board(finished, tmp_path, *METHOD)["tracks"][0]["rows"]}  # type: ignore[index]
    assert rows["oracle"]["skill"]["value"] >= 0.99
    assert rows["oracle"]["statuses"] == {"ok": rows["oracle"]["cost"]["cells"]}
    assert rows["chance"]["skill"]["value"] == 0


def test_every_output_of_a_report_is_written(finished: Path, tmp_path: Path) -> None:
    words = ["report", "--suite", "smoke", *METHOD, "--format", "parquet", "--output", "cells"]
    done = interpbench(*words, "--figures", "figures", "--paper", "paper", cwd=tmp_path, store=finished)
    assert done.returncode == 0, done.stderr
    for path in ("cells/board.parquet", "cells/cells-generalization.parquet", "paper/main.tex", "paper/numbers.tex"):
        assert (tmp_path / path).stat().st_size > 100
    drawn = {path.name for path in (tmp_path / "figures").iterdir()}
    assert {f"generalization-{name}.{form}" for name in ("forest", "cost") for form in ("svg", "pdf", "png")} <= drawn
    assert not list(tmp_path.glob(".partial-*"))


def test_what_has_not_run_is_named_and_has_no_score(finished: Path, tmp_path: Path) -> None:
    done = interpbench("report", "--suite", "smoke", "--format", "json", cwd=tmp_path, store=finished)
    assert done.returncode == 0, done.stderr
    tracks = {track["track"]: [row["name"] for row in track["rows"]] for track in json.loads(done.stdout)["tracks"]}
    assert {name: set(rows) for name, rows in tracks.items()} == {
        "generalization": {"oracle", "chance", "confidence", "confidence/energy-gap"}
    }
    assert "not on the board, since nothing of them has run" in done.stderr
    assert "count as chance" not in done.stderr


def test_queries_are_counted_by_the_parent(finished: Path, tmp_path: Path) -> None:
    rows = {row["name"]: row for row in board(finished, tmp_path, *METHOD)["tracks"][0]["rows"]}  # type: ignore[index]
    assert rows["confidence"]["cost"]["queries"] > 0
    assert rows["oracle"]["cost"]["queries"] == 0


def test_a_finished_run_repeats_from_the_store(finished: Path, tmp_path: Path) -> None:
    before = answers(finished)
    done = interpbench("run", "--suite", "smoke", *METHOD, cwd=tmp_path, store=finished)
    assert done.returncode == 0
    assert "cached" in done.stderr
    assert "done" not in done.stderr
    assert answers(finished) == before


def test_two_runs_from_empty_stores_agree(finished: Path, tmp_path: Path) -> None:
    done = interpbench("run", "--suite", "smoke", *METHOD, "--jobs", "1", cwd=tmp_path, store=tmp_path / "other")
    assert done.returncode == 0, done.stderr
    assert answers(tmp_path / "other") == answers(finished)


def test_verify_derives_every_score_afresh_and_sees_a_changed_one(finished: Path, tmp_path: Path) -> None:
    assert interpbench("verify", "--suite", "smoke", cwd=tmp_path, store=finished).returncode == 0
    scores = [path for path in (finished / "scores").glob("*.json") if '"correct": 1.0' in path.read_text()]
    kept = {path: path.read_text() for path in scores}
    for path, text in kept.items():
        path.write_text(text.replace('"correct": 1.0', '"correct": 0.0', 1))
    done = interpbench("verify", "--suite", "smoke", cwd=tmp_path, store=finished)
    for path, text in kept.items():
        path.write_text(text)
    assert done.returncode == 3
    assert "afresh" in done.stdout


def test_why_tells_a_hit_from_a_miss(finished: Path, tmp_path: Path) -> None:
    plan = interpbench("run", "--suite", "smoke", *METHOD, "--dry-run", cwd=tmp_path, store=finished)
    words = shlex.split(plan.stdout.splitlines()[-1].rsplit(": ", 1)[-1])
    assert words[:2] == ["interpbench", "why"]
    cell = words[2]
    hit = interpbench(*words[1:], cwd=tmp_path, store=finished)
    assert hit.stdout.startswith("hit: ")
    miss = interpbench("why", cell, "--suite", "smoke", cwd=tmp_path, store=tmp_path / "empty")
    assert "has not run" in miss.stdout
    other = interpbench("why", cell, "--suite", "smoke", "--isolation", "process", cwd=tmp_path, store=finished)
    assert "isolation: was" in other.stdout


@pytest.mark.slow
def test_killing_a_run_at_random_moments_loses_no_finished_cell(finished: Path, tmp_path: Path) -> None:
    """Twenty kills, inside cells too: what was stored stays, and the last run ends like an unbroken one."""
    store = tmp_path / "store"
    rng = random.Random(0)
    environment = {**os.environ, "INTERPBENCH_STORE": str(store)}
    words = [sys.executable, "-m", "interpbench", "run", "--suite", "smoke", *METHOD]
    seen: dict[str, tuple[str, str | None, str]] = {}
    for _ in range(20):
        run = subprocess.Popen(
            words, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(rng.uniform(3.0, 9.0))
        run.send_signal(signal.SIGKILL)
        run.wait()
        now = answers(store)
        assert {name: now.get(name) for name in seen} == seen
        seen = now
    assert subprocess.run(words, cwd=tmp_path, env=environment, check=False, capture_output=True).returncode == 0
    assert answers(store) == answers(finished)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_so_leaves_nothing_behind_and_goes_on(number: signal.Signals, tmp_path: Path) -> None:
    import psutil

    environment = {**os.environ, "INTERPBENCH_STORE": str(tmp_path / "store")}
    words = [sys.executable, "-m", "interpbench", "run", "--suite", "smoke", *METHOD]
    run = subprocess.Popen(
        words, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while not list((tmp_path / "store").rglob("answers/*/*.json")) and time.monotonic() < deadline:
        time.sleep(0.1)
    children = psutil.Process(run.pid).children(recursive=True)
    run.send_signal(number)
    _, said = run.communicate(timeout=30)
    assert run.returncode == 130
    assert "what was finished is kept" in said
    assert "Traceback" not in said
    assert not psutil.wait_procs(children, timeout=5)[1]
    assert not list((tmp_path / "store").rglob(".partial-*"))
