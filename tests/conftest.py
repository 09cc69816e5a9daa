"""One thread, as in a cell; property tests are reproducible and without deadline, since machines are loaded."""

import os
from pathlib import Path

import pytest
import torch
from hypothesis import settings

torch.set_num_threads(1)
for library in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(library, "1")  # of the commands that tests run: as many run at once as there are cores

settings.register_profile("interpbench", deadline=None, derandomize=True)
settings.load_profile("interpbench")


@pytest.fixture(scope="session")
def odd_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small real run (`store`), its bundle (`odd.ibz`) and a `leaderboard`; for reading only."""
    from bundles import run_and_pack
    from shared import once

    return once(tmp_path_factory, "submission", run_and_pack)


@pytest.fixture(scope="session")
def smoke_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store after a run of suite `smoke` with method `confidence`, all tracks; for reading only."""
    from command_line import interpbench
    from shared import once

    def run(folder: Path) -> None:
        done = interpbench("run", "--suite", "smoke", "--method", "confidence", cwd=folder, store=folder / "store")
        assert done.returncode == 0, done.stderr
        assert "oracle" in done.stdout

    return once(tmp_path_factory, "smoke", run) / "store"
