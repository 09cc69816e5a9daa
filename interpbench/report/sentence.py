"""What each access tier adds, as a sentence with intervals."""

from interpbench.report.cell import interval, signed
from interpbench.score.board import TrackBoard

ALONE = {"data": "the rows alone", "behaviour": "queries", "weights": "weights", "checkpoints": "earlier checkpoints"}


def access_sentence(board: TrackBoard) -> str:
    """One sentence: metric by metric what the first tier reaches, and what the others add to the one before them.

    It reads like "On plain: the rows alone give 88 [80, 95], queries add +2 [-1, +5], weights add +0 [-4, +4]; on ...".
    """
    rows = {row.name: row for row in board.rows}
    clauses = []
    for name in board.parts:
        metric = board.metrics[name]
        told = [
            f"{ALONE[one.tier]} add {signed(one.gains[name], metric)}"
            if name in one.gains
            else f"{ALONE[one.tier]} give {interval(rows[one.methods[name]].metrics[name], metric.percent)}"
            for one in board.access
            if name in one.methods
        ]
        clauses.append(f"on {metric.title}: {', '.join(told)}")
    text = "; ".join(clauses)
    return f"{text[:1].upper()}{text[1:]}."
