"""Running the command line in tests, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path


def interpbench(
    *words: str, cwd: Path, store: Path | None = None, timeout: float = 900
) -> subprocess.CompletedProcess[str]:
    """Runs `interpbench` and returns what it printed."""
    environment = {**os.environ, "COLUMNS": "240", "NO_COLOR": "1"}
    if store is not None:
        environment["INTERPBENCH_STORE"] = str(store)
    return subprocess.run(
        [sys.executable, "-m", "interpbench", *words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
