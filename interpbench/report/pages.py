"""Writes every page of a repository that shows figures of its board, from the board's JSON.

interpbench report --format json --output leaderboard/tables/quick.json
python -m interpbench.report.pages .
"""

import sys
from pathlib import Path

from interpbench.plugins.discovery import methods
from interpbench.report.publish import put, rows_table
from interpbench.report.table import board_table, brief, family_table, inside_table, kind_table
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
    suite = f"{board.suite} {board.suite_version}"
    (track,) = board.tracks
    tables = [further(track) for further in (kind_table, family_table, inside_table)]
    main = board_table(track, suite)
    told = caption(board)
    readme = (root / "README.md").read_text(encoding="utf-8")
    readme = put(readme, "table", f"{_bare(markdown(brief(main)))}\n\n{told}", "README.md")
    out = {
        root / TABLES / "quick.md": "\n".join([*map(markdown, (main, *tables)), told, ""]),
        root / TABLES / "quick.csv": comma_separated(board),
        root / TABLES / "quick.tex": "\n".join(latex(table, told) for table in (main, *tables)),
        root / "README.md": put(readme, "inside", _bare(markdown(tables[2])), "README.md"),
    }
    for info in methods().values():
        page = info.folder / "README.md"
        rows = {info.row(variant) for variant in info.card.variants} & {row.name for row in track.rows}
        if page.is_relative_to(root.resolve()) and rows:
            table = f"Suite {suite}:\n\n{_bare(markdown(rows_table(track, rows)))}"
            out[page] = put(page.read_text(encoding="utf-8"), "board", table, str(page))
    return out


def _bare(text: str) -> str:
    """Without the heading: the page has one of its own."""
    return text.partition("\n\n")[2].strip()


if __name__ == "__main__":
    for page, text in pages(Path(sys.argv[1])).items():
        page.write_text(text, encoding="utf-8")
