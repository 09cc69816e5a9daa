"""Figures in hand-written pages: blocks between markers, made from a board and never typed."""

import re
from collections.abc import Collection

from interpbench.report.cell import interval, number
from interpbench.report.table import Column, Table, against, detectable
from interpbench.score.board import TrackBoard

MISSING = "no <!-- {name} --> ... <!-- /{name} --> in {where}"


def put(text: str, name: str, content: str, where: str = "the text") -> str:
    """The text with the block of this name replaced.

    Args:
        text: a page.
        name: `<!-- name -->` opens the block, `<!-- /name -->` closes it.
        content: what stands between them.
        where: the page, for the error.

    Raises:
        ValueError: there is no such block.
    """
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", flags=re.DOTALL)
    if not pattern.search(text):
        raise ValueError(MISSING.format(name=name, where=where))
    return pattern.sub(lambda found: f"{found[1]}{content.strip()}\n{found[2]}", text, count=1)


def rows_table(board: TrackBoard, rows: Collection[str]) -> Table:
    """What some rows score, by kind of question: for the page of a method."""
    head = board.metrics[board.headline]
    kinds = [name for name, metric in board.metrics.items() if metric.kinds == (name,) and name in board.kinds]
    shown = [row for row in board.rows if row.name in rows]
    columns = (
        Column(key="method", title="row", about="method, or method/variant", numeric=False),
        Column(key=board.headline, title=head.title + (" %" if head.percent else ""), about=head.about),
        *[Column(key=name, title=name, about=board.metrics[name].about) for name in kinds],
        Column(key="difference", title=f"vs {board.rival}", about="paired difference; 95% interval"),
    )
    return Table(
        title="",
        columns=columns,
        rows=tuple(
            (
                row.name,
                interval(row.metrics[board.headline], head.percent),
                *[number(row.metrics[name].value, board.metrics[name].percent) for name in kinds],
                against(row, board)[0],
            )
            for row in shown
        ),
        notes=tuple(detectable((row.difference for row in shown), head, f"to {board.rival}")),
    )
