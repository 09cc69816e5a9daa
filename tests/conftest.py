"""One thread, as in a cell; property tests are reproducible and without deadline, since machines are loaded."""

from pathlib import Path

import pytest
import torch
from hypothesis import settings

torch.set_num_threads(1)

settings.register_profile("interpbench", deadline=None, derandomize=True)
settings.load_profile("interpbench")


@pytest.fixture(scope="session")
def odd_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small real run (`store`), its bundle (`odd.ibz`) and a `leaderboard`; for reading only."""
    from bundles import run_and_pack

    folder = tmp_path_factory.mktemp("submission")
    run_and_pack(folder)
    return folder
