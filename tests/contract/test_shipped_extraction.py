"""The tasks of track extraction: enough of everything, bounds where they belong, nothing told by metadata."""

from collections import defaultdict
from functools import cache
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from interpbench.bundle.tier import Tier
from interpbench.plugins.discovery import find_suite, load_task, tasks
from interpbench.theory import parse
from interpbench.tracks.extraction.answer import TheoryAnswer
from interpbench.tracks.extraction.key import GUARDED, PLAIN, TWIST, Kind
from interpbench.tracks.extraction.track import TRACK
from interpbench.tracks.instance import Ref


@cache
def loaded(name: str) -> Any:
    return load_task(tasks()[name])


@cache
def refs(suite: str = "quick") -> list[tuple[Any, Ref]]:
    found = find_suite(suite)
    sizes = {name: size for name, size in found.tasks.items() if name.startswith("extraction/")}
    return [(loaded(name), ref) for name, size in sizes.items() for ref in loaded(name).refs(found.seed, size)]


@cache
def key(unit: str) -> Any:
    return next(task.key(ref) for task, ref in refs() if ref.units[0] == unit)


def value(ref: Ref, theory: str) -> float:
    unit = ref.units[0]
    return TRACK.judge(ref, key(unit), {unit: TheoryAnswer(theory=theory)}, None).values["recovered"]


def test_enough_instances_of_each_kind_and_a_fifth_without_a_rule() -> None:
    kinds = [ref.kind for _, ref in refs()]
    assert len(kinds) >= 120
    assert kinds.count(Kind.NULL) / len(kinds) == pytest.approx(0.2, abs=0.02)
    assert min(kinds.count(kind) for kind in Kind) >= 10
    assert {ref.group for _, ref in refs()} == {"transformer", "gru"}


def test_the_oracle_reaches_the_ceiling() -> None:
    answers = {
        ref.units[0]: TRACK.read_answer(TRACK.oracle(task, ref.units[0], ref.suite_seed)) for task, ref in refs()
    }
    cells = [TRACK.judge(ref, key(ref.units[0]), answers, TRACK.oracle_calibration) for _, ref in refs()]
    figures = {name: values[0] for name, values in TRACK.reduce(cells, np.ones((1, len(cells)))).items()}
    ends = ("recovery", "plain", "twist", "guarded", "agree", "exact", "data_only", "model_only", "length")
    assert {name: round(figures[name], 9) for name in ends} == dict.fromkeys(ends, 1.0)
    assert figures["fidelity"] >= 0.999  # the networks' own errors
    assert figures["present_brier"] == figures["false_positives"] == 0


@pytest.mark.parametrize("constant", [0, 1])
def test_a_constant_is_chance_where_the_rule_is_to_be_found(constant: int) -> None:
    text = f"def rule(x): return {constant}"
    for kinds in (PLAIN, GUARDED):
        values = [value(ref, text) for _, ref in refs() if ref.kind in kinds]
        assert np.mean(values) == pytest.approx(0, abs=1e-9)


def test_a_reader_of_the_rows_has_at_most_nothing_over_the_twins() -> None:
    """Each rule that fits the rows, answered to all twins of its set: the best that a reader of the rows can say."""
    sets = defaultdict(list)
    for _, ref in refs():
        if ref.kind in TWIST:
            sets[ref.members].append(ref)
    for members in sets.values():
        rivals = key(members[0].units[0]).rivals
        assert len(members) == len(rivals) >= 2
        sums = [sum(value(ref, rule) for ref in members) for rule in rivals]
        assert max(sums) <= 1e-9
        if len(rivals) == 2:
            assert min(sums) == pytest.approx(0, abs=1e-9)


def test_twins_look_alike_to_whoever_reads_data_and_differ_in_weights_alone() -> None:
    sets = defaultdict(list)
    for task, ref in refs():
        if ref.kind in TWIST:
            sets[ref.members].append(task.question(ref.units[0], ref.suite_seed))
    for questions in sets.values():
        data = [question.bundle(Tier.DATA).files() for question in questions]
        assert all(files == data[0] for files in data)
        full = [question.bundle(Tier.WEIGHTS) for question in questions]
        shapes = [{name: (value.shape, value.dtype) for name, value in one.tensors.items()} for one in full]
        assert all(one == shapes[0] for one in shapes)
        assert all(one.question == full[0].question for one in full)


def test_no_row_passes_a_guard_and_the_budget_is_what_it_says() -> None:
    for task, ref in refs():
        if ref.kind not in GUARDED:
            continue
        question, truth = task.question(ref.units[0], ref.suite_seed), key(ref.units[0])
        places, tokens = np.array(truth.guard).T
        assert not (question.rows.tokens.numpy()[:, places] == tokens).all(axis=1).any()
        measure = 10.0 ** -len(truth.guard)
        most = 0.1 / measure if ref.kind == Kind.GUARDED_FEW else 10 / measure
        assert question.budget == pytest.approx(most)


def features(task: Any, ref: Ref) -> list[float]:
    """All that a bundle shows beside the values of its tensors."""
    question = task.question(ref.units[0], ref.suite_seed)
    out = [
        float(question.budget),
        float(question.domain.classes),
        float(question.domain.size),
        float(len(question.rows)),
    ]
    for tier in (Tier.DATA, Tier.WEIGHTS):
        bundle = question.bundle(tier)
        out += [float(sum(map(len, bundle.files().values()))), float(len(bundle.tensors)), float(len(bundle.question))]
    return out


def test_metadata_does_not_tell_whether_there_is_a_rule() -> None:
    chosen = [(task, ref) for task, ref in refs() if ref.kind in (Kind.PLAIN, Kind.NULL) and "@" not in ref.units[0]]
    inputs = np.array([[*features(task, ref), float(ref.index)] for task, ref in chosen])
    labels = np.array([ref.kind == Kind.NULL for _, ref in chosen])
    model = make_pipeline(StandardScaler(), LogisticRegression())
    guess = cross_val_predict(model, inputs, labels, cv=5, method="predict_proba")[:, 1]
    rng = np.random.default_rng(0)
    draws = [rng.integers(len(labels), size=len(labels)) for _ in range(500)]
    found = [roc_auc_score(labels[rows], guess[rows]) for rows in draws if 0 < labels[rows].sum() < len(rows)]
    low, high = np.quantile(found, [0.025, 0.975])
    assert low <= 0.5 <= high
    leak = np.column_stack([inputs, labels + 0.0])  # the control: one number that tells
    seen = cross_val_predict(model, leak, labels, cv=5, method="predict_proba")[:, 1]
    assert roc_auc_score(labels, seen) > 0.95


def test_no_public_rule_is_one_of_dev() -> None:
    dev = {task._recipe(ref.units[0].partition("@")[0]).theory for task, ref in refs("dev")}
    public = [key(ref.units[0]).theory for _, ref in refs() if ref.kind != Kind.NULL]
    assert dev.isdisjoint(public)
    assert all(parse(theory) for theory in dev)
