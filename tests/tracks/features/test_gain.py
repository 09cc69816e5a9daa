import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from interpbench.tracks.features.gain import PENALTIES, gain, r_squared, ridge, ridge_r_squared


def rows(noise: float = 0.3, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(seed)
    x = torch.randn(400, 6, generator=rng)
    weights = torch.randn(6, 2, generator=torch.Generator().manual_seed(7))
    return x, x @ weights + 3 + noise * torch.randn(400, 2, generator=rng)


def test_ridge_is_scikit_learn_s_at_one_of_the_penalties() -> None:
    x, y = rows()
    asked = rows(seed=1)[0]
    unit = float((x - x.mean(0)).square().mean()) * len(x)
    fits = [Ridge(alpha=penalty * unit).fit(x, y).predict(asked) for penalty in PENALTIES]
    found = ridge(x, y, asked).numpy()
    assert min(np.abs(fit - found).max() for fit in fits) < 1e-4


def test_variables_that_are_there_are_found_and_others_are_not() -> None:
    (x, y), (asked, truth) = rows(), rows(seed=1)
    assert ridge_r_squared(x, y, asked, truth) > 0.9
    shuffled = y[torch.randperm(len(y), generator=torch.Generator().manual_seed(0))]
    assert abs(ridge_r_squared(x, shuffled, asked, truth)) < 0.1


def test_r_squared_counts_variables_alike_and_leaves_constants_out() -> None:
    truth = np.stack([np.arange(10.0), 1000 * np.arange(10.0), np.ones(10)], axis=1)
    assert r_squared(truth, truth) == 1
    middle = np.tile(truth.mean(axis=0), (10, 1))
    assert r_squared(middle, truth) == pytest.approx(0)
    half = truth.copy()
    half[:, 0] = middle[:, 0]
    assert r_squared(half, truth) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("reached", "wanted"), [(0.2, 0.0), (0.8, 1.0), (0.5, 0.5), (0.95, 1.0), (-7.0, -1.0), (0.0, -1 / 3)]
)
def test_gain(reached: float, wanted: float) -> None:
    assert gain(reached, untrained=0.2, ceiling=0.8) == pytest.approx(wanted)
