"""Every task that ships: keys re-derived, gates kept, bounds where they belong, nothing told by metadata."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

from interpbench.bundle.tier import Tier
from interpbench.models.names import numpy_generator
from interpbench.plugins.discovery import TaskInfo, find_suite, load_task, suites, tasks
from interpbench.run.zoo import verify
from interpbench.tracks.instance import Problem, Ref
from interpbench.tracks.registry import TRACKS

PUBLIC = ("quick", "smoke")


@cache
def loaded(name: str) -> Any:
    return load_task(tasks()[name])


def refs(suite: str, track: str = "generalization") -> list[tuple[Any, Ref]]:
    found = find_suite(suite)
    sizes = {name: size for name, size in found.tasks.items() if name.startswith(f"{track}/")}
    return [(loaded(name), ref) for name, size in sizes.items() for ref in loaded(name).refs(found.seed, size)]


def verified(info: TaskInfo, names: Iterable[str]) -> list[Problem]:
    if info.lacking:
        pytest.skip(info.lacking)
    found = [find_suite(name) for name in names]
    seeds = {suite.tasks[info.name]: suite.seed for suite in found if info.name in suite.tasks}
    return verify(info, seeds, lambda done, total: None)


@pytest.mark.parametrize("info", tasks().values(), ids=lambda info: info.name)
def test_every_key_and_gate_is_re_derived(info: TaskInfo) -> None:
    """Every gate of the zoo, and every key of the suites that are run here."""
    if info.card.requires:
        pytest.skip("asks a language model, which takes minutes: in the slow tier")
    assert verified(info, (*PUBLIC, "dev")) == []


@pytest.mark.slow
@pytest.mark.parametrize("info", tasks().values(), ids=lambda info: info.name)
def test_every_key_of_every_suite_is_re_derived(info: TaskInfo) -> None:
    assert verified(info, suites()) == []


@pytest.mark.parametrize("suite", PUBLIC)
def test_oracle_and_chance(suite: str) -> None:
    """Oracle skill at least .99; the mean of 1,000 random answers within .02 of chance."""
    track = TRACKS["generalization"].load()
    cells = refs(suite)
    keys = [(task, ref, task.key(ref)) for task, ref in cells]
    answers = {
        unit: track.read_answer(track.oracle(task, unit, ref.suite_seed)) for task, ref in cells for unit in ref.units
    }
    best = [track.judge(ref, key, answers, track.oracle_calibration) for _, ref, key in keys]
    ones = np.ones((1, len(best)))
    figures = track.reduce(best, ones)
    assert figures["accuracy"][0] >= 0.995
    assert figures["brier"][0] <= 0.005
    assert figures["false_positives"][0] == 0
    pairs = [(ref, key) for _, ref, key in keys if len(ref.units) == 2]
    rng = numpy_generator("chance", suite)
    scores = []
    for _ in range(1000):
        guess = track.guess([ref for ref, _ in pairs], rng)
        judged = [track.judge(ref, key, guess, None) for ref, key in pairs]
        scores.append(track.reduce(judged, np.ones((1, len(judged))))["accuracy"][0])
    assert abs(2 * (np.mean(scores) - 0.5)) <= 0.02


def test_enough_memorisers_a_kind() -> None:
    """At least 30 of them in every kind of suite quick, and a fifth of the pairs hold nothing."""
    cells = [ref for _, ref in refs("quick")]
    for kind in ("recipe", "fraction", "seed", "contaminated", "rule", "shortcut", "few", "matched"):
        models = {model for ref in cells if ref.kind == kind for label, model in ref.members if label == "memoriser"}
        assert len(models) >= 30, (kind, len(models))
    assert sum(ref.kind == "matched" for ref in cells) >= 60
    pairs = [ref for ref in cells if len(ref.units) == 2]
    assert sum(ref.kind == "null" for ref in pairs) / len(pairs) == pytest.approx(0.2, abs=0.03)


def test_dev_and_public_suites_share_no_family_and_no_memorising_recipe() -> None:
    def made(suite: str) -> tuple[set[str], set[str]]:
        found = find_suite(suite)
        sizes = [(name, size) for name, size in found.tasks.items() if name.startswith("generalization/")]
        recipes = [r for name, size in sizes for r in loaded(name).recipes(size) if r.role == "recipe"]
        return {name for name, _ in sizes}, {recipe.name for recipe in recipes}

    families, names = made("dev")
    for suite in PUBLIC:
        others, other_names = made(suite)
        assert not families & others
        assert not names & other_names


@pytest.mark.parametrize("track", ["circuits", "features"])
def test_dev_and_public_suites_share_no_network_and_no_world(track: str) -> None:
    """Tasks of these tracks have questions of their own for suite dev, which signs and choices may rest on."""

    def made(suite: str) -> set[str]:
        cells = refs(suite, track)
        return {f"{ref.task} {unit}" for _, ref in cells for unit in ref.units} | {
            f"{ref.task} {name}" for _, ref in cells for _, name in ref.members
        }

    for suite in PUBLIC:
        assert made(suite)
        assert not made("dev") & made(suite)


def features(task: Any, unit: str, seed: str) -> list[float]:
    """All that a bundle shows beside the values of its tensors."""
    track = TRACKS["generalization"].load()
    out: list[float] = []
    for tier in (Tier.DATA, Tier.BEHAVIOUR, Tier.WEIGHTS):
        bundle = track.bundle(task.question(unit, seed), tier, None)
        files = bundle.files()
        out += [float(len(files[name])) for name in sorted(files)]
        out += [float(value.numel()) for _, value in sorted(bundle.tensors.items())]
        out += [float(hash(str(value.dtype)) % 97) for _, value in sorted(bundle.tensors.items())]
        out.append(float(len(bundle.question)))
    return out


def test_metadata_tells_nothing() -> None:
    """A classifier on everything but tensor values cannot tell which of a pair generalises."""
    seed = find_suite("quick").seed
    known: dict[str, list[float]] = {}
    rows, labels, order = [], [], []
    for task, ref in refs("quick"):
        if len(ref.units) != 2 or ref.kind == "null":
            continue
        first, second = (known.setdefault(unit, features(task, unit, seed)) for unit in ref.units)
        assert first == second, f"{ref.id}: the bundles of a pair differ in more than values"
        rows.append([a - b for a, b in zip(first, second, strict=True)])
        order.append(float(ref.index))
        labels.append(task.key(ref).a_generalises)
    inputs = np.column_stack([np.array([sum(map(abs, row)) for row in rows]), np.array(order)])
    guess = cross_val_predict(LogisticRegression(), inputs, labels, cv=5, method="predict_proba")[:, 1]
    rng = np.random.default_rng(0)
    truth = np.array(labels)
    draws = []
    for _ in range(500):
        chosen = rng.integers(len(truth), size=len(truth))
        if 0 < truth[chosen].sum() < len(chosen):
            draws.append(roc_auc_score(truth[chosen], guess[chosen]))
    low, high = np.quantile(draws, [0.025, 0.975])
    assert low <= 0.5 <= high


def test_the_metadata_classifier_would_see_a_leak() -> None:
    """The control: one byte more for generalisers, and the pair is given away."""
    cells = [(task, ref) for task, ref in refs("quick") if ref.kind == "recipe"]
    leak = np.array([[1.0 if task.key(ref).a_generalises else -1.0] for task, ref in cells])
    labels = np.array([task.key(ref).a_generalises for task, ref in cells])
    guess = cross_val_predict(LogisticRegression(), leak, labels, cv=5, method="predict_proba")[:, 1]
    assert roc_auc_score(labels, guess) > 0.99
