from math import isfinite, sqrt

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from torch import Tensor

from interpbench.models.names import generator
from interpbench.toolkit.sgld import (
    Chains,
    Estimate,
    Loss,
    inverse_temperature,
    langevin_losses,
    local_learning_coefficient,
    split_r_hat,
)


def _estimate(loss: Loss, dimension: int, settings: Chains, **options: float) -> Estimate:
    at = torch.zeros(dimension).double()
    return local_learning_coefficient(loss, at, 1, settings, generator("sgld"), **options)  # type: ignore[arg-type]


def _quadratic(w: Tensor, _: Tensor) -> Tensor:
    return w.square().sum() / 2


def _with_step_bias(dimension: int, n_beta: float, gamma: float, epsilon: float) -> float:
    """What the unadjusted step makes of d/2: its stationary variance is known exactly on a quadratic."""
    decay = 1 - epsilon / 2 * (n_beta + gamma)
    return n_beta * dimension / 2 * epsilon / (1 - decay**2)


def test_closed_form_of_a_quadratic_is_half_the_dimension() -> None:
    settings = Chains(n_beta=100, gamma=1, epsilon=1e-3, chains=256, burn_in=100, draws=200)
    found = _estimate(_quadratic, 10, settings)
    assert found.llc == pytest.approx(5.0, rel=0.05)
    assert found.llc == pytest.approx(_with_step_bias(10, settings.n_beta, settings.gamma, settings.epsilon), rel=0.01)
    assert found.r_hat < 1.1
    assert abs(found.drift) < 0.1
    assert not found.diverged


def test_closed_form_of_a_quartic_is_a_quarter() -> None:
    settings = Chains(n_beta=1000, gamma=0.01, epsilon=1e-3, chains=512, burn_in=600, draws=400)
    assert _estimate(lambda w, _: w.pow(4).sum(), 1, settings).llc == pytest.approx(0.25, abs=0.02)


def test_flat_directions_do_not_count() -> None:
    settings = Chains(n_beta=100, gamma=1, epsilon=1e-3, chains=512, burn_in=100, draws=200)
    assert _estimate(lambda w, _: w[0].square(), 5, settings).llc == pytest.approx(0.5, abs=0.04)


def test_a_crossing_of_two_valleys_has_its_finite_n_value() -> None:
    """The coefficient of w1^2 w2^2 is 1/2, but with multiplicity 2: at finite n the estimator's target is lower."""
    n_beta, gamma = 1000.0, 10.0

    def moment(x: float, power: float, weight: float) -> float:  # w2 integrated out
        return float(np.exp(-gamma * x * x / 2) * weight * (n_beta * x * x + gamma / 2) ** -power)

    points = [1e-3, 1e-2, 0.1]
    mass = quad(lambda x: moment(x, 0.5, 1), 0, 5, points=points, limit=200)[0]
    loss = quad(lambda x: moment(x, 1.5, n_beta * x * x / 2), 0, 5, points=points, limit=200)[0]
    exact = loss / mass
    assert exact == pytest.approx(0.290, abs=1e-3)
    settings = Chains(n_beta=n_beta, gamma=gamma, epsilon=5e-4, chains=512, burn_in=800, draws=800)
    found = _estimate(lambda w, _: w[0].square() * w[1].square(), 2, settings)
    assert found.llc == pytest.approx(exact, abs=0.03)


def test_batches_average_to_the_whole_loss() -> None:
    """Each row pulls at one coordinate; with batches of half of the rows the estimate stays."""
    n = 8

    def loss(w: Tensor, batch: Tensor) -> Tensor:
        return w[batch].square().sum() * (n / len(batch)) / 2

    settings = Chains(n_beta=50, gamma=1, epsilon=5e-4, chains=64, burn_in=300, draws=500)
    at = torch.zeros(n).double()
    whole = local_learning_coefficient(loss, at, n, settings, generator("b"))
    half = local_learning_coefficient(loss, at, n, Chains(**{**vars(settings), "batch": n // 2}), generator("b"))
    assert half.llc == pytest.approx(n / 2, rel=0.1)
    assert whole.llc > 0


def test_divergence_halves_the_step_until_it_ends() -> None:
    settings = Chains(n_beta=1000, gamma=1, epsilon=1.5e-2, chains=4, burn_in=100, draws=100)  # stable below 4e-3
    assert _estimate(_quadratic, 3, settings, ceiling=10.0).diverged
    found = _estimate(_quadratic, 3, settings, ceiling=10.0, halvings=4)
    assert not found.diverged
    assert found.epsilon == settings.epsilon / 4
    assert found.llc == pytest.approx(_with_step_bias(3, 1000, 1, found.epsilon), rel=0.2)


def test_divergence_that_does_not_end_is_finite_and_the_largest() -> None:
    settings = Chains(n_beta=1000, gamma=1, epsilon=1.0, chains=2, burn_in=300, draws=10)
    found = _estimate(_quadratic, 3, settings, ceiling=10.0, halvings=1)
    assert found.diverged
    assert found.llc == settings.n_beta * 10.0
    assert isfinite(found.r_hat)
    assert isfinite(found.drift)


def test_r_hat_reference() -> None:
    draws = np.random.default_rng(0).normal(size=(3, 40)) + np.array([[0.0], [0.5], [1.0]])
    halves = np.concatenate([draws[:, :20], draws[:, 20:]])
    within = halves.var(axis=1, ddof=1).mean()
    between = 20 * halves.mean(axis=1).var(ddof=1)
    expected = sqrt((19 / 20 * within + between / 20) / within)
    assert split_r_hat(torch.from_numpy(draws)) == pytest.approx(expected)
    assert split_r_hat(torch.ones(2, 10)) == 1.0


def test_a_chain_that_drifts_is_told() -> None:
    settings = Chains(n_beta=100, gamma=0.01, epsilon=1e-6, chains=4, burn_in=0, draws=200)
    found = _estimate(_quadratic, 10, settings)
    assert found.drift > 1
    assert found.r_hat > 1.1


def test_the_generator_decides() -> None:
    settings = Chains(n_beta=10, gamma=1, epsilon=1e-2, burn_in=3, draws=4)
    runs = [langevin_losses(_quadratic, torch.zeros(2), 1, settings, generator(name)) for name in "aab"]
    assert runs[0].shape == (4, 4)
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


def test_inverse_temperature() -> None:
    assert inverse_temperature(300) == pytest.approx(300 / np.log(300))
    assert inverse_temperature(1) == inverse_temperature(3) > 0
