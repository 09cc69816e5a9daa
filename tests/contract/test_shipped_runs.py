"""The runs that ship: enough of both outcomes at every step, bounds where they belong, nothing told by metadata."""

from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pytest

from interpbench.bundle.tier import Tier
from interpbench.models.names import numpy_generator
from interpbench.plugins.discovery import find_suite, load_task, tasks
from interpbench.tracks.generalization.developmental import LEAST_RUNS
from interpbench.tracks.generalization.forecast import METRICS
from interpbench.tracks.generalization.recipe import Kind
from interpbench.tracks.instance import Ref
from interpbench.tracks.registry import TRACKS

SUITES = {"quick": 1, "dev": 1}
"""Suite -> families with runs, at least."""


@cache
def asked(suite: str) -> tuple[tuple[Any, Ref, Any], ...]:
    """Task, ref and key of every checkpoint."""
    found = find_suite(suite)
    out = []
    for name, size in found.tasks.items():
        task = load_task(tasks()[name])
        out += [
            (task, ref, task.key(ref)) for ref in task.refs(found.seed, size) if ref.kind == Kind.DEVELOPMENTAL.value
        ]
    return tuple(out)


@pytest.mark.parametrize(("suite", "families"), SUITES.items())
def test_every_step_has_runs_of_both_outcomes(suite: str, families: int) -> None:
    left = Counter((ref.task, ref.group, key.step, key.generalises) for _, ref, key in asked(suite))
    assert len({task for task, *_ in left}) >= families
    for task, group, step, _ in left:
        assert min(left[task, group, step, outcome] for outcome in (True, False)) >= LEAST_RUNS


@pytest.mark.parametrize("suite", SUITES)
def test_the_outcome_of_a_member_is_that_of_its_key(suite: str) -> None:
    outcomes: dict[tuple[str, str], set[bool]] = {}
    for _, ref, key in asked(suite):
        ((label, run),) = ref.members
        assert (label == "generaliser") is key.generalises
        outcomes.setdefault((ref.task, run), set()).add(key.generalises)
    assert all(len(said) == 1 for said in outcomes.values())


@pytest.mark.parametrize("suite", SUITES)
def test_oracle_and_chance(suite: str) -> None:
    track = TRACKS["generalization"].load()
    cells = asked(suite)
    answers = {
        ref.units[0]: track.read_answer(track.oracle(task, ref.units[0], ref.suite_seed)) for task, ref, _ in cells
    }
    best = [track.judge(ref, key, answers, track.oracle_calibration) for _, ref, key in cells]
    figures = track.reduce(best, np.ones((1, len(best))))
    for name, metric in METRICS.items():
        assert figures[name][0] == pytest.approx(metric.ceiling, abs=0.01), name
    rng = numpy_generator("chance", suite, "runs")
    areas = []
    for _ in range(1000):
        guess = track.guess([ref for _, ref, _ in cells], rng)
        judged = [track.judge(ref, key, guess, None) for _, ref, key in cells]
        areas.append(track.reduce(judged, np.ones((1, len(judged))))["forecast_auroc"][0])
    assert abs(2 * (np.mean(areas) - 0.5)) <= 0.02


def test_metadata_tells_nothing() -> None:
    """All checkpoints of a pool come in the same bundle but for the values of the weights, whatever their step."""
    track = TRACKS["generalization"].load()
    seed = find_suite("quick").seed
    seen: dict[tuple[str, str], list[Any]] = {}
    for task, ref, _ in asked("quick"):
        question = task.question(ref.units[0], seed)
        shape = []
        for tier in (Tier.DATA, Tier.BEHAVIOUR, Tier.WEIGHTS):
            bundle = track.bundle(question, tier, None)
            files = {name: len(content) for name, content in bundle.files().items()}
            sizes = {name: (tuple(value.shape), str(value.dtype)) for name, value in bundle.tensors.items()}
            shape.append((files, sizes, bundle.question))
        assert seen.setdefault((ref.task, ref.group), shape) == shape
