"""Each worked example of the guide runs and prints what the guide shows."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[2] / "docs" / "examples").glob("*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_prints_what_the_guide_shows(path: Path) -> None:
    found = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, timeout=300, check=False)
    assert found.returncode == 0, found.stderr
    assert found.stdout == path.with_suffix(".txt").read_text()


def test_there_is_one_example_for_each_track() -> None:
    from interpbench.tracks.registry import TRACKS

    assert [path.stem for path in EXAMPLES] == sorted(TRACKS)
