"""Scores derived afresh: from the stored answers and from keys computed anew, next to what the store says."""

from interpbench.run.execute import Runner
from interpbench.run.judge import Keys, judge, judge_afresh, records_of
from interpbench.run.watcher import UNWATCHED, Watcher
from interpbench.run.zoo_hash import zoo_hash
from interpbench.tracks.instance import Problem


def rescore(runner: Runner, watcher: Watcher = UNWATCHED) -> tuple[int, list[Problem]]:
    """Compares every stored score of the runner's plan with one that uses neither stored keys nor stored scores.

    Args:
        runner: with plan and store.
        watcher: is told of instances.

    Returns:
        How many were compared, and the differences.
    """
    problems: list[Problem] = []
    checked = 0
    watcher.expect(sum(len(task.refs) for task in runner.plan.tasks))
    for task in runner.plan.tasks:
        zoo = zoo_hash(task.info)
        keys, anew = Keys(runner.store, task, zoo), Keys(runner.store, task, zoo, watcher).afresh()
        rows = [row for row in runner.plan.rows if row.info is None or task.info.track in row.info.tracks]
        answered = [(row, records) for row in rows if (records := records_of(runner, task, row))]
        kept, afresh = judge(runner.store, task, answered, keys), judge_afresh(task, answered, anew)
        for (row, _), of_row, of_row_anew in zip(answered, kept, afresh, strict=True):
            for stored, other in zip(of_row, of_row_anew, strict=True):
                checked += 1
                if not _equal(other.values, stored.values):
                    what = f"stored {stored.values}, afresh {other.values}"
                    problems.append(Problem(where=f"{row.name} on {stored.ref.id}", what=what))
    return checked, problems


def _equal(first: dict[str, float], second: dict[str, float]) -> bool:
    return first.keys() == second.keys() and all(
        first[name] == second[name] or (first[name] != first[name] and second[name] != second[name]) for name in first
    )
