"""Judging from a store: what an instance needs is made once for all rows, and what is judged is kept."""

from pathlib import Path
from typing import Any

import pytest

from interpbench.bundle.outcome import Status
from interpbench.plugins.discovery import load_task, tasks
from interpbench.run.judge import Answered, Keys, judge, judge_afresh
from interpbench.run.plan import PlannedTask, Row
from interpbench.run.provenance import provenance
from interpbench.run.store import AnswerRecord, Store
from interpbench.tracks.circuits import family
from interpbench.tracks.circuits.track import TRACK

NAME = "circuits/strict"


def planned() -> PlannedTask:
    info = tasks()[NAME]
    task: Any = load_task(info)
    return PlannedTask(info=info, size="smoke", seed="quick-1", task=task, refs=task.refs("quick-1", "smoke"))


def answered(task: PlannedTask, name: str, version: int = 1) -> Answered:
    """A row that gives the oracle's answers, as often as it has a version."""
    told: Any = task.task
    records = {
        unit: AnswerRecord(
            parts={"row": name, "unit": unit, "version": version},
            row=name,
            task=NAME,
            unit=unit,
            status=Status.OK,
            answer=TRACK.oracle(told, unit, task.seed).decode(),
            provenance=provenance("process"),
        )
        for unit in task.units
    }
    return Row(name=name, info=None), records


@pytest.fixture
def boots(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One entry for every network that is made ready."""
    found: list[None] = []
    made = family.boot_bridge  # type: ignore[attr-defined]  # where it is looked up

    def counted(*given: Any) -> Any:
        found.append(None)
        return made(*given)

    monkeypatch.setattr(family, "boot_bridge", counted)
    return found


def test_a_network_is_made_ready_once_for_all_rows_and_verdicts_are_kept(tmp_path: Path, boots: list[None]) -> None:
    store, task = Store(tmp_path), planned()
    keys = Keys(store, task, "zoo")
    rows = [answered(task, name) for name in ("first", "second", "third")]
    trained = sum(key.key.present for _, key in keys.read())  # untrained ones are not run
    assert 0 < trained < len(task.refs)
    boots.clear()
    cells = judge(store, task, rows, keys)
    assert len(boots) == trained
    assert [len(of_row) for of_row in cells] == [len(task.refs)] * 3
    assert {cell.values["nodes"] for of_row in cells for cell in of_row if "nodes" in cell.values} == {1.0}

    boots.clear()
    again = judge(store, task, rows, Keys(store, task, "zoo"))
    assert not boots
    assert [[cell.values for cell in of_row] for of_row in again] == [[c.values for c in of_row] for of_row in cells]

    fresh = planned()
    changed = [rows[0], answered(fresh, "second", version=2), rows[2]]
    boots.clear()
    assert len(judge(store, fresh, changed, Keys(store, fresh, "zoo"))) == 3
    assert len(boots) == trained  # of one row, for the others stand in the store


def test_what_is_derived_afresh_is_what_is_kept_unless_that_was_changed(tmp_path: Path) -> None:
    store, task = Store(tmp_path), planned()
    keys = Keys(store, task, "zoo")
    rows = [answered(task, "first")]
    (kept,), (fresh,) = judge(store, task, rows, keys), judge_afresh(task, rows, keys.afresh())
    assert [cell.values for cell in kept] == [cell.values for cell in fresh]
    (path,) = (tmp_path / "scores").glob("*.json")
    path.write_text(path.read_text().replace('"nodes": 1.0', '"nodes": 0.5'))
    ((changed,), (fresh,)) = judge(store, task, rows, keys), judge_afresh(task, rows, keys.afresh())
    assert [cell.values for cell in changed] != [cell.values for cell in fresh]
