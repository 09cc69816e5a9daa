"""Matching both ways: against brute force, the truth 1, missed and spurious parties, parents under children."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import sparse

from interpbench.tracks.features.matching import correlations, firing, match, parents, truncated

PLANTED = sparse(400, 8, 2, seed=1)


def test_the_planted_variables_themselves_match_at_any_order_sign_and_scale() -> None:
    codes = -3 * PLANTED[:, ::-1]
    found = match(PLANTED, codes, size=8)
    assert found.recovered == pytest.approx(1)
    assert firing(PLANTED, codes, found) == pytest.approx(1)
    assert [found.latent_of(variable) for variable in range(8)] == list(range(8))[::-1]


def test_correlations_are_numpy_s() -> None:
    codes = np.random.default_rng(0).standard_normal((400, 5))
    wanted = np.abs(np.corrcoef(PLANTED.T, codes.T)[:8, 8:])
    assert correlations(PLANTED, codes) == pytest.approx(wanted)


def test_correlations_over_some_rows_are_numpy_s_over_these() -> None:
    codes = np.random.default_rng(0).standard_normal((400, 5))
    counted = np.random.default_rng(1).random(PLANTED.shape) < 0.7
    found = correlations(PLANTED, codes, counted)
    for variable in range(8):
        rows = counted[:, variable]
        wanted = np.abs(np.corrcoef(PLANTED[rows, variable], codes[rows].T)[0, 1:])
        assert found[variable] == pytest.approx(wanted)


def test_the_matching_is_the_best_of_all() -> None:
    codes = np.random.default_rng(3).standard_normal((60, 5))
    planted = sparse(60, 4, 1, seed=2)
    strength = correlations(planted, codes)
    best = max(sum(strength[v, latent] for v, latent in enumerate(order)) for order in permutations(range(5), 4))
    assert match(planted, codes, size=5).correlations.sum() == pytest.approx(best)


def test_what_is_missed_and_what_is_spurious_cost_the_same() -> None:
    half = PLANTED.copy()
    half[:, 4:] = 0
    assert match(PLANTED, half, size=8).recovered == pytest.approx(2 * 4 / (8 + 4))
    more = np.concatenate([PLANTED, sparse(400, 8, 2, seed=5)], axis=1)
    assert match(PLANTED, more, size=16).recovered == pytest.approx(2 * 8 / (8 + 16))


def test_of_more_variables_than_latents_only_as_many_can_be_missed() -> None:
    assert match(PLANTED, PLANTED[:, :3], size=3).recovered == pytest.approx(1)
    assert match(PLANTED, PLANTED[:, :3], size=8).recovered == pytest.approx(2 * 3 / (8 + 3))


@pytest.mark.parametrize("codes", [np.zeros((400, 8)), np.ones((400, 8))])
def test_a_constant_is_worth_nothing(codes: np.ndarray) -> None:
    assert match(PLANTED, codes, size=8).recovered == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000))
def test_shuffling_rows_of_a_latent_never_helps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = PLANTED.copy()
    codes[:, 0] = rng.permutation(codes[:, 0])
    assert 0 <= match(PLANTED, codes, size=8).recovered < 1


def test_combinations_that_were_shown_do_not_count_where_unseen_ones_are_asked() -> None:
    unseen = np.arange(400) < 200
    learnt_by_heart = PLANTED.copy()
    learnt_by_heart[unseen] = np.random.default_rng(0).permutation(PLANTED[unseen])
    assert match(PLANTED, learnt_by_heart, size=8).recovered > 0.4
    assert match(PLANTED, learnt_by_heart, size=8, unseen=unseen).recovered < 0.3
    only_unseen = PLANTED.copy()
    only_unseen[~unseen] *= (PLANTED == 0)[~unseen]
    assert match(PLANTED, only_unseen, size=8, unseen=unseen).recovered == pytest.approx(1)


def test_truncation_keeps_the_largest() -> None:
    codes = np.array([[1.0, -5.0, 3.0, 0.0], [0.0, 0.0, 2.0, 1.0]])
    assert truncated(codes, 2).tolist() == [[0, -5, 3, 0], [0, 0, 2, 1]]
    assert truncated(codes, 1).tolist() == [[0, -5, 0, 0], [0, 0, 2, 0]]
    assert truncated(codes, 9) is codes


def family(rows: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """A parent with two children, and one feature by itself."""
    rng = np.random.default_rng(4)
    parent = rng.random(rows) < 0.4
    which = rng.integers(3, size=rows)
    on = np.stack([parent, parent & (which == 1), parent & (which == 2), rng.random(rows) < 0.3], axis=1)
    return on.astype(float), np.array([-1, 0, 0, -1])


def test_a_parent_that_is_kept_and_one_that_is_absorbed() -> None:
    planted, above = family()
    kept = parents(planted, planted, above, match(planted, planted, size=4))
    assert (kept.kept, kept.absorption, kept.splitting) == pytest.approx((1, 0, 0))
    absorbed = planted.copy()
    absorbed[:, 0] *= (planted[:, 1] == 0) & (planted[:, 2] == 0)
    found = match(planted, absorbed, size=4)
    assert found.recovered > 0.8  # the correlation hides it
    fared = parents(planted, absorbed, above, found)
    assert (fared.kept, fared.absorption) == pytest.approx((0, 1))


def test_a_parent_that_is_split() -> None:
    planted, above = family()
    half = np.random.default_rng(9).random(len(planted)) < 0.5
    split = np.concatenate([planted, planted[:, :1] * ~half[:, None]], axis=1)
    split[:, 0] *= half
    fared = parents(planted, split, above, match(planted, split, size=5))
    assert fared.splitting == pytest.approx(1 / 3, abs=0.05)  # F1 of a half is 2/3
    assert fared.absorption == pytest.approx(0, abs=0.1)


def test_a_latent_that_always_fires_or_never_keeps_no_parent() -> None:
    planted, above = family()
    for constant in (0.0, 1.0):
        codes = planted.copy()
        codes[:, 0] = constant + constant * np.random.default_rng(0).random(len(codes))
        assert parents(planted, codes, above, match(planted, codes, size=4)).kept == pytest.approx(0, abs=0.15)
