"""Lines of the table of cells say what the judged cells say."""

from boards import cells, refs

from interpbench.bundle.outcome import Cost, Status
from interpbench.run.cells import MISSING, cells_frame
from interpbench.run.judged import JudgedTrack
from interpbench.run.plan import Row
from interpbench.run.provenance import provenance
from interpbench.run.store import AnswerRecord

REFS = refs(("one",), 2)
ROW = Row(name="oracle", info=None)


def record(task: str, unit: str, status: Status = Status.OK) -> AnswerRecord:
    """An answer that says nothing."""
    return AnswerRecord(
        parts={"unit": unit},
        row=ROW.name,
        task=task,
        unit=unit,
        status=status,
        reason="" if status is Status.OK else "it broke",
        cost=Cost(cpu_seconds=2.0, queries=3),
        provenance=provenance("process"),
    )


def test_a_line_names_its_cell_and_sums_what_its_units_cost() -> None:
    task, broken, lacking = REFS[0].task, REFS[0].units[1], REFS[3].units[0]
    units = {unit for ref in REFS for unit in ref.units} - {lacking}
    records = {unit: record(task, unit, Status.CRASHED if unit == broken else Status.OK) for unit in units}
    judged = cells(lambda ref, unit: 1.0 if unit in ref.units[:1] else 0.0, REFS)
    track = JudgedTrack(
        track="generalization",
        tasks=(),
        rows=(ROW,),
        cells={ROW.name: judged},
        records={ROW.name: {task: records}},
    )
    frame = cells_frame(track)
    assert len(frame) == len(REFS)
    assert frame["instance"].tolist() == [ref.id for ref in REFS]
    assert frame["units"].map(tuple).tolist() == [ref.units for ref in REFS]
    for line, cell in zip(frame.to_dict("records"), judged, strict=True):
        for name, value in cell.values.items():
            assert line[f"value.{name}"] == value or value != value
        present = [unit for unit in cell.ref.units if unit in units]
        assert line["cpu_seconds"] == 2.0 * len(present)
        assert line["queries"] == 3 * len(present)
        wanted = MISSING if len(present) < 2 else "crashed" if broken in present else "ok"
        assert line["status"] == wanted
        assert (line["reason"] == "it broke") == (broken in present)
