"""What the kernel is asked for beside isolation."""

import sys
from pathlib import Path

import numpy as np
import pytest

from interpbench.run.isolate.kernel import use_huge_pages

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone")


def test_memory_on_huge_pages_holds_what_it_held() -> None:
    numbers = np.arange(2 << 20)  # 16 MiB
    told = use_huge_pages()
    assert told % (2 << 20) == 0
    assert np.array_equal(numbers, np.arange(2 << 20))
    if told:
        rollup = Path("/proc/self/smaps_rollup").read_text()
        (huge,) = (int(line.split()[1]) for line in rollup.splitlines() if line.startswith("AnonHugePages"))
        assert huge << 10 >= 8 << 20
