"""Writes every page of a repository that shows figures of its boards, from the boards' JSON, one file a track.

interpbench report -t extraction --format json --output leaderboard/tables/quick-extraction.json
python -m interpbench.report.pages .
"""

import sys
from pathlib import Path

from interpbench.plugins.discovery import methods
from interpbench.report.headline import family_table, profile_table
from interpbench.report.latex import latex
from interpbench.report.publish import put, rows_table
from interpbench.report.scatter import scatter
from interpbench.report.sentence import access_sentence
from interpbench.report.table import access_table, board_table, brief, inside_table, kind_table, paper_table
from interpbench.report.text import caption, comma_separated, markdown
from interpbench.score.board import Board, TrackBoard

TABLES = Path("leaderboard") / "tables"


def pages(root: Path) -> dict[Path, str]:
    """File -> content, of all that the boards determine.

    Args:
        root: of the repository, with `leaderboard/tables/quick-TRACK.json`, and README.md in both folders.

    Raises:
        ValueError: a page has no block for its figures.
    """
    boards = [Board.model_validate_json(path.read_bytes()) for path in sorted((root / TABLES).glob("quick-*.json"))]
    readme, board_page = root / "README.md", root / "leaderboard" / "README.md"
    out = {page: page.read_text(encoding="utf-8") for page in (readme, board_page)}
    for board in boards:
        (track,), suite, told = board.tracks, f"{board.suite} {board.suite_version}", caption(board)
        main, inside, access = board_table(track, suite), inside_table(track), access_table(track)
        every = [kind_table(track), family_table(track), inside, *([access] if track.access else [])]
        file = root / TABLES / f"quick-{track.track}"
        out[file.with_suffix(".md")] = "\n".join([*map(markdown, [main, *every]), told, ""])
        out[file.with_suffix(".csv")] = comma_separated(board)
        out[file.with_suffix(".tex")] = "\n".join(latex(table, told) for table in [paper_table(track, suite), *every])
        blocks = {"table": f"{_bare(markdown(brief(main)))}\n\n{told}", "inside": _bare(markdown(inside))}
        if track.access:
            blocks |= {"access": _bare(markdown(access)), "sentence": access_sentence(track)}
        for name, content in blocks.items():
            out[board_page] = put(out[board_page], f"{track.track}-{name}", content, "leaderboard/README.md")
        headline = f"{_bare(markdown(brief(family_table(track))))}\n\n{told}"
        out[readme] = put(out[readme], f"{track.track}-headline", headline, "README.md")
    if boards:
        tracks = [board.tracks[0] for board in boards]
        tables = [profile_table(tracks, families=True), profile_table(tracks)]
        out[root / TABLES / "quick-profile.md"] = "\n".join(map(markdown, tables))
    for info in methods().values():
        page, rows = info.folder / "README.md", {info.row(variant) for variant in info.card.variants}
        told_by = [
            f"Track {track.track}, suite {board.suite} {board.suite_version}:\n\n"
            + _bare(markdown(rows_table(track, rows)))
            for board in boards
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
    boards = [Board.model_validate_json(path.read_bytes()) for path in sorted((root / TABLES).glob("quick-*.json"))]
    tracks = [track for board in boards for track in board.tracks if track.scatter is not None]
    return {root / TABLES / f"quick-{track.track}.svg": track for track in tracks}


if __name__ == "__main__":
    for page, text in pages(Path(sys.argv[1])).items():
        page.write_text(text, encoding="utf-8")
    for path, track in figures(Path(sys.argv[1])).items():
        if track.scatter is not None:
            scatter(track, *track.scatter, path)
