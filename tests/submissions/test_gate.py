"""The gate of a leaderboard folder: a submission that is in order passes, and whatever is not is named."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bundles import ROWS, with_manifest, with_records
from command_line import interpbench

from interpbench.report.submission import gate_comment, plain, shortened
from interpbench.score.board import Board
from interpbench.submissions.archive import packed, read_archive
from interpbench.submissions.gate import Report, check_board, enter
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
    text = gate_comment(report)
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


def emptied(path: Path) -> Path:
    path.unlink()
    return path


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
    "a-readme": (lambda place: (place / "README.md").write_text("<script>alert(1)</script>"), "does not belong here"),
    "a-link": (
        lambda place: (place / BUNDLE).symlink_to((place / BUNDLE).rename(place.parent.parent / "b.ibz")),
        f"{BUNDLE}: a link to",
    ),
    "a-folder": (lambda place: emptied(place / SUMMARY).mkdir(), "a link or a folder"),
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


def invented(document: dict[str, Any], **changes: Any) -> None:
    """A row at the top that nobody ran."""
    row = {**json.loads(json.dumps(_row(document))), "name": "sota", **changes}
    row["metrics"]["accuracy"]["value"] = 1.0
    document["tracks"][0]["rows"].insert(1, row)


def elsewhere(place: Path) -> Path:
    """A file or folder moved out of the leaderboard, and a link to it left behind."""
    there = place.rename(place.parent.parent / f"moved-{place.name}")
    place.symlink_to(there)
    return there


CELLS = "tables/smoke-generalization.cells.parquet"
ODD = Path("submissions") / "odd-team"
MOVES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a-score": (
        lambda board: changed(board / TABLE, lambda d: _row(d)["metrics"]["accuracy"].update(value=0.1)),
        f"{TABLE}: was changed",
    ),
    "a-row-more": (lambda board: changed(board / TABLE, invented), f"{TABLE}: was changed"),
    "a-row-that-is-labelled": (
        lambda board: changed(board / TABLE, lambda d: invented(d, label="ranked")),
        f"{TABLE}: was changed",
    ),
    "another-rival": (lambda board: changed(board / TABLE, lambda d: d["tracks"][0].update(rival=None)), "was changed"),
    "another-caption": (lambda board: changed(board / TABLE, lambda d: d.update(caption="by a host")), "was changed"),
    "other-provenance": (
        lambda board: changed(board / TABLE, lambda d: d["provenance"].update(commit="deadbeef")),
        "was changed",
    ),
    "no-board-any-more": (lambda board: (board / TABLE).write_text("hello"), f"{TABLE}: was changed"),
    "a-board-gone": (lambda board: (board / TABLE).unlink(), f"{TABLE}: is gone"),
    "a-board-more": (lambda board: shutil.copy(board / TABLE, board / "tables" / "a.json"), "tables/a.json: was added"),
    "cells-gone": (lambda board: (board / CELLS).unlink(), f"{CELLS}: is gone"),
    "a-figure": (lambda board: (board / "tables" / "evil.svg").write_text("<svg/>"), "tables/evil.svg: was added"),
    "attributes": (lambda board: (board / ".gitattributes").write_text("* -diff"), ".gitattributes: was added"),
    "a-page": (lambda board: (board / "README.md").write_text("all is mine"), "README.md: was added"),
    "a-file-among-submissions": (lambda board: (board / "submissions" / "x").write_text("x"), "submissions/x: was"),
    "a-submission-gone": (lambda board: shutil.rmtree(board / "submissions"), f"{ODD / BUNDLE}: is gone"),
    "a-file-in-anothers-submission": (
        lambda board: (board / ODD / "README.md").write_text("x"),
        f"{ODD / 'README.md'}: was added",
    ),
    "anothers-bundle": (
        lambda board: (board / ODD / BUNDLE).write_bytes(b"x"),
        f"{ODD / BUNDLE}: was changed; a merged submission stays as it is",
    ),
    "tables-as-a-link": (lambda board: elsewhere(board / "tables"), "tables: a link to"),
    "a-board-as-a-link": (lambda board: elsewhere(board / TABLE), f"{TABLE}: a link to"),
    "submissions-as-a-link": (lambda board: elsewhere(board / "submissions"), "submissions: a link to"),
    "a-submission-as-a-link": (lambda board: elsewhere(board / ODD), f"{ODD}: a link to"),
    "all-of-it-as-a-link": (lambda board: elsewhere(board), "leaderboard: a link to"),
    "a-pipe": (lambda board: os.mkfifo(board / "tables" / "p"), "tables/p: no plain file or folder"),
}


@pytest.mark.parametrize("name", MOVES)
def test_what_was_published_may_not_move(name: str, board: Path, entered: Path, cache: Path) -> None:
    change, sentence = MOVES[name]
    change(board)
    assert sentence in told(check_board(board, entered, cache))


def test_a_second_submission_passes_beside_one_that_was_merged(board: Path, entered: Path, cache: Path) -> None:
    """The control of the moves: the same comparison, and a pull request that adds one folder."""
    base = shutil.copytree(entered, board.parent / "base")
    shutil.rmtree(base / "submissions")
    (base / "README.md").write_text("a page")
    (board / "README.md").write_text("a page")
    assert told(check_board(board, base, cache)) == ""


@pytest.mark.parametrize("link", ["tables", str(TABLE)])
def test_links_are_refused_without_a_base_too(link: str, board: Path, cache: Path) -> None:
    elsewhere(board / link)
    report = check_board(board, store=cache)
    assert f"{link}: a link to" in told(report)
    assert report.published == []  # nothing was read through it


def twice(board: Path) -> None:
    document = json.loads((board / TABLE).read_text())
    invented(document)
    document["suite_version"] = "9.9"
    (board / "tables" / "smoke-other.json").write_text(json.dumps(document))


def of_chance(document: dict[str, Any]) -> None:
    row = next(row for row in document["tracks"][0]["rows"] if row["name"] == "chance")
    row["metrics"]["accuracy"]["value"] = 0.1


OWN: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a-row-without-cells": (lambda board: changed(board / TABLE, invented), "sota: not every cell of this row"),
    "a-label": (
        lambda board: changed(board / TABLE, lambda d: invented(d, label="ranked")),
        "sota: is labelled 'ranked'; rows of a built-in board carry no label",
    ),
    "a-label-and-no-cells": (
        lambda board: changed(board / TABLE, lambda d: invented(d, label="ranked")),
        "sota: not every cell of this row",
    ),
    "two-boards-of-a-track": (twice, "track generalization of suite smoke has 2 boards; wanted one"),
    "a-strange-name": (
        lambda board: (board / TABLE).rename(board / "tables" / "x.json"),
        "wanted it in smoke-generalization.json, alone",
    ),
    "a-figure-of-no-board": (lambda board: (board / "tables" / "evil.svg").write_text("<svg/>"), "belongs to no board"),
    "a-folder": (lambda board: (board / "tables" / "smoke-profile.md").mkdir(), "no file; wanted a plain one"),
    "chance": (lambda board: changed(board / TABLE, of_chance), "chance: accuracy is 0.1, and"),
}


@pytest.mark.parametrize("name", OWN)
def test_without_a_base_boards_are_held_against_their_cells_and_names(name: str, board: Path, cache: Path) -> None:
    change, sentence = OWN[name]
    change(board)
    assert sentence in told(check_board(board, store=cache))


def test_files_that_are_made_of_a_board_may_lie_beside_it(board: Path, cache: Path) -> None:
    for name in ("smoke-generalization.md", "smoke-generalization.svg", "smoke-profile.md"):
        (board / "tables" / name).write_text("made of the board")
    assert told(check_board(board, store=cache)) == ""


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


def test_a_comment_says_who_speaks_and_takes_no_text_of_a_board_as_markup(board: Path, cache: Path) -> None:
    name = json.dumps("@torvalds <img src=x> [click](https://evil.example)")
    (board / TABLE).write_text((board / TABLE).read_text().replace('"confidence"', name))
    text = gate_comment(check_board(board, store=cache))
    assert "No maintainer has looked at this pull request" in text
    assert "Best built-in rival: @\u200btorvalds &#60;img" in text
    for sign in ("@torvalds", "<img", "https://evil", "[click]"):
        assert sign not in text


def test_a_comment_shows_boards_of_the_base(board: Path, entered: Path, cache: Path) -> None:
    changed(board / TABLE, lambda d: d["tracks"][0].update(rival=None))
    text = gate_comment(check_board(board, entered, cache))
    assert "Best built-in rival: confidence." in text
    assert "### The change" in text


def test_a_long_report_is_cut_where_a_comment_ends() -> None:
    text = "".join(f"line {number} \u200b\n" for number in range(1000))
    cut = shortened(text, most=500)
    assert len(cut.encode()) <= 500
    assert cut.startswith("line 0 \u200b\nline 1")
    assert "prints the whole" in cut
    assert shortened("short", most=500) == "short"


def test_the_command_writes_markdown_and_ends_with_a_code(board: Path) -> None:
    good = interpbench("board", "check", str(board), "-o", "comment.md", cwd=board.parent)
    assert good.returncode == 0, good.stderr
    assert (board.parent / "comment.md").read_text().startswith("## Leaderboard check: passed")
    (board / "submissions" / "odd-team" / SUMMARY).unlink()
    bad = interpbench("board", "check", str(board), cwd=board.parent)
    assert bad.returncode == 3
    assert "has no summary.json" in bad.stdout
    (board.parent / "changes").write_bytes(b":000000 100644 0 1 A\0setup.py\0")
    more = interpbench("board", "check", str(board), "--changes", "changes", cwd=board.parent)
    assert more.returncode == 3
    assert "setup.py: is added by this pull request" in more.stdout
    assert "Traceback" not in bad.stderr
