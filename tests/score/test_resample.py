import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float

from interpbench.score.resample import multiplicities, resample
from interpbench.score.units import Member, Units


def pairs(families: int, models: int, strata: tuple[str, ...] = ("s",), *, shared: bool = True) -> Units:
    """Every generaliser against every memoriser of its family, once a stratum; the strata share generalisers or not."""
    cells = [
        (f"f{f}", s, (Member("generaliser", f"g{g}" if shared else f"{s}/g{g}"), Member("memoriser", f"{s}/m{m}")))
        for f in range(families)
        for s in strata
        for g in range(models)
        for m in range(models)
    ]
    return Units(family=[c[0] for c in cells], stratum=[c[1] for c in cells], members=[c[2] for c in cells])


def mean(weights: Float[np.ndarray, "draw cell"], values: Float[np.ndarray, " cell"]) -> Float[np.ndarray, " draw"]:
    found: Float[np.ndarray, " draw"] = weights @ values / weights.sum(axis=1)
    return found


def test_row_zero_is_the_data_as_they_are() -> None:
    drawn = resample(pairs(3, 4), np.random.default_rng(0), draws=5)
    assert drawn.cells.shape == (6, 48)
    assert (drawn.cells[0] == 1).all()
    assert (drawn.families[0] == 1).all()
    assert (drawn.families.sum(axis=1) == 3).all()


def test_without_models_a_cell_weighs_what_its_family_weighs() -> None:
    drawn = resample(pairs(3, 2), np.random.default_rng(0), draws=50, models=False)
    np.testing.assert_array_equal(drawn.cells, np.repeat(drawn.families, 4, axis=1))
    assert not drawn.evidence().models_drawn


def test_pairs_of_one_family_weigh_the_product_of_their_models() -> None:
    drawn = resample(pairs(1, 4), np.random.default_rng(0), draws=200)
    tables = drawn.cells.reshape(-1, 4, 4)  # (draw, generaliser, memoriser)
    outer = tables.sum(axis=2)[:, :, None] * tables.sum(axis=1)[:, None, :] / 16
    np.testing.assert_allclose(tables, outer)
    assert (tables.sum(axis=(1, 2)) == 16).all()
    assert drawn.one_family


def test_total_weight_follows_the_drawn_families_where_all_pairs_are_scored() -> None:
    drawn = resample(pairs(5, 3), np.random.default_rng(0), draws=200)
    np.testing.assert_array_equal(drawn.cells.reshape(-1, 5, 9).sum(axis=2), 9 * drawn.families)


def test_instance_cells_have_one_member() -> None:
    units = Units(family=["f"] * 6, stratum=["s"] * 6, members=[(Member("net", f"m{i}"),) for i in range(6)])
    drawn = resample(units, np.random.default_rng(0), draws=4000)
    assert (drawn.cells.sum(axis=1) == 6).all()
    assert drawn.cells[1:].var(axis=0) == pytest.approx(np.full(6, 5 / 6), rel=0.1)  # multinomial


def test_cells_with_one_and_two_members_mix() -> None:
    a, b, c = Member("net", "a"), Member("net", "b"), Member("base", "c")
    units = Units(family=["f"] * 3, stratum=["s"] * 3, members=[(a,), (b,), (a, c)])
    drawn = resample(units, np.random.default_rng(0), draws=100)
    np.testing.assert_array_equal(drawn.cells[:, 2], drawn.cells[:, 0])  # c is alone in its class: always once


def test_each_copy_of_a_family_draws_its_own_models() -> None:
    units = Units(
        family=[f"f{i // 8}" for i in range(16)],
        stratum=["s"] * 16,
        members=[(Member("net", f"m{i % 8}"),) for i in range(16)],
    )
    drawn = resample(units, np.random.default_rng(0), draws=4000)
    twice = drawn.cells[drawn.families[:, 0] == 2][:, :8]
    assert twice.sum(axis=1).tolist() == [16.0] * len(twice)
    assert twice.var(axis=0).mean() == pytest.approx(2 * 7 / 8, rel=0.1)  # a shared inner draw would give 4 * 7 / 8


