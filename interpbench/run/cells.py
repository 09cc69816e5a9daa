"""Every judged answer as a line of a table: for Parquet, datasets and pages."""

from collections import Counter
from collections.abc import Iterator, Sequence

import pandas as pd

from interpbench.bundle.outcome import Cost, Status
from interpbench.run.judged import JudgedTrack
from interpbench.run.plan import Row
from interpbench.run.store import AnswerRecord
from interpbench.tracks.instance import ScoredCell

MISSING = "missing"
"""Status of a unit that has not run."""


def cells_frame(of: JudgedTrack) -> pd.DataFrame:
    """A line for every row and instance, in the order of the board's cells.

    Columns: `row`, `method_family`, `tier`, `version`; `task`, `instance` (its id), `kind`, `family` (what intervals
    resample first), `group`, `units` (list of str); `answered`, `status` (that of the worst unit), `reason`;
    `cpu_seconds` and `queries`, summed over the units (a unit that several instances share counts in each); and
    `value.NAME` for every value that judging gave (NaN: does not apply).
    """
    return pd.DataFrame.from_records(list(_lines(of)))


def _lines(of: JudgedTrack) -> Iterator[dict[str, object]]:
    for row in of.rows:
        about = _about(row)
        for cell in of.cells[row.name]:
            records = of.records[row.name].get(cell.ref.task, {})
            found = [records[unit] for unit in cell.ref.units if unit in records]
            yield about | _place(cell) | _outcome(cell, found) | {f"value.{k}": v for k, v in cell.values.items()}


def _about(row: Row) -> dict[str, object]:
    return {
        "row": row.name,
        "method_family": "bounds" if row.info is None else row.info.family.value,
        "tier": row.tier.value,
        "version": "1.0" if row.info is None else row.info.version,
    }


def _place(cell: ScoredCell) -> dict[str, object]:
    ref = cell.ref
    return {
        "task": ref.task,
        "instance": ref.id,
        "kind": ref.kind,
        "family": ref.family or ref.task,
        "group": ref.group,
        "units": list(ref.units),
    }


def _outcome(cell: ScoredCell, found: Sequence[AnswerRecord]) -> dict[str, object]:
    costs: list[Cost] = [record.cost for record in found]
    return {
        "answered": cell.answered,
        "status": _worst([record.status for record in found], len(cell.ref.units)),
        "reason": cell.reason or next((record.reason for record in found if record.reason), ""),
        "cpu_seconds": sum(cost.cpu_seconds for cost in costs),
        "queries": sum(cost.queries for cost in costs),
    }


def _worst(statuses: Sequence[Status], wanted: int) -> str:
    """That of a unit that failed, if there is one; else that most units have."""
    if len(statuses) < wanted:
        return MISSING
    failed = [status for status in statuses if status not in {Status.OK, Status.NOT_APPLICABLE}]
    return Counter(failed or statuses).most_common(1)[0][0].value
