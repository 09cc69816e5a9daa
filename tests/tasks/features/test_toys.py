"""Toy worlds are what their pages say; and codes that are ideal but of the wrong kind fall short of the truth."""

import numpy as np
import pytest
from jaxtyping import Float

from interpbench.tracks.features.key import FeatureKey, Kind
from interpbench.tracks.features.score import coded
from interpbench.tracks.features.toy import Plan, ToyTask
from interpbench_tasks.features.compositional import DESIGNS as ANIMALS
from interpbench_tasks.features.compositional import CompositionalTask
from interpbench_tasks.features.hierarchy import DESIGNS as TREES
from interpbench_tasks.features.hierarchy import HierarchyTask
from interpbench_tasks.features.hypothesis import DESIGNS as TWINS
from interpbench_tasks.features.hypothesis import HypothesisTask
from interpbench_tasks.features.hypothesis.rows import clusters, fourth, noise_for, sums, tyler
from interpbench_tasks.features.superposition import DESIGNS as SPARSE
from interpbench_tasks.features.superposition import SuperpositionTask

TASKS: list[type[ToyTask]] = [SuperpositionTask, CompositionalTask, HierarchyTask, HypothesisTask]
CODED = TASKS[:3]


@pytest.mark.parametrize("kind", TASKS, ids=lambda kind: kind.name)
def test_suites_share_no_design_with_dev_and_hold_a_null(kind: type[ToyTask]) -> None:
    task = kind()
    designs = {size: {plan.design for plan in task.plans(size)} for size in ("smoke", "dev", "quick", "standard")}
    assert not designs["dev"] & (designs["smoke"] | designs["quick"] | designs["standard"])
    for size, worlds in (("dev", 3), ("quick", 3), ("standard", 10)):
        planted = [unit for unit in task.units(size) if unit.kind is not Kind.NULL]
        assert len(planted) == (2 * worlds if kind is HypothesisTask and size != "standard" else worlds)
        assert any(unit.kind is Kind.NULL for unit in task.units(size))


@pytest.mark.parametrize("kind", CODED, ids=lambda kind: kind.name)
def test_worlds_are_sparse_sums_of_more_directions_than_dimensions(kind: type[ToyTask]) -> None:
    task = kind()
    for plan in task.plans("dev"):
        drawn = task.draw(plan)
        assert drawn.directions.shape[0] >= drawn.directions.shape[1]
        assert (drawn.planted != 0).sum(axis=1).max() <= drawn.active
        assert np.linalg.norm(drawn.directions, axis=1) == pytest.approx(1)


def test_features_of_a_group_fire_together() -> None:
    setting = SPARSE["dev_groups"]
    on = SuperpositionTask().draw(Plan(design="dev_groups", number=0)).planted != 0
    groups = setting.features // setting.together
    alike = np.corrcoef(on[:, :groups].T.astype(float), on[:, groups : 2 * groups].T.astype(float))[:groups, groups:]
    assert np.diag(alike).mean() > 0.15
    assert abs((alike - np.diag(np.diag(alike))).mean()) < 0.02


def test_the_fourth_combination_is_never_shown_and_always_asked() -> None:
    task, setting = CompositionalTask(), ANIMALS["dev_few"]
    drawn = task.draw(Plan(design="dev_few", number=0))
    assert drawn.unseen is not None
    kinds = setting.kinds
    legs, tails = drawn.planted[:, kinds : 2 * kinds] != 0, drawn.planted[:, 2 * kinds : 3 * kinds] != 0
    assert ((legs & tails).any(axis=1) == drawn.unseen).all()
    assert 0.4 < drawn.unseen.mean() < 0.6


def ideal_clusters(key: FeatureKey, kinds: int) -> Float[np.ndarray, "asked size"]:
    """Which of the three shown clusters of its kind a row is in; one of the fourth is given to one of the nearest."""
    planted = key.dense()
    legs, tails = planted[:, kinds : 2 * kinds], planted[:, 2 * kinds : 3 * kinds]
    kind = planted[:, :kinds].argmax(axis=1)
    place = np.where(legs.sum(axis=1) > tails.sum(axis=1), 1, 2) * ((legs + tails).sum(axis=1) > 0)
    codes = np.zeros((len(planted), key.size))
    codes[np.arange(len(codes)), place * kinds + kind] = 1
    codes[:, 3 * kinds :] = planted[:, 3 * kinds :]
    return codes


