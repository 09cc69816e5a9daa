"""Tables in the terminal; what does not fit is left to `--format markdown` and `--format csv`."""

from rich.console import Console, Group
from rich.table import Table as RichTable
from rich.text import Text

from interpbench.report.table import Table

NARROW = ("method", "family", "accuracy", "recipe", "fraction", "seed", "difference", "rank", "coverage", "cpu")
"""Columns shown in fewer than `WIDE` characters."""
WIDE = 220


def render(table: Table, console: Console) -> Group:
    """The table as the terminal's width allows."""
    keep = [place for place, column in enumerate(table.columns) if console.width >= WIDE or column.key in NARROW]
    rich = RichTable(title=table.title, title_justify="left", header_style="bold", pad_edge=False, box=None)
    for place in keep:
        column = table.columns[place]
        rich.add_column(column.title, justify="right" if column.numeric else "left", no_wrap=place == 0)
    for number, row in enumerate(table.rows):
        style = "bold" if number in table.strong else "dim" if row[1].startswith("bounds") else ""
        rich.add_row(*[row[place] for place in keep], style=style)
    notes = [Text(f"  {note}", style="dim") for note in table.notes]
    if len(keep) < len(table.columns):
        notes.append(Text("  More columns: a wider terminal, or `interpbench report --format markdown`.", style="dim"))
    return Group(rich, *notes)
