"""The order of cells: no row waits for another one's last cell."""

from itertools import groupby

from interpbench.plugins.discovery import find_suite, methods, tasks
from interpbench.run.plan import make_plan


def test_all_rows_answer_about_a_unit_before_the_next_one() -> None:
    plan = make_plan(find_suite("smoke"), tasks(), [methods()["confidence"], methods()["scalars"]])
    cells = list(plan.cells())
    assert len({cell.id for cell in cells}) == len(cells)
    runs = [
        (place, [cell.row for cell in run]) for place, run in groupby(cells, lambda cell: (cell.task.name, cell.unit))
    ]
    assert len({place for place, _ in runs}) == len(runs)  # no unit comes back
    assert len(runs) == sum(len(task.units) for task in plan.tasks)
    for (task, _), rows in runs:
        track = next(one.info.track for one in plan.tasks if one.name == task)
        assert rows == [row for row in plan.rows if row.info is None or track in row.info.tracks]
