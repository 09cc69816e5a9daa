from collections.abc import Mapping
from math import log
from typing import Any

import numpy as np
import pytest
import torch

from interpbench.models.disguise import disguise
from interpbench.models.names import generator
from interpbench.models.subject import Network
from interpbench.toolkit.sgld import inverse_temperature
from interpbench.tracks.context import Context
from interpbench_methods.local_learning_coefficient import LocalLearningCoefficient


def _score(method: LocalLearningCoefficient, case: Any, network: Network | None = None, seed: str = "l") -> float:
    ctx = Context(rng=generator(seed))
    return method.model_score(network or case.network, case.rows, case.domain, ctx)


@pytest.mark.parametrize("architecture", ["transformer", "square", "gru"])
def test_the_disguise_is_seen_by_monte_carlo_error_only(architecture: str, trained: Mapping[str, Any]) -> None:
    case = trained[architecture]
    method = LocalLearningCoefficient(chains=6, draws=100)
    config = case.network.config
    disguised = Network(config, disguise(config, case.network.params, np.random.default_rng(0)))
    plain = [_score(method, case, seed=str(seed)) for seed in range(2)]
    other = [_score(method, case, disguised, seed=str(seed)) for seed in range(2)]
    assert sum(other) == pytest.approx(sum(plain), rel=0.2, abs=0.1)


def test_equalised_networks_do_not_see_the_scale_of_logits_and_neurons(trained: Mapping[str, Any]) -> None:
    case = trained["square"]
    params = dict(case.network.params)
    s = torch.linspace(0.5, 2, params["embed.bias"].numel())
    params |= {"embed.weight": params["embed.weight"] * s, "embed.bias": params["embed.bias"] * s}
    params |= {"head.weight": 3 * params["head.weight"] / s**2, "head.bias": 3 * params["head.bias"]}
    rescaled = Network(case.network.config, params)
    equalised = LocalLearningCoefficient()
    assert _score(equalised, case, rescaled) == pytest.approx(_score(equalised, case), rel=1e-3)
    raw = LocalLearningCoefficient(equalise=False, gamma=100.0, epsilon=1e-3)
    assert _score(raw, case, rescaled) != pytest.approx(_score(raw, case), rel=0.05)


def test_diagnostics_are_logged(trained: Mapping[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    score = _score(LocalLearningCoefficient(), trained["square"])
    line = capsys.readouterr().err
    assert line.startswith(f"llc {-score:.3g}, R-hat ")
    assert "drift" in line
    assert "diverged" not in line


def test_chains_that_always_diverge_give_the_largest_finite_value(
    trained: Mapping[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    case = trained["square"]
    method = LocalLearningCoefficient(epsilon=1e6, halvings=1)
    largest = inverse_temperature(len(case.rows)) * 10 * log(case.domain.classes)
    assert _score(method, case) == pytest.approx(-largest)
    assert "diverged at every step size" in capsys.readouterr().err


def test_halving_is_deterministic(trained: Mapping[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    case = trained["square"]
    method = LocalLearningCoefficient(epsilon=5.0)
    scores = [_score(method, case) for _ in range(2)]
    assert scores[0] == scores[1]
    assert "epsilon 5.0e+00" not in capsys.readouterr().err
