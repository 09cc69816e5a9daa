"""What was asked: for each unit the bundle of its whole question, where the store still holds it."""

from collections.abc import Mapping
from pathlib import Path

from interpbench.bundle.folder import QUESTION, TENSORS
from interpbench.run.execute import Runner
from interpbench.run.judged import JudgedTrack
from interpbench.run.plan import PlannedTask


def given(runner: Runner, of: JudgedTrack, task: PlannedTask) -> Mapping[str, Path]:
    """Unit -> folder of its bundle; units of which no bundle is left are missing."""
    found: dict[str, Path] = {}
    for row in of.rows:
        for unit, record in of.records[row.name].get(task.name, {}).items():
            folder = runner.store.bundles / str(record.parts.get("question"))
            if unit not in found and all((folder / name).is_file() for name in (QUESTION, TENSORS)):
                found[unit] = folder
    return found