@settings(max_examples=25, deadline=None)
@given(families=st.integers(1, 4), models=st.integers(1, 4), seed=st.integers(0, 2**32 - 1), data=st.data())
def test_order_of_the_cells_does_not_matter(families: int, models: int, seed: int, data: st.DataObject) -> None:
    units = pairs(families, models, ("s", "t"))
    order = data.draw(st.permutations(range(len(units))))
    shuffled = Units(
        family=[units.family[i] for i in order],
        stratum=[units.stratum[i] for i in order],
        members=[units.members[i] for i in order],
    )
    first = resample(units, np.random.default_rng(seed), draws=20)
    second = resample(shuffled, np.random.default_rng(seed), draws=20)
    np.testing.assert_array_equal(first.cells[:, order], second.cells)


@given(draws=st.integers(0, 30), size=st.integers(1, 30), seed=st.integers(0, 2**32 - 1))
def test_multiplicities_are_counts(draws: int, size: int, seed: int) -> None:
    counts = multiplicities(np.random.default_rng(seed), draws, size)
    assert counts.shape == (draws, size)
    assert (counts.sum(axis=1) == size).all()
    assert (counts >= 0).all()


def test_strata_that_share_no_model_keep_their_sizes() -> None:
    drawn = resample(pairs(1, 3, ("s", "t"), shared=False), np.random.default_rng(0), draws=100)
    assert (drawn.cells.reshape(-1, 2, 9).sum(axis=2) == 9).all()


def test_a_model_has_one_multiplicity_in_all_strata() -> None:
    net = [Member("net", name) for name in "abc"]
    units = Units(family=["f"] * 4, stratum=["s", "s", "t", "t"], members=[(net[0],), (net[1],), (net[1],), (net[2],)])
    drawn = resample(units, np.random.default_rng(0), draws=200)
    np.testing.assert_array_equal(drawn.cells[:, 1], drawn.cells[:, 2])


def test_strata_linked_through_others_are_one_group() -> None:
    a, b, c, d = (Member("net", name) for name in "abcd")
    cells = [("s", a), ("s", b), ("t", b), ("t", c), ("u", c), ("u", d)]
    units = Units(family=["f"] * 6, stratum=[s for s, _ in cells], members=[(member,) for _, member in cells])
    drawn = resample(units, np.random.default_rng(0), draws=200).cells[:, [0, 1, 3, 5]]  # a, b, c, d
    assert (drawn.sum(axis=1) == 4).all()
    assert (drawn[1:].std(axis=0) > 0.5).all()


def test_control_forgetting_shared_models_makes_a_mean_over_strata_look_too_sure() -> None:
    rng = np.random.default_rng(1)
    luck = rng.normal(size=8)  # of the generalisers, which both strata share
    values = np.tile(np.repeat(luck, 8), 2)
    shared = resample(pairs(1, 8, ("s", "t")), np.random.default_rng(0), draws=2000)
    apart = resample(pairs(1, 8, ("s", "t"), shared=False), np.random.default_rng(0), draws=2000)
    assert mean(shared.cells, values)[1:].std() == pytest.approx(luck.std() / np.sqrt(8), rel=0.1)
    assert mean(apart.cells, values)[1:].std() < 0.8 * mean(shared.cells, values)[1:].std()


def test_control_resampling_pairs_is_far_too_sure() -> None:
    """100 pairs of 20 networks: the truth lies outside the pairs' interval most of the time."""
    rng, units = np.random.default_rng(0), pairs(1, 10)
    by_models = resample(units, rng, draws=500).cells
    by_pairs = np.vstack([np.ones((1, 100)), multiplicities(rng, 500, 100)])
    covered = {"models": 0, "pairs": 0}
    for _ in range(200):
        gap = rng.normal(size=10)[:, None] - rng.normal(size=10)[None, :]
        for name, weights in (("models", by_models), ("pairs", by_pairs)):
            low, high = np.quantile(mean(weights, (gap > 0).astype(np.float64).ravel())[1:], [0.025, 0.975])
            covered[name] += bool(low <= 0.5 <= high)
    assert covered["models"] / 200 > 0.88
    assert covered["pairs"] / 200 < 0.75


def test_one_family_cannot_be_resampled_without_its_models() -> None:
    with pytest.raises(ValueError, match="'f0' is the only family"):
        resample(pairs(1, 3), np.random.default_rng(0), models=False)


def test_no_cells_is_an_error() -> None:
    with pytest.raises(ValueError, match="there are no cells"):
        resample(Units(family=[], stratum=[], members=[]), np.random.default_rng(0))


def test_a_thousand_draws_of_two_thousand_cells_take_less_than_a_second() -> None:
    units = pairs(8, 16)  # 2,048 cells
    start = time.process_time()
    resample(units, np.random.default_rng(0), draws=1000)
    assert time.process_time() - start < 1.0
