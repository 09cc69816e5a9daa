import numpy as np
import pytest
from feature_worlds import ACTIVE, FEATURES, clusters, network, nothing, sums

from interpbench.plugins.discovery import load_method, methods
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.features.enter import Codes, Predicted, Superposed
from interpbench.tracks.features.gain import r_squared
from interpbench.tracks.features.key import dense
from interpbench.tracks.features.matching import match
from interpbench_methods.sparse_autoencoder import SparseAutoencoder

INFO = methods()["sae"]
VARIANTS = sorted(INFO.card.variants)


def method(variant: str, **more: int) -> SparseAutoencoder:
    found = load_method(INFO, {**INFO.card.variants[variant], "steps": 500, **more})
    assert isinstance(found, SparseAutoencoder)
    return found


@pytest.mark.parametrize("variant", VARIANTS)
def test_planted_features_are_recovered_and_by_frozen_latents_they_are_not(variant: str) -> None:
    world, planted = sums()
    recovered = []
    for steps in (1000, 0):
        found = method(variant, steps=steps).codes(world, Context.seeded("sae"))
        assert isinstance(found, Codes)
        assert max(map(len, found.indices)) <= ACTIVE
        codes = dense(found.indices, found.values, FEATURES)
        recovered.append(match(planted.numpy(), codes, FEATURES).recovered)
    assert recovered[0] > 0.65 > recovered[1] + 0.2


def test_rows_without_structure_hold_nothing_and_the_others_do() -> None:
    there, absent = (method("topk").codes(world, Context.seeded("p")) for world in (sums()[0], nothing()))
    assert isinstance(there, Codes)
    assert isinstance(absent, Codes)
    assert there.p_present > 0.9
    assert absent.p_present < 0.1


def test_superposition_is_told_from_clusters() -> None:
    found = [method("topk").superposed(world, Context.seeded("h")) for world in (sums()[0], clusters(), nothing())]
    assert all(isinstance(one, Superposed) for one in found)
    probabilities = [(one.probability, one.p_present) for one in found if isinstance(one, Superposed)]
    assert probabilities[0][0] > 0.9
    assert probabilities[1][0] < 0.1
    assert 0.2 < probabilities[2][0] < 0.8
    assert [present > 0.5 for _, present in probabilities] == [True, True, False]


def test_a_variable_is_predicted_where_it_is_and_not_where_it_is_not() -> None:
    for planted in (True, False):
        world, truth = network(planted=planted)
        found = method("batchtopk").predict(world, Context.seeded("v"))
        assert isinstance(found, Predicted)
        reached = r_squared(found.values.double().numpy(), truth.double().numpy())
        assert (reached > 0.7) == planted
        assert (found.p_present > 0.5) == planted


def test_answers_repeat() -> None:
    first, second = (method("matryoshka").codes(sums()[0], Context.seeded("again")) for _ in range(2))
    assert first == second


def test_without_a_network_nothing_is_predicted() -> None:
    assert isinstance(method("l1").predict(sums()[0], Context.seeded("n")), NotApplicable)


def test_log_says_what_was_explained(capsys: pytest.CaptureFixture[str]) -> None:
    method("topk").codes(sums()[0], Context.seeded("log"))
    said = capsys.readouterr().err
    shares = [float(word.strip(",")) for word in said.split() if word[0] in "01"]
    assert shares[0] > shares[1] > 0
    assert np.isfinite(shares).all()