def test_clusters_do_not_carry_over_to_the_fourth_combination() -> None:
    task, kinds = CompositionalTask(), ANIMALS["dev_few"].kinds
    key = task.truth("dev_few-0")
    codes = ideal_clusters(key, kinds)
    assert coded(key, key.dense())["score"] == pytest.approx(1)
    assert coded(key, codes)["correlation"] < coded(key, key.dense())["correlation"] - 0.2


def test_children_fire_only_with_their_parent_and_one_at_a_time() -> None:
    setting = TREES["dev_threes"]
    drawn = HierarchyTask().draw(Plan(design="dev_threes", number=0))
    assert drawn.parents is not None
    on = drawn.planted != 0
    for parent in range(setting.parents):
        children = on[:, drawn.parents == parent]
        assert children.shape[1] == setting.children
        assert not children[~on[:, parent]].any()
        assert children.sum(axis=1).max() == 1
    assert (drawn.parents[: setting.parents] == -1).all()


def test_absorbed_parents_cost_what_the_correlation_hides() -> None:
    key = HierarchyTask().truth("dev_fours-0")
    codes, above = key.dense(), np.array(key.parents)
    for parent in range(TREES["dev_fours"].parents):
        codes[:, parent] *= ~(codes[:, above == parent] != 0).any(axis=1)
    found = coded(key, codes)
    assert found["absorption"] == pytest.approx(1)
    assert found["correlation"] > 0.8
    assert found["score"] < 0.3


def test_twins_are_half_and_half_and_share_covariance_and_norms() -> None:
    task = HypothesisTask()
    assert [task.draw(plan).superposed for plan in task.plans("smoke")] == [True, False]
    for size in ("dev", "quick", "standard"):
        numbers = [plan.number % 2 for plan in task.plans(size) if not plan.null]
        assert sum(numbers) * 2 == len(numbers)
    sparse, clustered = (task.world(Plan(design="dev_pairs", number=number)).shown for number in (0, 1))
    one, other = np.cov(sparse.T), np.cov(clustered.T)
    assert np.linalg.norm(one - other) / np.linalg.norm(one) < 0.1
    lengths = [np.quantile(np.linalg.norm(rows, axis=1), (0.1, 0.5, 0.9)) for rows in (sparse, clustered)]
    assert lengths[0] == pytest.approx(lengths[1], rel=0.05)
    moments = [fourth(rows[:2000]) for rows in (sparse, clustered)]
    isotropic = 3 / (TWINS["dev_pairs"].d * (TWINS["dev_pairs"].d + 2))
    assert moments[0] - isotropic == pytest.approx(moments[1] - isotropic, rel=0.25)


def test_the_noise_that_matches_does_and_less_does_not() -> None:
    setting = TWINS["dev_pairs"]
    wanted = fourth(sums(setting, 1500, np.random.default_rng(0)).rows)
    noise = noise_for(setting, wanted, np.random.default_rng(1))
    isotropic = 3 / (setting.d * (setting.d + 2))
    found = [fourth(clusters(setting, 1500, np.random.default_rng(2), some).rows) for some in (noise, noise / 2)]
    assert found[0] - isotropic == pytest.approx(wanted - isotropic, rel=0.3)
    assert found[1] - isotropic > 2 * (wanted - isotropic)


def test_tyler_spreads_directions_evenly() -> None:
    rng = np.random.default_rng(0)
    rows = rng.standard_t(3, size=(4000, 5)) @ rng.standard_normal((5, 5)) + 2
    centre, whiten = tyler(rows)
    white = (rows - centre) @ whiten
    white /= np.linalg.norm(white, axis=1, keepdims=True)
    assert white.T @ white / len(white) == pytest.approx(np.eye(5) / 5, abs=1e-3)
