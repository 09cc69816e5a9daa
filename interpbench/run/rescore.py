"""Scores derived afresh: from the stored answers and from keys computed anew, next to what the store says."""

from interpbench.run.execute import Runner
from interpbench.run.judge import Keys, judge, judge_afresh, records_of
from interpbench.run.zoo_hash import zoo_hash
from interpbench.tracks.instance import Problem


def rescore(runner: Runner) -> tuple[int, list[Problem]]:
    """Compares every stored score of the runner's plan with one that uses neither stored keys nor stored scores.

    Returns:
        How many were compared, and the differences.
    """
    problems: list[Problem] = []
    checked = 0
    for task in runner.plan.tasks:
        keys = Keys(runner.store, task, zoo_hash(task.info))
        rows = [row for row in runner.plan.rows if row.info is None or task.info.track in row.info.tracks]
        answered = [(row, records) for row in rows if (records := records_of(runner, task, row))]
        kept, afresh = judge(runner.store, task, answered, keys), judge_afresh(task, answered, keys.afresh())
        for (row, _), of_row, of_row_anew in zip(answered, kept, afresh, strict=True):
            for stored, anew in zip(of_row, of_row_anew, strict=True):
                checked += 1
                if not _equal(anew.values, stored.values):
                    problems.append(
                        Problem(
                            where=f"{row.name} on {stored.ref.id}", what=f"stored {stored.values}, afresh {anew.values}"
                        )
                    )
    return checked, problems


def _equal(first: dict[str, float], second: dict[str, float]) -> bool:
    return first.keys() == second.keys() and all(
        first[name] == second[name] or (first[name] != first[name] and second[name] != second[name]) for name in first
    )
