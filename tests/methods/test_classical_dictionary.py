import pytest
from feature_worlds import ACTIVE, FEATURES, clusters, network, nothing, sums

from interpbench.models.names import generator
from interpbench.toolkit.random_dictionary import random_codes
from interpbench.tracks.context import Context
from interpbench.tracks.features.enter import Codes, Predicted, Superposed
from interpbench.tracks.features.gain import r_squared
from interpbench.tracks.features.key import dense
from interpbench.tracks.features.matching import match
from interpbench_methods.classical_dictionary import ClassicalDictionary

KINDS = ("kmeans", "pursuit", "pca", "ica", "nmf", "neurons", "random")


def _recovered(kind: str) -> float:
    world, planted = sums()
    found = ClassicalDictionary(kind=kind).codes(world, Context.seeded("c", kind))
    assert isinstance(found, Codes)
    assert max(map(len, found.indices)) <= ACTIVE
    return match(planted.numpy(), dense(found.indices, found.values, FEATURES), FEATURES).recovered


def test_random_directions_score_what_the_track_takes_off() -> None:
    world, planted = sums()
    floor = [
        match(
            planted.numpy(),
            random_codes(world.shown, world.asked, FEATURES, ACTIVE, generator("floor", place)).double().numpy(),
            FEATURES,
        ).recovered
        for place in range(5)
    ]
    assert abs(_recovered("random") - sum(floor) / 5) < 0.06


def test_pursuit_over_centroids_recovers_more_than_random_directions() -> None:
    assert _recovered("pursuit") > _recovered("random") + 0.1


def test_clusters_are_told_by_pursuit_and_what_principal_directions_see_is_in_every_covariance() -> None:
    for kind, sure in (("pursuit", True), ("pca", False)):
        found = ClassicalDictionary(kind=kind).superposed(clusters(), Context.seeded("s"))
        assert isinstance(found, Superposed)
        assert (found.probability < 0.1) == sure
        assert (found.p_present > 0.5) == sure


@pytest.mark.parametrize("kind", KINDS)
def test_rows_without_structure_hold_nothing(kind: str) -> None:
    found = ClassicalDictionary(kind=kind).codes(nothing(), Context.seeded("n"))
    assert isinstance(found, Codes)
    assert found.p_present < 0.5


@pytest.mark.parametrize("kind", ["neurons", "random", "ica"])
def test_a_variable_is_predicted_where_it_is(kind: str) -> None:
    world, truth = network()
    found = ClassicalDictionary(kind=kind).predict(world, Context.seeded("v"))
    assert isinstance(found, Predicted)
    assert r_squared(found.values.double().numpy(), truth.double().numpy()) > 0.5
    assert found.p_present > 0.5


def test_a_kind_that_there_is_not_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="kmeans"):
        ClassicalDictionary(kind="k-means")
