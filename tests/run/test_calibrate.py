"""Signs and scales are written into the card, and what cannot be fitted says why."""

from pathlib import Path

import pytest
import yaml
from command_line import interpbench

from interpbench.cli.errors import Exit
from interpbench.plugins.scaffold import scaffold_method


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return scaffold_method("mine", tmp_path, "circuits")[0].parent


def test_the_card_holds_what_was_fitted_and_a_method_that_breaks_keeps_it(mine: Path, tmp_path: Path) -> None:
    done = interpbench("calibrate", "./mine", "--suite", "smoke", cwd=tmp_path, store=tmp_path / "store")
    assert done.returncode == 0, done.stderr
    card = yaml.safe_load((mine / "method.yaml").read_text())
    assert card["calibration"]["circuits"]["default"]["suite"].startswith("smoke ")

    source = mine / "__init__.py"
    first = "        pairs = "
    source.write_text(source.read_text().replace(first, f"        raise KeyError('gone')\n{first}"))
    done = interpbench("calibrate", "./mine", "--suite", "smoke", cwd=tmp_path, store=tmp_path / "store")
    assert done.returncode == Exit.PROBLEMS
    assert "mine on circuits: not calibrated: none of its" in done.stdout
    line = 1 + source.read_text().splitlines().index("        raise KeyError('gone')")
    assert f"say: KeyError: 'gone' (mine/__init__.py:{line})" in " ".join(done.stdout.split())
    assert "1 row not calibrated" in done.stderr
    assert yaml.safe_load((mine / "method.yaml").read_text()) == card
