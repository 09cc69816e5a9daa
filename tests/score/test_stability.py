"""Orders of two halves: a strong one stands, noise gives none, and what halves share would be taken for an order."""

import numpy as np
from splits import crossed, single

from interpbench.score.stability import LEAST, split_weights, stability
from interpbench.score.units import Units

SPLITS = 60


def mean_of(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.asarray(weights @ values / weights.sum(axis=1))


def told(quality: np.ndarray, noise: float, seed: int, units: Units | None = None) -> float:
    """Kendall's mean of methods with these qualities, and luck of their own in every cell."""
    units = units or single()
    rng = np.random.default_rng(seed)
    weights = split_weights(units, units.stratum, np.random.default_rng(seed + 1), SPLITS)
    cells = quality[:, None] + noise * rng.standard_normal((len(quality), len(units)))
    found = stability({str(row): mean_of(values, weights) for row, values in enumerate(cells)}, weights)
    assert found.kendall is not None
    assert found.spearman is not None
    assert found.kendall.low <= found.kendall.mean <= found.kendall.high
    return found.kendall.mean


def test_a_strong_order_stands() -> None:
    assert told(np.linspace(0, 1, 12), 0.01, 0) > 0.98


def test_noise_has_no_order() -> None:
    worlds = [told(np.zeros(12), 1.0, seed) for seed in range(30)]
    assert abs(np.mean(worlds)) < 3 * np.std(worlds) / np.sqrt(len(worlds)) + 0.03


def test_shared_networks_would_give_noise_an_order() -> None:
    """The control: where luck is the networks' own, halves that share networks agree on what is nothing but luck."""
    units, rng = crossed(1, 8), np.random.default_rng(0)
    luck = {name: rng.standard_normal((12, 1)) for cell in units.members for name in cell}
    cells = np.hstack([sum(luck[member] for member in of) for of in units.members])
    half = np.array([rng.permutation(len(units)) < len(units) // 2 for _ in range(SPLITS)], dtype=float)
    shared = np.stack([half, 1 - half], axis=1).reshape(2 * SPLITS, -1)
    fair = split_weights(units, units.stratum, rng, SPLITS)
    found = [
        stability({str(row): mean_of(values, weights) for row, values in enumerate(cells)}, weights).kendall
        for weights in (shared, fair)
    ]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].mean > found[1].mean + 0.3


def test_more_noise_is_less_stable() -> None:
    quality = np.linspace(0, 1, 12)
    assert told(quality, 0.1, 3) > told(quality, 1.0, 3) > told(quality, 10.0, 3)


def test_a_reversed_half_is_minus_one() -> None:
    weights = np.ones((2, 4))
    scores = {str(row): np.array([row, -row], dtype=float) for row in range(5)}
    found = stability(scores, weights)
    assert found.kendall is not None
    assert found.spearman is not None
    assert (found.kendall.mean, found.spearman.mean) == (-1.0, -1.0)


def test_too_few_methods_and_a_kind_in_one_half_say_why() -> None:
    weights = np.ones((2, 4))
    few = stability({"a": np.array([1.0, 1.0]), "b": np.array([2.0, 1.0])}, weights)
    assert few.kendall is None
    assert f"at least {LEAST}" in (few.reason or "")
    gone = stability({str(row): np.array([float(row), np.nan]) for row in range(4)}, weights)
    assert gone.kendall is None
    assert "0 of 1 splits" in (gone.reason or "")
