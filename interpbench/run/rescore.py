"""Scores derived afresh: from the stored answers and from keys computed anew, next to what the store says."""

from interpbench.run.execute import Runner
from interpbench.run.judge import Keys, answers_of, calibration_of, judge, records_of
from interpbench.run.zoo_hash import zoo_hash
from interpbench.tracks.instance import Problem
from interpbench.tracks.registry import TRACKS


def rescore(runner: Runner) -> tuple[int, list[Problem]]:
    """Compares every stored score of the runner's plan with one that uses neither stored keys nor stored scores.

    Returns:
        How many were compared, and the differences.
    """
    problems: list[Problem] = []
    checked = 0
    for task in runner.plan.tasks:
        track = TRACKS[task.info.track].load()
        sealed = Keys(runner.store, task, zoo_hash(task.info))
        fresh = sealed.afresh()
        for row in runner.plan.rows:
            if row.info is not None and task.info.track not in row.info.tracks:
                continue
            records = records_of(runner, task, row)
            if not records:
                continue
            answers = answers_of(task, records)
            calibration = calibration_of(row, task.info.track)
            for stored in judge(runner.store, task, row, records, sealed):
                anew = track.judge(stored.ref, fresh[stored.ref.index], answers, calibration)
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
