"""Tables as text: Markdown and CSV."""

import csv
import io

from interpbench.report.frame import FIELDS, figures
from interpbench.report.table import Table
from interpbench.score.board import Board


def caption(board: Board) -> str:
    """What every table says of itself."""
    provenance = board.provenance
    dirt = {True: ", uncommitted changes", False: "", None: ""}[provenance.get("dirty")]  # type: ignore[index]
    partial = " Part of the suite only." if board.partial else ""
    elsewhere = [commit[:10] for commit in board.answered_at if commit != provenance["commit"]]
    answered = f" (answers of {', '.join(elsewhere)})" if elsewhere else ""
    return (
        f"{board.caption[0].upper()}{board.caption[1:]}.{partial} Suite {board.suite} {board.suite_version}; "
        f"interpbench {provenance['interpbench']} at {str(provenance['commit'])[:10]}{dirt}{answered}; "
        f"Python {provenance['python']}; {provenance['machine']}; isolation {provenance['isolation']}. "
        "Human readers were not measured."
    )


def markdown(table: Table) -> str:
    """A GitHub-flavoured table with its notes."""
    lines = [
        f"### {table.title}",
        "",
        "| " + " | ".join(column.title for column in table.columns) + " |",
        "|" + "|".join("---:" if column.numeric else "---" for column in table.columns) + "|",
    ]
    for place, row in enumerate(table.rows):
        cells = [cell.replace("|", "\\|") for cell in row]
        if place in table.strong:
            cells[0] = f"**{cells[0]}**"
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *[f"- {note}" for note in table.notes], ""])


def comma_separated(board: Board) -> str:
    """All figures at full precision: a line a (track, method, metric)."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, lineterminator="\n")
    writer.writeheader()
    for line in figures(board):
        writer.writerow({name: _written(value) for name, value in line.items()})
    return out.getvalue()


def _written(value: object) -> object:
    return repr(value) if isinstance(value, float) else "" if value is None else value
