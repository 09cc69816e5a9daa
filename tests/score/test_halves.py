"""Halves share no network, hold every kind, and do not depend on the order of the cells."""

import numpy as np
import pytest
from splits import crossed, single

from interpbench.score.halves import halves
from interpbench.score.stability import split_weights
from interpbench.score.units import Units

SPLITS = 60


@pytest.mark.parametrize("units", [single(), crossed()], ids=["single", "crossed"])
def test_no_network_is_in_both_halves_and_every_kind_in_each(units: Units) -> None:
    kinds = [f"kind{family}" for family in units.family]
    for first, second in halves(units, kinds, np.random.default_rng(0), SPLITS):
        networks = [
            {(units.family[cell], member) for cell in np.flatnonzero(half).tolist() for member in units.members[cell]}
            for half in (first, second)
        ]
        assert not networks[0] & networks[1]
        assert not (first & second).any()
        for half in (first, second):
            assert {kinds[cell] for cell in np.flatnonzero(half).tolist()} == set(kinds)


def test_the_control_splitting_cells_at_random_shares_networks() -> None:
    units = crossed()
    first = np.random.default_rng(0).permutation(len(units)) < len(units) // 2
    sides = [
        {member for cell in np.flatnonzero(half).tolist() for member in units.members[cell]} for half in (first, ~first)
    ]
    assert sides[0] & sides[1]


def test_cells_are_lost_only_where_networks_meet_crosswise() -> None:
    assert split_weights(single(), single().stratum, np.random.default_rng(0), 10).sum() == 10 * len(single())
    kept = split_weights(crossed(), ["k"] * len(crossed()), np.random.default_rng(0), 10).sum() / (10 * len(crossed()))
    assert kept == pytest.approx(0.5)


def test_the_same_names_give_the_same_splits_whatever_the_order_of_cells() -> None:
    units = crossed()
    turned = Units(family=units.family[::-1], stratum=units.stratum[::-1], members=units.members[::-1])
    one = halves(units, ["k"] * len(units), np.random.default_rng(7), 5)
    other = halves(turned, ["k"] * len(units), np.random.default_rng(7), 5)
    assert (one == other[..., ::-1]).all()
