"""Tables in the terminal; what does not fit is left to `--format markdown` and `--format csv`."""

from rich.console import Console, Group
from rich.table import Table as RichTable
from rich.text import Text

from interpbench.report.table import BRIEF, TINY, Table, brief

WIDE = 220
"""A terminal with fewer characters gets the brief table."""
NARROW = 140
"""One with fewer than this gets fewer columns still: no figure is ever cut."""


def render(table: Table, console: Console) -> Group:
    """The table as the terminal's width allows."""
    small = len(table.columns) <= len(BRIEF)
    shown = table if small or console.width >= WIDE else brief(table, BRIEF)
    shown = brief(shown, TINY) if console.width < NARROW else shown
    rich = RichTable(title=table.title, title_justify="left", header_style="bold", pad_edge=False, box=None)
    for column in shown.columns:
        rich.add_column(column.title, justify="right" if column.numeric else "left", no_wrap=column.key != "worst")
    for number, row in enumerate(shown.rows):
        bound = "bounds" in table.rows[number]
        style = "bold" if number in table.strong else "dim" if bound else ""
        rich.add_row(*row, style=style)
    notes = [Text(f"  {note}", style="dim") for note in table.notes]
    if shown is not table:
        notes.append(Text("  More columns: a wider terminal, or `interpbench report --format markdown`.", style="dim"))
    return Group(rich, *notes)
