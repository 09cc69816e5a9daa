"""The gate of a leaderboard folder: a submission that is in order passes, and whatever is not is named."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bundles import ROWS, with_manifest, with_records
from command_line import interpbench

from interpbench.report.submission import gate_comment, plain
from interpbench.score.board import Board
from interpbench.submissions.archive import packed, read_archive
from interpbench.submissions.gate import Report, check_board, enter
from interpbench.submissions.published import read_published
from interpbench.submissions.summary import BUNDLE, SUMMARY, moved

TABLE = Path("tables") / "smoke-generalization.json"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("derived")


@pytest.fixture(scope="module")
def entered(odd_run: Path, tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """A leaderboard with the odd submission, as `board add` lays it there."""
    folder = tmp_path_factory.mktemp("entered") / "leaderboard"
    shutil.copytree(odd_run / "leaderboard", folder)
    for path, content in enter(odd_run / "odd.ibz", "odd-team", folder, cache).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.fixture
def board(entered: Path, tmp_path: Path) -> Path:
    """A copy of it to be changed."""
    return Path(shutil.copytree(entered, tmp_path / "leaderboard"))


def told(report: Report) -> str:
    return "\n".join(map(str, report.problems))


def changed(path: Path, change: Callable[[Any], Any]) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def test_a_submission_in_order_passes_and_moves_nothing(entered: Path, odd_run: Path, cache: Path) -> None:
    report = check_board(entered, odd_run / "leaderboard", cache)
    assert told(report) == ""
    assert report.derived > 10  # figures of built-in rows, derived again from cells
    (one,) = report.submissions
    assert one.summary is not None
    assert {row.name for row in one.summary.tracks["generalization"]} == set(ROWS)
    assert "odd/turned: not calibrated on generalization" in one.notes
    text = gate_comment(report, read_published(entered))
    assert text.startswith("## Leaderboard check: passed")
    assert "| odd/plain" in text.replace("&#95;", "_") or "odd/plain" in text


def test_scores_of_a_bundle_are_those_of_its_authors_own_report(entered: Path, odd_run: Path) -> None:
    done = interpbench(
        *["report", "--suite", "smoke", "-t", "generalization", "-m", "./odd", "--format", "json"],
        cwd=odd_run,
        store=odd_run / "store",
    )
    theirs = {row.name: row for row in Board.model_validate_json(done.stdout).tracks[0].rows}
    summary = json.loads((entered / "submissions" / "odd-team" / SUMMARY).read_text())
    for row in summary["tracks"]["generalization"]:
        wanted = theirs[row["name"]].model_dump(mode="json")
        for name in ("metrics", "skill", "cost", "statuses"):
            assert not list(moved(name, row[name], wanted[name]))


CHANGES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a-better-score": (
        lambda place: changed(
            place / SUMMARY, lambda d: d["tracks"]["generalization"][0]["metrics"]["accuracy"].update(value=0.99)
        ),
        "not what follows from the bundle: tracks.generalization[0].metrics.accuracy.value: was 0.99",
    ),
    "another-label": (
        lambda place: changed(place / SUMMARY, lambda d: d.update(label="ranked")),
        "label: was 'ranked'",
    ),
    "a-field-more": (lambda place: changed(place / SUMMARY, lambda d: d.update(rank=1)), "rank: was 1, is None"),
    "no-summary": (lambda place: (place / SUMMARY).unlink(), "has no summary.json"),
    "no-bundle": (lambda place: (place / BUNDLE).unlink(), "has no bundle.ibz"),
    "a-file-more": (lambda place: (place / "run.sh").write_text("true"), "does not belong here"),
    "a-link": (
        lambda place: (place / BUNDLE).symlink_to((place / BUNDLE).rename(place / "README.md").name),
        "a link or a folder",
    ),
    "a-changed-bundle": (
        lambda place: (place / BUNDLE).write_bytes(packed(with_records(read_archive(place / BUNDLE), list.pop))),
        "no answer to",
    ),
    "no-zip": (lambda place: (place / BUNDLE).write_text("hello"), "no bundle"),
    "a-strange-name": (lambda place: place.rename(place.with_name("Odd Team")), "no name of a submission"),
    "the-same-twice": (lambda place: shutil.copytree(place, place.with_name("again")), "in another submission as well"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_submission_is_refused(name: str, board: Path, cache: Path) -> None:
    change, sentence = CHANGES[name]
    change(board / "submissions" / "odd-team")
    assert sentence in told(check_board(board, store=cache))


def _row(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in document["tracks"][0]["rows"] if row["name"] == "confidence")
    return found


MOVES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a-score": (
        lambda board: changed(board / TABLE, lambda d: _row(d)["metrics"]["accuracy"].update(value=0.1)),
        "metrics.accuracy.value: was 1.0, is 0.1",
    ),
    "a-cost": (
        lambda board: changed(board / TABLE, lambda d: _row(d)["cost"].update(cpu_seconds=1e6)),
        "cost.cpu_seconds: was",
    ),
    "a-row-gone": (
        lambda board: changed(board / TABLE, lambda d: d["tracks"][0]["rows"].remove(_row(d))),
        "row is gone",
    ),
    "a-board-gone": (lambda board: (board / TABLE).unlink(), "the board of generalization is gone"),
    "cells-gone": (lambda board: (board / "tables" / "smoke-generalization.cells.parquet").unlink(), "cells are gone"),
    "a-submission-gone": (lambda board: shutil.rmtree(board / "submissions"), "this submission is gone"),
}


@pytest.mark.parametrize("name", MOVES)
def test_what_was_published_may_not_move(name: str, board: Path, entered: Path, cache: Path) -> None:
    change, sentence = MOVES[name]
    change(board)
    assert sentence in told(check_board(board, entered, cache))


def test_a_built_in_score_that_its_cells_do_not_give_is_named_without_a_base(board: Path, cache: Path) -> None:
    changed(board / TABLE, lambda d: _row(d)["metrics"]["accuracy"].update(value=0.5))
    assert "accuracy is 0.5, and its published cells give 1.0" in told(check_board(board, store=cache))


def test_names_of_built_in_methods_are_taken(odd_run: Path, board: Path, cache: Path) -> None:
    done = interpbench(
        *["submit", "confidence", "--suite", "smoke", "-o", str(board.parent / "c.ibz")],
        cwd=odd_run,
        store=odd_run / "store",
    )
    assert done.returncode == 0, done.stderr
    for path, content in enter(board.parent / "c.ibz", "copy", board, cache).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert "'confidence' has the name of a built-in one" in told(check_board(board, store=cache))


def test_level_process_is_refused(board: Path, cache: Path) -> None:
    """A bundle that says so of itself in every place is in order, and still not for the leaderboard."""
    place = board / "submissions" / "odd-team"
    files = read_archive(place / BUNDLE)

    def of_lines(lines: list[dict[str, Any]]) -> None:
        for line in lines:
            line["record"]["parts"]["isolation"] = line["record"]["provenance"]["isolation"] = "process"

    for row in ROWS:
        for task in ("modular_addition", "streaming_parity"):
            files = with_records(files, of_lines, row, task)
        files = with_records(files, of_lines, row, "")
    files = with_manifest(files, lambda d: d["provenance"].update(isolation="process"))
    (place / BUNDLE).write_bytes(packed(files))
    assert "made at isolation 'process', at which a method can read the keys" in told(check_board(board, store=cache))


def test_strangers_text_does_nothing_in_a_comment() -> None:
    text = plain("a|b\n# <img src=x> @someone [x](http://y) `z`")
    for sign in "|\n<>[]`":
        assert sign not in text
    for sign, harmless in (("@someone", "@\u200bsomeone"), ("http://", "http:\u200b//")):
        assert sign not in text
        assert harmless in text
    assert plain("plain words, 1.5") == "plain words, 1.5"


def test_the_command_writes_markdown_and_ends_with_a_code(board: Path) -> None:
    good = interpbench("board", "check", str(board), "-o", "comment.md", cwd=board.parent)
    assert good.returncode == 0, good.stderr
    assert (board.parent / "comment.md").read_text().startswith("## Leaderboard check: passed")
    (board / "submissions" / "odd-team" / SUMMARY).unlink()
    bad = interpbench("board", "check", str(board), cwd=board.parent)
    assert bad.returncode == 3
    assert "has no summary.json" in bad.stdout
    assert "Traceback" not in bad.stderr
