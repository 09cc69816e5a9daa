"""Methods of track circuits on the merged rung, where every sound one must find all, and on made-up effects."""

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from interpbench.bundle.tier import Tier
from interpbench.models.subject import Network
from interpbench.plugins.discovery import find_method, load_method, load_task, methods, tasks
from interpbench.toolkit.circuits.edges import edge_attribution, node_scores
from interpbench.tracks.circuits.family import CircuitTask
from interpbench.tracks.circuits.score import judge
from interpbench.tracks.circuits.setting import affordable, presence, setting
from interpbench.tracks.circuits.track import TRACK
from interpbench.tracks.circuits.within import answer
from interpbench.tracks.context import Context
from interpbench.tracks.instance import Instance
from interpbench_methods.sparse_feature_circuits import SparseFeatureCircuits

SOUND = {
    "edge-attribution": {"eap", "eap-signed", "ig-inputs", "ig-activations"},
    "exact-patching": {"single"},
    "direct-logit-attribution": {""},
    "composition": {""},
    "subnetwork-probing": {""},
}
"""What finds every carrier where nothing crosses; so do pairs of nodes, for which tests have no time."""
BLIND = {"component-scalars": {"random", "weight-norm", "activation-norm", "activation-difference"}}


@cache
def instances() -> dict[str, list[Instance]]:
    task = load_task(tasks()["circuits/merged"])
    found: dict[str, list[Instance]] = {}
    for ref in task.refs("quick-1", "smoke"):
        found.setdefault(ref.kind, []).append(task.build(ref))
    return found


def scored(name: str, variant: str, kind: str) -> dict[str, float]:
    return scored_on(name, variant, instances()[kind][0])


def scored_on(name: str, variant: str, instance: Instance) -> dict[str, float]:
    info, task = find_method(name), load_task(tasks()["circuits/merged"])
    ((unit, question),) = instance.questions.items()
    method: Any = load_method(info, info.card.variants[variant])
    bundle = TRACK.bundle(question, Tier.WEIGHTS, None)
    given = TRACK.read_answer(answer(method, bundle, None, Context.seeded(name, variant)))
    assert TRACK.refuse(question, given) is None
    assert isinstance(task, CircuitTask)
    return judge(instance.ref, TRACK.opened(task, instance.ref, instance.key), {unit: given}).values


@pytest.mark.parametrize(("name", "variant"), [(name, variant) for name in SOUND for variant in sorted(SOUND[name])])
def test_sound_methods_find_every_carrier_where_nothing_crosses(name: str, variant: str) -> None:
    found = scored(name, variant, "merged")
    assert found["nodes"] >= 0.99
    assert found["overlap"] == 0
    assert found["present_brier"] < 0.01
    if name == "edge-attribution":
        assert found["edges"] > 0.9
        assert found["faithfulness"] > 0.5


@pytest.mark.parametrize("variant", sorted(BLIND["component-scalars"]))
def test_scalars_do_not_know_which_behaviour_is_asked_about(variant: str) -> None:
    found = [scored_on("component-scalars", variant, one) for one in instances()["merged"]]
    assert np.mean([one["nodes"] for one in found]) < 0.3
    assert np.mean([one["overlap"] for one in found]) > 0.4


def test_an_untrained_network_is_said_to_carry_nothing() -> None:
    instance = instances()["null"][0]
    ((_, question),) = instance.questions.items()
    assert presence(Network(*question.network), question.asked) < 0.6
    assert scored("edge-attribution", "eap", "null")["present_brier"] < 0.36


def test_features_of_a_component_add_up_to_its_attribution() -> None:
    ((_, question),) = instances()["merged"][0].questions.items()
    here = setting(Network(*question.network), question.asked, 8)
    wanted = node_scores(edge_attribution(*here))[:, 1:]
    rng = torch.Generator().manual_seed(0)
    shape = (wanted.shape[1], 8, 3, 6)
    before, after, gradient = (torch.randn(shape, generator=rng) for _ in range(3))
    features, left = SparseFeatureCircuits(steps=20)._taken_apart(before, after, gradient, rng)
    whole = ((after - before) * gradient).sum(dim=(2, 3))
    torch.testing.assert_close(features.sum(dim=-1) + left, whole, rtol=1e-4, atol=1e-4)
    found = scored("sparse-feature-circuits", "", "merged")
    assert found["nodes"] > 0.9


def test_ranked_methods_use_as_many_pairs_as_they_can_pay() -> None:
    ((_, question),) = instances()["merged"][0].questions.items()
    asked = question.asked
    for rows in (1, 4, 12, 52):
        pairs = affordable(asked, rows)
        assert pairs * rows + 16 <= asked.passes < (pairs + 1) * rows + 16


def test_every_method_of_the_track_is_tried_here() -> None:
    known = {*SOUND, *BLIND, "sparse-feature-circuits", "acdc"}
    assert {name for name, info in methods().items() if "circuits" in info.tracks} == known


def test_acdc_keeps_what_carries() -> None:
    found = scored("acdc", "", "merged")
    assert np.isfinite(list(found.values())).all()
    assert found["nodes"] > 0.8
