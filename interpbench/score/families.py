"""Who stands for a method family where access tiers are kept apart."""

from collections.abc import Sequence

from interpbench.score.access import ORDER
from interpbench.score.board import BoardRow


def best_of_families(rows: Sequence[BoardRow]) -> list[BoardRow]:
    """For each access tier and method family the member that was best on suite `dev`, before this suite was looked at.

    Bounds, references and rows of others stand for nobody. A family none of whose members at a tier has a score on
    `dev` (they are fitted there, say) is represented by its first by name. Tiers come from least access to most, in
    each the highest here first.
    """
    best: dict[tuple[str, str], BoardRow] = {}
    for row in sorted((row for row in rows if not (row.bound or row.reference or row.label)), key=lambda row: row.name):
        held = best.get((row.tier, row.family))
        if held is None or _on_dev(row) > _on_dev(held):
            best[row.tier, row.family] = row
    return sorted(best.values(), key=lambda row: (ORDER.index(row.tier), -_skill(row), row.name))


def _on_dev(row: BoardRow) -> tuple[bool, float]:
    return row.dev_score is not None, row.dev_score or 0.0


def _skill(row: BoardRow) -> float:
    return -2.0 if row.skill.value is None else row.skill.value
