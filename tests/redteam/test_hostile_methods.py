"""Hostile plug-ins, run as anybody's would be: each ends in the right status and gets nothing.

A plug-in returns a score if its attack worked and raises if it was refused, so `crashed` with the refusal as reason is
what is wanted. The control runs the same attacks at level `process`, which promises nothing: there they work.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from command_line import interpbench

HEAD = '''
import glob, os, socket, subprocess, time
from pathlib import Path
from typing import final
import torch
from interpbench.bundle.tier import Tier
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.tracks.generalization.enter import EntersGeneralization

STORE = {store!r}

@final
class Hostile(Method, EntersGeneralization):
    """Attacks."""

    name = {name!r}
    family = Family.STATISTICS
    tier = Tier.WEIGHTS
    version = "1.0"

    def model_score(self, subject, rows, domain, ctx):
'''

ATTACKS: dict[str, tuple[str, str, str]] = {
    "reads-keys": (
        "return float(len(Path(STORE, 'keys', 'sealed.json').read_bytes()))",
        "crashed",
        "PermissionError|FileNotFoundError",
    ),
    "imports-tasks": (
        "import interpbench_tasks.generalization.streaming_parity\nreturn 1.0",
        "crashed",
        "ModuleNotFoundError|PermissionError",
    ),
    "reads-neighbours": (
        "return float(sum(len(p.read_bytes()) for p in Path(STORE, 'bundles').glob('*/question.json')) or 1 / 0)",
        "crashed",
        "PermissionError|ZeroDivisionError",
    ),
    "rewrites-neighbour": (
        "Path(STORE, 'bundles', 'planted').write_text('x')\nreturn 1.0",
        "crashed",
        "PermissionError|FileNotFoundError|Read-only",
    ),
    "network": (
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.connect(('127.0.0.1', 9))\ns.send(b'x')\nreturn 1.0",
        "crashed",
        "OSError|PermissionError",
    ),
    "endless-loop": ("while True: pass", "timeout", "."),
    "memory-bomb": ("x = [torch.ones(2**26) for _ in range(200)]\nreturn 1.0", "out_of_memory", "."),
    "nan-answer": ("return float('nan')", "invalid_answer", "NaN"),
    "wrong-type": ("return 'high'", "crashed", "could not convert"),
    "daemon": (
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(600)\n"
        "    os._exit(0)\nreturn 1.0",
        "ok",
        "",
    ),
}


def write(folder: Path, store: Path) -> list[str]:
    words = []
    for name, (body, _, _) in ATTACKS.items():
        path = folder / f"{name.replace('-', '_')}.py"
        lines = "\n".join("        " + line for line in body.split("\n"))
        path.write_text(HEAD.format(store=str(store), name=name) + lines + "\n")
        seconds = 4 if name == "endless-loop" else 60
        path.with_suffix(".yaml").write_text(f"title: hostile\nwall_seconds: {seconds}\n")
        words += ["--method", str(path)]
    return words


def statuses(folder: Path, isolation: str) -> dict[str, Any]:
    store = folder / f"store-{isolation}"
    place = ["--suite", "one.yaml", "--isolation", isolation]
    (folder / "one.yaml").write_text(
        "name: one\nversion: '1'\nseed: one\ntasks: {generalization/streaming_parity: smoke}\n"
    )
    (store / "keys").mkdir(parents=True)
    (store / "keys" / "sealed.json").write_text("[]")
    words = write(folder, store)
    done = interpbench("run", *place, *words, cwd=folder, store=store, timeout=900)
    assert done.returncode == 3, done.stderr  # most attackers have no valid answer in any of their cells
    report = interpbench("report", *place, *words, "--format", "json", cwd=folder, store=store)
    rows = json.loads(report.stdout)["tracks"][0]["rows"]
    return {row["name"]: row for row in rows}


@pytest.mark.parametrize("isolation", ["bwrap", "landlock"])
def test_each_attack_ends_in_its_status(isolation: str, tmp_path: Path) -> None:
    rows = statuses(tmp_path, isolation)
    for name, (_, status, reason) in ATTACKS.items():
        assert set(rows[name]["statuses"]) == {status}, (name, rows[name]["statuses"], rows[name]["reasons"])
        assert re.search(reason, " ".join(rows[name]["reasons"])), (name, rows[name]["reasons"])
    assert set(rows["oracle"]["statuses"]) == {"ok"}, "an attack reached the cells of another row"
    assert not sleeping()


def sleeping() -> list[int]:
    """Daemons of the attack that are still alive."""
    import psutil

    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if "Hostile" in " ".join(process.info["cmdline"] or [])
    ]


@pytest.mark.slow
def test_without_isolation_the_same_attacks_work(tmp_path: Path) -> None:
    """The control: a test of refusals that nothing could pass would prove nothing."""
    rows = statuses(tmp_path, "process")
    for name in ("reads-keys", "imports-tasks", "reads-neighbours", "rewrites-neighbour", "network"):
        assert set(rows[name]["statuses"]) == {"ok"}, (name, rows[name])
