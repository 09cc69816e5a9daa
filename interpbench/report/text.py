"""Tables as text: Markdown, CSV and LaTeX (booktabs)."""

import csv
import io

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
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        [
            "suite",
            "suite_version",
            "track",
            "method",
            "family",
            "tier",
            "metric",
            "value",
            "low",
            "high",
            "n",
            "families",
            "reason",
        ]
    )
    for track in board.tracks:
        for row in track.rows:
            figures = {**row.metrics, "skill": row.skill}
            if row.difference is not None:
                figures["difference_to_best_rival"] = row.difference.difference
            for name, estimate in figures.items():
                writer.writerow(
                    [
                        board.suite,
                        board.suite_version,
                        track.track,
                        row.name,
                        row.family,
                        row.tier,
                        name,
                        *["" if part is None else repr(part) for part in (estimate.value, estimate.low, estimate.high)],
                        estimate.n,
                        estimate.families,
                        estimate.reason or "",
                    ]
                )
    return out.getvalue()


_ESCAPES = {
    "&": r"\&",
    "%": r"\%",
    "_": r"\_",
    "#": r"\#",
    "$": r"\$",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_ESCAPES |= {"≥": r"$\geq$", "±": r"$\pm$", "<": r"$<$", ">": r"$>$"}


def _tex(text: str) -> str:
    return "".join(_ESCAPES.get(letter, letter) for letter in text)


def latex(table: Table, description: str) -> str:
    """A booktabs table; needs `booktabs` and `graphicx`.

    Bold where the paired difference to the best rival excludes 0 after Holm's correction.
    """
    spec = "".join("r" if column.numeric else "l" for column in table.columns)
    lines = [
        r"\begin{table}",
        r"  \centering",
        r"  \resizebox{\textwidth}{!}{%",
        rf"  \begin{{tabular}}{{{spec}}}",
        r"    \toprule",
        "    " + " & ".join(_tex(column.title) for column in table.columns) + r" \\",
        r"    \midrule",
    ]
    for place, row in enumerate(table.rows):
        cells = [_tex(cell) for cell in row]
        if place in table.strong:
            cells[0] = rf"\textbf{{{cells[0]}}}"
        lines.append("    " + " & ".join(cells) + r" \\")
    notes = " ".join(table.notes[:3])
    lines += [
        r"    \bottomrule",
        r"  \end{tabular}}",
        rf"  \caption{{{_tex(table.title)}. {_tex(notes)} {_tex(description)}}}",
        r"\end{table}",
        "",
    ]
    return "\n".join(lines)
