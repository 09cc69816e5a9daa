"""What several workers of one test run need, made by the first of them that asks."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that is made once in a test run, whatever the number of workers; for reading only.

    Args:
        factory: of the worker; workers' folders lie side by side in that of the run.
        name: of the folder.
        make: fills it; if it fails, the next who asks tries again in an empty one.
    """
    own = factory.getbasetemp()
    root = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        attempts = sorted(root.glob(f"{name}-*"))
        if attempts and (attempts[-1] / "made").exists():
            return attempts[-1]
        folder = root / f"{name}-{len(attempts)}"
        folder.mkdir()
        make(folder)
        (folder / "made").touch()
    return folder
