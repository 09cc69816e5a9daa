"""Worlds without a network: drawn again and compared; every planted fault is named."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from worlds import FEATURES, D, TinyTask

from interpbench.tracks.features.key import Kind
from interpbench.tracks.features.toy import Drawn, Plan, explained, structureless
from interpbench.tracks.instance import Instance
from interpbench.tracks.registry import TRACKS


def instance(task: TinyTask, unit: str = "one-0") -> Instance:
    (ref,) = [ref for ref in task.refs("s", "quick") if ref.units == (unit,)]
    return task.build(ref)


def test_what_is_drawn_checks() -> None:
    task = TinyTask()
    kinds = [ref.kind for ref in task.refs("s", "quick")]
    assert sorted(kinds) == ["null", "superposition", "superposition"]
    for ref in task.refs("s", "quick"):
        assert task.check(task.build(ref)) == []


def test_worlds_differ_by_number_and_are_the_same_each_time() -> None:
    first, second = (instance(TinyTask(), unit).questions[unit] for unit in ("one-0", "one-1"))
    assert not torch.equal(first.shown, second.shown)
    assert torch.equal(first.shown, instance(TinyTask()).questions["one-0"].shown)


def test_the_truth_scores_1_and_random_dictionaries_score_0() -> None:
    task, track = TinyTask(), TRACKS["features"].load()
    made = instance(task)
    answer = track.read_answer(track.oracle(task, "one-0"))
    assert track.refuse(made.questions["one-0"], answer) is None
    assert track.judge(made.ref, made.key, {"one-0": answer}, None).values["score"] == pytest.approx(1)
    assert 0.2 < made.key.floor < 0.8


def test_other_rows_are_named() -> None:
    task = TinyTask()
    made = instance(task)
    question = made.questions["one-0"]
    for name in ("shown", "asked"):
        changed = replace(question, **{name: getattr(question, name).flip(0)})
        what = [str(problem) for problem in task.check(replace(made, questions={"one-0": changed}))]
        assert any(f"{name} rows are not those" in text for text in what)
    assert any("explain" in text for text in what)


@pytest.mark.parametrize(
    ("name", "value"), [("floor", 0.9), ("kind", Kind.HIERARCHY), ("on", ((0,),) * 300), ("unseen", (True,) * 300)]
)
def test_another_key_is_named(name: str, value: object) -> None:
    task = TinyTask()
    made = instance(task)
    key = made.key.model_copy(update={name: value} | ({"values": ((1.0,),) * 300} if name == "on" else {}))
    assert any(f"key's {name}" in str(problem) for problem in task.check(replace(made, key=key)))


def test_a_task_whose_rows_do_not_hold_what_it_plants_is_named() -> None:
    class Wrong(TinyTask):
        def draw(self, plan: Plan) -> Drawn:
            drawn = super().draw(plan)
            return replace(drawn, planted=np.roll(drawn.planted, 1, axis=0))

    task = Wrong()
    assert any("explain" in str(problem) for problem in task.check(instance(task)))


def test_a_null_has_the_moments_and_norms_of_what_it_replaces_and_nothing_else() -> None:
    rng = np.random.default_rng(0)
    codes = (rng.random((6000, FEATURES)) < 0.1) * 1.0
    rows = codes @ rng.standard_normal((FEATURES, D)) + 3
    null = structureless(rows, np.random.default_rng(1))
    assert null.mean(axis=0) == pytest.approx(rows.mean(axis=0), abs=0.1)
    assert np.cov(null.T) == pytest.approx(np.cov(rows.T), abs=0.15)
    root = np.linalg.cholesky(np.linalg.inv(np.cov(rows.T)))
    lengths = [np.sort(np.linalg.norm((some - rows.mean(axis=0)) @ root, axis=1)) for some in (rows, null)]
    assert lengths[0] == pytest.approx(lengths[1], abs=1e-6)
    directions = np.linalg.lstsq(codes, rows - 3, rcond=None)[0]
    assert explained(rows, codes, directions) > 0.99
    assert explained(null, codes, directions) < 0
