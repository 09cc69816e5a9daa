"""Tables for papers: booktabs, numbers aligned by siunitx, the ends of intervals in columns of their own."""

import re
from collections.abc import Iterator, Sequence

from interpbench.report.cell import Figure
from interpbench.report.table import Column, Table

NEEDS = "booktabs, graphicx and siunitx (version 3)"
OPTIONS = "retain-explicit-plus, mode=text, reset-text-series=false"
"""Of every column of numbers: `+7` keeps its sign, and bold face is not undone."""

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "_": r"\_",
    "#": r"\#",
    "$": r"\$",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_ESCAPES |= {"≥": r"$\geq$", "≤": r"$\leq$", "±": r"$\pm$", "<": r"$<$", ">": r"$>$", "→": r"$\to$"}
NOTES = 5
"""Notes that a caption takes; rows that failed come after these."""
_NUMBER = re.compile(r"([+-]?)(\d+)(?:\.(\d+))?")


def tex(text: str) -> str:
    """Text with what TeX would take for its own escaped."""
    return "".join(_ESCAPES.get(letter, letter) for letter in text)


def latex(table: Table, description: str, label: str = "", *, told: bool = True) -> str:
    """A table in a float, no wider than the text.

    Bold is the best of a column where the 95% interval of its paired difference to the second best excludes 0; both
    are chosen on the same cells. Bounds and references are not in the running. Where a method or a family has an
    asterisk, the caption says what it means.

    Args:
        table: what is shown.
        description: what every caption says of the board.
        label: to refer to it by; none leaves it out.
        told: whether the caption says what bold face means; not where a document says so once.
    """
    body = tabular(table)
    notes = " ".join([*table.notes[:NOTES], *([RIVALS] if _starred(table) else [])])
    title = table.title if table.title.endswith("?") else f"{table.title}."
    bold = " " + BOLD if table.leading and told else ""
    return "\n".join(
        [
            f"% needs {NEEDS}",
            r"\begin{table}",
            r"  \centering\footnotesize\setlength{\tabcolsep}{3pt}%",
            r"  \sbox0{%",
            *(f"  {line}" for line in body),
            r"  }%",
            r"  \ifdim\wd0>\linewidth\resizebox{\linewidth}{!}{\usebox0}\else\usebox0\fi",
            rf"  \caption{{{tex(title)} {tex(f'{notes}{bold} {description}'.strip())}}}",
            *([rf"  \label{{{label}}}"] if label else []),
            r"\end{table}",
            "",
        ]
    )


BOLD = (
    "Bold: the best of the column, where the 95% interval of its paired difference to the second best excludes 0;"
    " bounds and references are not in the running."
)


RIVALS = "Rivals are marked *."
MARKED = ("method", "family")
"""Columns in which an asterisk marks rivals."""


def _starred(table: Table) -> bool:
    places = [place for place, column in enumerate(table.columns) if column.key in MARKED]
    return any("*" in row[place] for row in table.rows for place in places)


def tabular(table: Table) -> list[str]:
    """The lines of the tabular."""
    columns = [[row[place] for row in table.rows] for place in range(len(table.columns))]
    wide = [_has_interval(cells) for cells in columns]
    spec = "".join(_spec(column, cells) for column, cells in zip(table.columns, columns, strict=True))
    lines = [rf"\begin{{tabular}}{{@{{}}{spec}@{{}}}}", r"  \toprule"]
    lines.append(
        "  " + " & ".join(_heading(column, of) for column, of in zip(table.columns, wide, strict=True)) + r" \\"
    )
    if any(wide):
        lines.append("  " + "".join(_rules(wide)))
        below = [r"{} & \multicolumn{2}{c}{95\% int.}" if of else "" for of in wide]
        lines.append("  " + " & ".join(below) + r" \\")
    lines.append(r"  \midrule")
    for place, row in enumerate(table.rows):
        cells = [
            _cell(cell, column, of, (place, column.key) in table.leading)
            for cell, column, of in zip(row, table.columns, wide, strict=True)
        ]
        lines.append("  " + " & ".join(cells) + r" \\")
    return [*lines, r"  \bottomrule", r"\end{tabular}"]


def _has_interval(cells: Sequence[str]) -> bool:
    return any(isinstance(cell, Figure) and cell.low for cell in cells)


def _spec(column: Column, cells: Sequence[str]) -> str:
    figures = [cell for cell in cells if isinstance(cell, Figure)]
    if not column.numeric or not figures:
        return "r" if column.numeric else "l"
    shown = [_aligned([figure.value for figure in figures])]
    if _has_interval(cells):
        shown += [_aligned([figure.low for figure in figures]), _aligned([figure.high for figure in figures])]
    return "".join(f"S[table-format={form}, {OPTIONS}]" for form in shown)


def _aligned(texts: Sequence[str]) -> str:
    """How much room siunitx leaves: `+3.2` for a sign, three digits before the point and two after it."""
    parts = [found.groups() for text in texts if (found := _NUMBER.fullmatch(text))]
    sign = "-" if any(one for one, _, _ in parts) else ""
    before = max((len(whole) for _, whole, _ in parts), default=1)
    after = max((len(rest or "") for _, _, rest in parts), default=0)
    return f"{sign}{before}.{after}" if after else f"{sign}{before}.0"


def _heading(column: Column, wide: bool) -> str:
    title = tex(column.title)
    return rf"\multicolumn{{3}}{{c}}{{{title}}}" if wide else f"{{{title}}}"


def _rules(wide: Sequence[bool]) -> Iterator[str]:
    place = 1
    for of in wide:
        if of:
            yield rf"\cmidrule(lr){{{place}-{place + 2}}}"
        place += 3 if of else 1


def _cell(cell: str, column: Column, wide: bool, bold: bool) -> str:
    if not column.numeric:
        return tex(cell)
    face = r"\bfseries " if bold else ""
    if isinstance(cell, Figure):
        return " & ".join([face + cell.value, cell.low, cell.high] if wide else [face + cell.value])
    text = f"{{{tex(cell)}}}" if cell else ""
    return rf"\multicolumn{{3}}{{c}}{text or '{}'}" if wide else text
