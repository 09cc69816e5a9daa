"""The guide can be read as files: what it quotes stands in it, word for word, and its snippets run."""

import subprocess
import sys
from pathlib import Path

import pytest
from quotes import ROOT, pages, renewed

from interpbench.plugins.family import Family
from interpbench.plugins.scaffold import scaffold_method

EXAMPLES = sorted(ROOT.glob("docs/examples/*.py"))


@pytest.mark.parametrize("page", pages(), ids=lambda path: path.stem)
def test_a_page_quotes_what_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == renewed(text), "python tests/support/quotes.py"


def test_every_example_is_quoted_with_what_it_prints() -> None:
    text = (ROOT / "docs" / "guide" / "tracks.md").read_text(encoding="utf-8")
    for path in EXAMPLES:
        for file in (path, path.with_suffix(".txt")):
            assert f"<!-- from docs/examples/{file.name} -->" in text


def test_control_a_changed_quote_shows() -> None:
    page = next(iter(pages()))
    text = page.read_text(encoding="utf-8").replace("interpbench.plugins", "interpbench.plugin")
    assert text != renewed(text)


def test_families_are_listed_with_what_follows_from_them() -> None:
    text = (ROOT / "docs" / "guide" / "write-a-method.md").read_text(encoding="utf-8")
    lines = [line.split(" | ") for line in text.splitlines() if line.startswith("| `")]
    said = {line[0].strip("| `"): line[-1].strip(" |") for line in lines if len(line) == 3}
    assert said == {
        family.value: "rival" if family.rival else "interpretability"
        for family in Family
        if family is not Family.BOUNDS
    }


def test_a_new_method_is_asked_as_the_guide_says(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "guide" / "write-a-method.md").read_text(encoding="utf-8")
    snippet = text.partition("## Try it on one question")[2].partition("```python\n")[2].partition("```")[0]
    scaffold_method("my-method", tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", snippet], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "score" in done.stdout
    assert "log_norm" in done.stdout
