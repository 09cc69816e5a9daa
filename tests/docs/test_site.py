"""The documentation builds without a warning, and its pages ask nothing of the network."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytest.importorskip("mkdocs", reason="the extra `docs` is not installed")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("docs")
    told = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", "docs/site/mkdocs.yml", "-d", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert not re.search(r"^WARNING", told.stderr, flags=re.MULTILINE), told.stderr
    return out


def test_methods_tasks_and_examples_are_in_it(site: Path) -> None:
    assert (site / "methods" / "acdc.html").is_file()
    assert (site / "tasks" / "circuits" / "strict.html").is_file()
    example = (site / "guide" / "tracks.html").read_text()
    assert "Workbench" in example
    assert "--8&lt;--" not in example


def test_nothing_is_fetched(site: Path) -> None:
    asked = re.compile(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"?(https?:)?//")
    for page in site.rglob("*.html"):
        assert not asked.search(page.read_text()), page
