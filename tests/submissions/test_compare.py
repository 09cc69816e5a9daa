"""Rows against published rows: paired on the same questions, by the board's own draws, or not at all and said so."""

import shutil
from pathlib import Path

import pytest
from boards import blind, entry, knows, refs
from command_line import interpbench

from interpbench.score.board import Board, headline_draws, track_board
from interpbench.score.compare import compare_to
from interpbench.submissions.archive import SubmissionError
from interpbench.submissions.compare import BEST, RIVAL, against
from interpbench.submissions.published import CELLS, PublishedTrack, cells_file, read_published
from interpbench.tracks.instance import Ref
from interpbench.tracks.registry import TRACKS

REFS = refs()
SUITE = "made 1.0"
TRACK = TRACKS["generalization"].load()


def half(ref: Ref, unit: str) -> float:
    """Right on every second family."""
    return knows(ref, unit) if ref.task[-1] in "eo" and ref.index % 3 else 0.0


ENTRIES = {
    "oracle": entry("oracle", knows, REFS, family="bounds", bound=True),
    "rival": entry("rival", half, REFS, family="behavioural", rival=True),
    "best": entry("best", knows, REFS),
    "mine": entry("mine", half, REFS),
    "poor": entry("poor", blind, REFS),
}


def published(*names: str, cells: bool = True, suite_version: str = "1.0") -> PublishedTrack:
    """A leaderboard's track with some of the rows."""
    track = track_board(TRACK, [ENTRIES[name] for name in names], SUITE)
    board = Board(suite="made", suite_version=suite_version, partial=False, tracks=[track], provenance={})
    held = {name: {c.ref.id: (dict(c.values), c.answered) for c in ENTRIES[name].cells} for name in names}
    return PublishedTrack(path=Path("made.json"), board=board, track=track, cells=held if cells else None)


def own(*names: str) -> tuple[dict[str, object], list[object]]:
    board = track_board(TRACK, [ENTRIES[name] for name in names], SUITE)
    return {name: ENTRIES[name].cells for name in names}, [row for row in board.rows if row.name in names]


def test_a_difference_is_the_one_that_a_board_with_both_rows_would_state() -> None:
    cells, rows = own("mine", "poor")
    sides = against(cells, rows, published("oracle", "rival", "best"), SUITE)  # type: ignore[arg-type]
    assert {(side.row, side.role, side.against) for side in sides} == {
        (row, role, name) for row in ("mine", "poor") for role, name in ((RIVAL, "rival"), (BEST, "best"))
    }
    together = track_board(TRACK, [ENTRIES[name] for name in ("oracle", "rival", "mine", "poor")], SUITE)
    stated = {row.name: row.difference for row in together.rows}
    for side in (side for side in sides if side.role == RIVAL):
        assert side.paired == stated[side.row]
    mine = next(side for side in sides if side.row == "mine" and side.role == RIVAL)
    assert mine.paired is not None
    assert mine.paired.difference.value == 0
    best = next(side for side in sides if side.row == "poor" and side.role == BEST)
    assert best.paired is not None
    assert best.paired.difference.value is not None
    assert best.paired.difference.value < -0.4
    assert best.paired.distinct


def test_the_direction_is_own_minus_published() -> None:
    cells, rows = own("best")
    (side, _) = against(cells, rows, published("oracle", "rival", "poor"), SUITE)  # type: ignore[arg-type]
    assert side.paired is not None
    assert side.paired.difference.value is not None
    assert side.paired.difference.value > 0


@pytest.mark.parametrize(
    ("there", "why"),
    [
        (published("oracle", "rival", cells=False), "no cells are published"),
        (published("oracle", "rival", suite_version="0.9"), "other questions"),
    ],
)
def test_what_cannot_be_paired_says_why_and_has_no_interval(there: PublishedTrack, why: str) -> None:
    cells, rows = own("mine")
    for side in against(cells, rows, there, SUITE):  # type: ignore[arg-type]
        assert side.paired is None
        assert why in side.why_not


def test_published_cells_without_a_value_that_a_track_reduces_are_not_paired(monkeypatch: pytest.MonkeyPatch) -> None:
    def draws(*_: object) -> None:
        raise KeyError(missing)

    monkeypatch.setattr("interpbench.submissions.compare.headline_draws", draws)
    cells, rows = own("mine")
    missing = "zz"
    for side in against(cells, rows, published("oracle", "rival"), SUITE):  # type: ignore[arg-type]
        assert side.paired is None
        assert side.why_not == "the published cells lack the value 'zz'"
    missing = next(iter(ENTRIES["rival"].cells[0].values))  # which is published: a fault of ours, and not hidden
    with pytest.raises(KeyError, match=missing):
        against(cells, rows, published("oracle", "rival"), SUITE)  # type: ignore[arg-type]


def test_draws_are_the_same_whoever_else_is_drawn() -> None:
    alone, evidence = headline_draws(TRACK, {"mine": ENTRIES["mine"].cells, "rival": ENTRIES["rival"].cells}, SUITE)
    more, _ = headline_draws(TRACK, {name: ENTRIES[name].cells for name in ("best", "mine", "rival", "poor")}, SUITE)
    assert alone["mine"].tolist() == more["mine"].tolist()
    assert compare_to("rival", {name: alone[name] for name in ("rival", "mine")}, evidence)


def test_published_cells_are_those_of_the_run(odd_run: Path) -> None:
    (track,) = read_published(odd_run / "leaderboard")
    assert track.cells is not None
    assert {"oracle", "confidence", "confidence/energy-gap"} == set(track.cells)
    assert len(track.cells["confidence"]) == track.track.instances


def test_cells_of_another_suite_are_not_taken(odd_run: Path, tmp_path: Path) -> None:
    shutil.copytree(odd_run / "leaderboard", tmp_path / "board")
    table = tmp_path / "board" / "tables" / "smoke-generalization.json"
    table.write_text(table.read_text().replace('"suite_version": "1.5"', '"suite_version": "1.4"'))
    with pytest.raises(SubmissionError, match="write both again"):
        read_published(tmp_path / "board")
    cells_file(table).write_bytes(b"hello")
    with pytest.raises(SubmissionError, match="no cells of a board"):
        read_published(tmp_path / "board")
    assert cells_file(table).name.endswith(CELLS)


def test_a_run_and_its_bundle_compare_alike(odd_run: Path) -> None:
    bundle = interpbench("compare", "odd.ibz", cwd=odd_run)
    assert bundle.returncode == 0, bundle.stderr
    run = interpbench("compare", "store", "--suite", "smoke", "-m", "./odd", cwd=odd_run)
    assert run.returncode == 0, run.stderr
    assert bundle.stdout == run.stdout
    assert "odd/plain" in run.stdout
    assert "confidence" in run.stdout
