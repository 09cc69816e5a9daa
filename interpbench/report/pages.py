"""Writes every page of a repository that shows figures of its boards, from their JSON, one file a suite and track.

interpbench report -t extraction --format json --output leaderboard/tables/quick-extraction.json
python -m interpbench.report.pages .
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from interpbench.plugins.discovery import methods
from interpbench.report.further import further_tables
from interpbench.report.headline import family_table, profile_table
from interpbench.report.latex import latex
from interpbench.report.publish import put, rows_table
from interpbench.report.scatter import scatter
from interpbench.report.sentence import access_sentence
from interpbench.report.table import Table, access_table, board_table, brief, inside_table, paper_table
from interpbench.report.text import caption, comma_separated, markdown
from interpbench.score.board import Board, TrackBoard

TABLES = Path("leaderboard") / "tables"
SHOWN = "quick"
"""The suite whose boards stand on README and the pages of methods; leaderboard/README.md has headlines of others."""


def pages(root: Path) -> dict[Path, str]:
    """File -> content, of all that the boards determine.

    Args:
        root: of the repository, with `leaderboard/tables/SUITE-TRACK.json`, and README.md in both folders.

    Raises:
        ValueError: a page has no block for its figures.
    """
    every = boards(root)
    out: dict[Path, str] = {}
    for board in every:
        out |= _files(root, board)
    shown = [board for board in every if board.suite == SHOWN]
    out |= _readmes(root, shown, [board for board in every if board.suite != SHOWN])
    if shown:
        tracks = [board.tracks[0] for board in shown]
        tables = [profile_table(tracks, families=True), profile_table(tracks)]
        out[root / TABLES / f"{SHOWN}-profile.md"] = "\n".join(map(markdown, tables))
    return out | _methods(root, shown)


def boards(root: Path) -> list[Board]:
    """All that are published, in the order of their files."""
    return [Board.model_validate_json(path.read_bytes()) for path in sorted((root / TABLES).glob("*.json"))]


def _stem(root: Path, board: Board) -> Path:
    return root / TABLES / f"{board.suite}-{board.tracks[0].track}"


def _tables(board: Board) -> list[Table]:
    """All beside the main one."""
    (track,) = board.tracks
    return list(further_tables(track).values())


def _files(root: Path, board: Board) -> dict[Path, str]:
    """Everything that a board says, in three formats."""
    (track,), suite, told, stem = (
        board.tracks,
        f"{board.suite} {board.suite_version}",
        caption(board),
        _stem(root, board),
    )
    others = _tables(board)
    return {
        stem.with_suffix(".md"): "\n".join([*map(markdown, [board_table(track, suite), *others]), told, ""]),
        stem.with_suffix(".csv"): comma_separated(board),
        stem.with_suffix(".tex"): "\n".join(latex(table, told) for table in [paper_table(track, suite), *others]),
    }


def _readmes(root: Path, shown: Sequence[Board], others: Sequence[Board]) -> dict[Path, str]:
    """The two pages that people read first."""
    readme, board_page = root / "README.md", root / "leaderboard" / "README.md"
    out = {page: page.read_text(encoding="utf-8") for page in (readme, board_page)}
    for board in shown:
        (track,), suite, told = board.tracks, f"{board.suite} {board.suite_version}", caption(board)
        blocks = {
            "table": f"{_bare(markdown(brief(board_table(track, suite))))}\n\n{told}",
            "inside": _bare(markdown(inside_table(track))),
        }
        if track.access:
            blocks |= {"access": _bare(markdown(access_table(track))), "sentence": access_sentence(track)}
        for name, content in blocks.items():
            out[board_page] = put(out[board_page], f"{track.track}-{name}", content, "leaderboard/README.md")
        out[readme] = put(out[readme], f"{track.track}-headline", _headline(board), "README.md")
    for board in others:
        name = f"{board.suite}-{board.tracks[0].track}-headline"
        out[board_page] = put(out[board_page], name, _headline(board), "leaderboard/README.md")
    return out


def _headline(board: Board) -> str:
    return f"{_bare(markdown(brief(family_table(board.tracks[0]))))}\n\n{caption(board)}"


def _methods(root: Path, shown: Sequence[Board]) -> dict[Path, str]:
    """What each method scores, on its own page."""
    out: dict[Path, str] = {}
    for info in methods().values():
        page, rows = info.folder / "README.md", {info.row(variant) for variant in info.card.variants}
        told_by = [
            f"Track {track.track}, suite {board.suite} {board.suite_version}:\n\n"
            + _bare(markdown(rows_table(track, rows)))
            for board in shown
            for track in board.tracks
            if rows & {row.name for row in track.rows}
        ]
        if page.is_relative_to(root.resolve()) and told_by:
            out[page] = put(page.read_text(encoding="utf-8"), "board", "\n\n".join(told_by), str(page))
    return out


def _bare(text: str) -> str:
    """Without the heading: the page has one of its own."""
    return text.partition("\n\n")[2].strip()


def figures(root: Path) -> dict[Path, TrackBoard]:
    """File -> the board whose two metrics are shown in it."""
    return {
        _stem(root, board).with_suffix(".svg"): track
        for board in boards(root)
        for track in board.tracks
        if track.scatter is not None
    }


if __name__ == "__main__":
    for page, text in pages(Path(sys.argv[1])).items():
        page.write_text(text, encoding="utf-8")
    for path, track in figures(Path(sys.argv[1])).items():
        if track.scatter is not None:
            scatter(track, *track.scatter, path)
