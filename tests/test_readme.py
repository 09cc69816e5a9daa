"""README says what is true: its commands exist, its blocks are there for the checks, its board is a real one."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from interpbench.cli.app import app
from interpbench.plugins.discovery import methods
from interpbench.report.pages import pages

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("block", ["run", "test"])
def test_each_command_is_one_line(block: str) -> None:
    found = re.search(rf"<!-- {block} -->\n```sh\n(.+)\n```\n<!-- /{block} -->", README)
    assert found is not None
    assert "constraints.txt" in found[1]


def test_every_command_that_it_names_exists() -> None:
    named = set(re.findall(r"^interpbench (\w+)(?: (\w+))?", README, flags=re.MULTILINE))
    groups = {"zoo", "new", "check", "board", "host"}
    for command, word in named:
        words = [command, word, "--help"] if command in groups else [command, "--help"]
        assert CliRunner().invoke(app, words).exit_code == 0, words


def test_the_board_names_every_row() -> None:
    page = (ROOT / "leaderboard" / "README.md").read_text(encoding="utf-8")
    board = page.partition("<!-- board -->")[2].partition("<!-- /board -->")[0]
    for info in methods().values():
        for variant in info.card.variants:
            assert info.row(variant) in board, "methods that need an extra are named in the text"
    assert "| oracle |" in board
    assert "| chance |" in board


def test_all_figures_of_the_board_are_those_of_its_file() -> None:
    for page, text in pages(ROOT).items():
        assert page.read_text(encoding="utf-8") == text, f"{page}: python -m interpbench.report.pages ."


def test_links_lead_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "leaderboard" / "README.md"):
        for target in re.findall(r"\]\(([^)#:]+)[^)]*\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page}: {target}"
