"""Writes everything that shows figures of the published board, from leaderboard/tables/quick.json.

interpbench report --format json --output leaderboard/tables/quick.json
python leaderboard/refresh.py
"""

import sys
from pathlib import Path

from interpbench.plugins.discovery import methods
from interpbench.report.publish import put, rows_table
from interpbench.report.table import board_table, brief, family_table, inside_table
from interpbench.report.text import caption, comma_separated, latex, markdown
from interpbench.score.board import Board

ROOT = Path(__file__).parents[1]
TABLES = ROOT / "leaderboard" / "tables"


def pages(board: Board) -> dict[Path, str]:
    """File -> content, of all that the board determines."""
    suite = f"{board.suite} {board.suite_version}"
    (track,) = board.tracks
    tables = [board_table(track, suite), family_table(track), inside_table(track)]
    told = caption(board)
    out = {
        TABLES / "quick.md": "\n".join([*map(markdown, tables), told, ""]),
        TABLES / "quick.csv": comma_separated(board),
        TABLES / "quick.tex": "\n".join(latex(table, told) for table in tables),
    }
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    readme = put(readme, "table", f"{_bare(markdown(brief(tables[0])))}\n\n{told}", "README.md")
    readme = put(readme, "inside", _bare(markdown(tables[2])), "README.md")
    out[ROOT / "README.md"] = readme
    for info in methods().values():
        page = info.folder / "README.md"
        rows = {info.row(variant) for variant in info.card.variants} & {row.name for row in track.rows}
        if page.is_relative_to(ROOT) and rows:
            table = f"Suite {suite}:\n\n{_bare(markdown(rows_table(track, rows)))}"
            out[page] = put(page.read_text(encoding="utf-8"), "board", table, str(page.relative_to(ROOT)))
    return out


def _bare(text: str) -> str:
    """Without the heading: the page has one of its own."""
    return text.partition("\n\n")[2].strip()


def main() -> None:
    """Writes all pages; with `--check`, says which of them are not what the board says, and ends with 1."""
    board = Board.model_validate_json((TABLES / "quick.json").read_bytes())
    stale = [page for page, text in pages(board).items() if not page.exists() or page.read_text("utf-8") != text]
    if "--check" in sys.argv:
        for page in stale:
            print(
                f"{page.relative_to(ROOT)} is not what leaderboard/tables/quick.json says: run leaderboard/refresh.py"
            )
        sys.exit(bool(stale))
    for page, text in pages(board).items():
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
