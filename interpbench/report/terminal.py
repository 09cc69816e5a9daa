"""Tables in the terminal; what does not fit is left to `--format markdown` and `--format csv`."""

from rich.console import Console, Group
from rich.table import Table as RichTable
from rich.text import Text

from interpbench.report.table import Table, brief


def render(table: Table, console: Console) -> Group:
    """The table as the terminal's width allows."""
    choices = (table, brief(table), brief(table, table.tiny))
    shown = next((one for one in choices if _width(one) <= console.width), choices[-1])
    rich = RichTable(title=table.title, title_justify="left", header_style="bold", pad_edge=False, box=None)
    for column in shown.columns:
        rich.add_column(column.title, justify="right" if column.numeric else "left", no_wrap=column.key != "worst")
    for number, row in enumerate(shown.rows):
        bound = "bounds" in table.rows[number]
        style = "bold" if number in table.strong else "dim" if bound else ""
        rich.add_row(*row, style=style)
    notes = [Text(f"  {note}", style="dim") for note in table.notes]
    if len(shown.columns) < len(table.columns):
        notes.append(Text("  More columns: a wider terminal, or `interpbench report --format markdown`.", style="dim"))
    return Group(rich, *notes)


def _width(table: Table) -> int:
    """Characters of its longest lines: no figure is ever cut."""
    lines = [tuple(column.title for column in table.columns), *table.rows]
    return sum(max(map(len, column)) + 2 for column in zip(*lines, strict=True))
