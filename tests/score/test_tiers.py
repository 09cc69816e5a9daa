import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from interpbench.score.tiers import tiers
from interpbench.score.units import Evidence

MANY = Evidence(cells=1000, families=10_000, models=20_000)


def draws(value: float, error: float, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).permutation(stats.norm.ppf((np.arange(1000) + 0.5) / 1000))
    return np.concatenate([[value], value + error * noise])


def test_clear_steps_are_tiers_and_neighbours_share_one() -> None:
    rows = {"c": draws(0.50, 0.01, 1), "a": draws(0.90, 0.01, 2), "b": draws(0.89, 0.01, 3), "d": draws(0.1, 0.01, 4)}
    assert tiers(rows, MANY).tiers == (("a", "b"), ("c",), ("d",))


def test_a_tier_is_measured_from_its_leader_not_from_neighbour_to_neighbour() -> None:
    rows = {f"m{i}": draws(0.9 - 0.02 * i, 0.01, i) for i in range(6)}  # no two neighbours differ
    assert len(tiers(rows, MANY).tiers) > 1


def test_a_noisy_method_below_the_break_joins_the_lower_tier() -> None:
    rows = {"a": draws(0.9, 0.01, 1), "b": draws(0.8, 0.01, 2), "noisy": draws(0.7, 0.3, 3)}
    assert tiers(rows, MANY).tiers == (("a",), ("b", "noisy"))


def test_equal_scores_go_by_name_in_any_order() -> None:
    rows = {name: draws(0.5, 0.1, 0) for name in "cab"}
    assert tiers(rows, MANY).tiers == (("a", "b", "c"),)


def test_no_score_no_rank() -> None:
    rows = {"a": draws(0.9, 0.01, 1), "z": np.full(1001, np.nan), "y": np.full(1001, np.nan)}
    found = tiers(rows, MANY)
    assert found.tiers == (("a",),)
    assert found.unranked == ("y", "z")
    assert tiers({}, MANY).tiers == ()


def test_thin_evidence_makes_one_tier() -> None:
    rows = {"a": draws(0.9, 0.01, 1), "b": draws(0.1, 0.01, 2)}
    assert tiers(rows, Evidence(cells=4, families=2, models=2)).tiers == (("a", "b"),)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_every_method_once_in_order_of_score_whatever_the_order_of_rows(values: list[int], random: object) -> None:
    names = [f"m{i}" for i in range(len(values))]
    rows = {name: draws(value / 20, 0.05, i) for i, (name, value) in enumerate(zip(names, values, strict=True))}
    found = tiers(rows, MANY)
    flat = [name for tier in found.tiers for name in tier]
    assert flat == sorted(names, key=lambda name: (-rows[name][0], name))
    assert tiers(dict(reversed(rows.items())), MANY) == found
