"""Writes every page of a repository that shows figures of its board, from the board's JSON.

interpbench report --format json --output leaderboard/tables/quick.json
python -m interpbench.report.pages .
"""

import sys
from pathlib import Path

from interpbench.plugins.discovery import methods
from interpbench.report.publish import put, rows_table
from interpbench.report.sentence import access_sentence
from interpbench.report.table import Table, access_table, board_table, brief, family_table, inside_table, kind_table
from interpbench.report.text import caption, comma_separated, latex, markdown
from interpbench.score.board import Board

TABLES = Path("leaderboard") / "tables"


def pages(root: Path) -> dict[Path, str]:
    """File -> content, of all that the board determines.

    Args:
        root: of the repository, with `leaderboard/tables/quick.json` and README.md.

    Raises:
        ValueError: a page has no block for its figures.
    """
    board = Board.model_validate_json((root / TABLES / "quick.json").read_bytes())
    suite, told = f"{board.suite} {board.suite_version}", caption(board)
    readme = (root / "README.md").read_text(encoding="utf-8")
    every: list[Table] = []
    for track in board.tracks:
        main, inside, access = board_table(track, suite), inside_table(track), access_table(track)
        every += [main, kind_table(track), family_table(track), inside, access]
        for name, content in (
            ("table", f"{_bare(markdown(brief(main)))}\n\n{told}"),
            ("inside", _bare(markdown(inside))),
            ("access", _bare(markdown(access))),
            ("sentence", access_sentence(track)),
        ):
            readme = put(readme, f"{track.track}-{name}", content, "README.md")
    out = {
        root / TABLES / "quick.md": "\n".join([*map(markdown, every), told, ""]),
        root / TABLES / "quick.csv": comma_separated(board),
        root / TABLES / "quick.tex": "\n".join(latex(table, told) for table in every),
        root / "README.md": readme,
    }
    for info in methods().values():
        page = info.folder / "README.md"
        rows = {info.row(variant) for variant in info.card.variants}
        told_by = [
            f"Track {track.track}, suite {suite}:\n\n{_bare(markdown(rows_table(track, rows)))}"
            for track in board.tracks
            if rows & {row.name for row in track.rows}
        ]
        if page.is_relative_to(root.resolve()) and told_by:
            out[page] = put(page.read_text(encoding="utf-8"), "board", "\n\n".join(told_by), str(page))
    return out


def _bare(text: str) -> str:
    """Without the heading: the page has one of its own."""
    return text.partition("\n\n")[2].strip()


if __name__ == "__main__":
    for page, text in pages(Path(sys.argv[1])).items():
        page.write_text(text, encoding="utf-8")
