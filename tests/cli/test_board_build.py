"""`interpbench board build`: from boards and stores to a site, and mistakes as sentences."""

import json
from pathlib import Path

import pytest
from boards import submitted, typical
from command_line import interpbench

from interpbench.cli.errors import Exit
from interpbench.submissions.summary import SUMMARY

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg"/>'
SCRIPT = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(document.domain)</script></svg>'


def build(*words: str, cwd: Path) -> tuple[int, str]:
    done = interpbench("board", "build", *words, cwd=cwd)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


@pytest.fixture
def board(tmp_path: Path) -> Path:
    path = tmp_path / "leaderboard" / "tables" / "quick-generalization.json"
    path.parent.mkdir(parents=True)
    path.write_text(typical().model_dump_json())
    return path


def test_the_boards_of_the_current_folder_are_the_default(board: Path, tmp_path: Path) -> None:
    (tmp_path / "leaderboard" / "figures").mkdir()
    (tmp_path / "leaderboard" / "figures" / "generalization-cost.svg").write_text(PICTURE)
    (board.parent / "evil.svg").write_text(SCRIPT)
    code, told = build(cwd=tmp_path)
    assert code == Exit.DONE, told
    site = tmp_path / "leaderboard" / "site"
    assert (site / "figures" / "generalization-cost.svg").read_text() == PICTURE
    assert 'href="figures/generalization-cost.svg"' in (site / "index.html").read_text()
    assert "evil.svg: no board here names this figure; it is not copied" in told
    assert not (site / "figures" / "evil.svg").exists()
    assert "index.html" in told
    assert (site / "tracks" / "quick-generalization.html").exists()
    assert (site / "methods" / "good_one.html").exists()
    assert not (site / "data").exists()  # single answers come from stores
    assert build(cwd=tmp_path)[0] == Exit.DONE  # a second time in its place


def test_a_leaderboard_is_named_by_its_folder(board: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    code, told = build("--from", str(board.parents[1]), "-o", "site", cwd=elsewhere)
    assert code == Exit.DONE, told
    assert (elsewhere / "site" / "tracks" / "quick-generalization.html").exists()


def test_mistakes_are_sentences_and_nothing_is_written(board: Path, tmp_path: Path) -> None:
    thesis = tmp_path / "mine" / "thesis.tex"
    thesis.parent.mkdir()
    thesis.write_text("years")
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps({**json.loads(board.read_text()), "sweet": 1}))
    (tmp_path / "nothing").mkdir()
    for words, sentence in [
        (["--output", "mine"], "holds files that are no site"),
        (["--from", "absent.json"], "absent.json: no such file or folder"),
        (["--from", "broken.json"], "broken.json: no board of this version"),
        (["--from", "nothing"], "holds no board (*.json) and no store"),
        (["--from", str(board), "--from", str(board)], "two boards show track generalization of suite quick"),
        (["--store", "nothing", "--suite", "smoke"], "no answer of a method to suite smoke is stored in nothing"),
    ]:
        code, told = build(*words, cwd=tmp_path)
        assert code == Exit.USAGE, told
        assert sentence in told
    assert thesis.read_text() == "years"
    assert not (tmp_path / "leaderboard" / "site").exists()


def test_a_figure_with_a_script_or_behind_a_link_ends_the_build(board: Path, tmp_path: Path) -> None:
    figure = board.with_suffix(".svg")
    figure.write_text(SCRIPT)
    code, told = build(cwd=tmp_path)
    assert code == Exit.USAGE
    assert "quick-generalization.svg: no figure for a site: it has an element <script>" in told
    figure.unlink()
    (tmp_path / "picture.svg").write_text(PICTURE)
    figure.symlink_to(tmp_path / "picture.svg")
    code, told = build(cwd=tmp_path)
    assert code == Exit.USAGE
    assert "it is a link; wanted the file itself" in told
    assert not (tmp_path / "leaderboard" / "site").exists()


def test_a_renamed_row_is_a_sentence(board: Path, tmp_path: Path) -> None:
    document = json.loads(board.read_text())
    next(row for row in document["tracks"][0]["rows"] if row["name"] == "good_one")["name"] = "renamed"
    board.write_text(json.dumps(document))
    code, told = build(cwd=tmp_path)
    assert code == Exit.USAGE
    assert "'good_one' is none of its rows" in told


def test_a_store_brings_single_answers(board: Path, tmp_path: Path) -> None:
    words = ("--suite", "smoke", "-t", "streaming_parity", "-m", "confidence")
    store = tmp_path / "answers"
    assert interpbench("run", *words, "-j", "1", cwd=tmp_path, store=store).returncode == Exit.DONE
    code, told = build("--store", str(store), *words, cwd=tmp_path)
    assert code == Exit.DONE, told
    data = tmp_path / "leaderboard" / "site" / "data" / "smoke-generalization"
    cells = (data / "cells" / "confidence.js").read_text()
    assert '"status":{"names":["ok"]' in cells
    assert "Network " in (data / "questions" / "generalization--streaming_parity.js").read_text()
    page = (tmp_path / "leaderboard" / "site" / "index.html").read_text()
    assert "tracks/quick-generalization.html" in page  # the published board stands beside
    assert "tracks/smoke-generalization.html" in page
    code, told = build("--store", str(store), *words, "-o", "site", cwd=store)
    assert code == Exit.DONE, told
    assert "no published rows beside yours; `--from FOLDER` names a leaderboard" in told


def test_a_submission_is_on_the_pages_of_its_leaderboard(board: Path, tmp_path: Path) -> None:
    theirs = typical().tracks[0].rows[1].model_copy(update={"name": "theirs"})
    place = board.parents[1] / "submissions" / "their-team"
    place.mkdir(parents=True)
    (place / SUMMARY).write_text(submitted(typical(), theirs).model_dump_json())
    code, told = build(cwd=tmp_path)
    assert code == Exit.DONE, told
    site = tmp_path / "leaderboard" / "site"
    page = (site / "tracks" / "quick-generalization.html").read_text()
    assert "theirs (self-run)" in page
    assert (site / "methods" / "theirs.html").exists()
    (place / SUMMARY).write_text("{}")
    code, told = build(cwd=tmp_path)
    assert code == Exit.USAGE
    assert "no summary of this version" in told
