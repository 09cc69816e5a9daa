from dataclasses import replace

import numpy as np
import pytest
import torch
from feature_worlds import network, sums
from sklearn.linear_model import Ridge
from torch.testing import assert_close

from interpbench.models.names import generator
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.features.enter import Predicted
from interpbench.tracks.features.gain import r_squared
from interpbench_methods.variable_probe import VariableProbe
from interpbench_methods.variable_probe.control import control_values
from interpbench_methods.variable_probe.probes import PROBES


@pytest.mark.parametrize("probe", PROBES)
def test_a_variable_is_read_where_it_is_and_not_where_it_is_not(probe: str) -> None:
    for planted in (True, False):
        world, truth = network(planted=planted)
        found = VariableProbe(probe=probe).predict(world, Context.seeded("v"))
        assert isinstance(found, Predicted)
        assert (r_squared(found.values.double().numpy(), truth.double().numpy()) > 0.7) == planted
        assert (found.p_present > 0.5) == planted


@pytest.mark.parametrize("probe", PROBES)
def test_shuffled_labels_are_not_there(probe: str) -> None:
    world, _ = network()
    order = torch.randperm(len(world.labels), generator=generator("shuffled"))
    found = VariableProbe(probe=probe).predict(replace(world, labels=world.labels[order]), Context.seeded("v"))
    assert isinstance(found, Predicted)
    assert found.p_present < 0.1


def test_linear_is_a_ridge_regression_at_one_of_its_penalties() -> None:
    rng = np.random.default_rng(0)
    x, z = rng.standard_normal((60, 5)), rng.standard_normal((20, 5))
    x /= np.sqrt(((x - x.mean(axis=0)) ** 2).mean())  # then the probe's own unit is 1
    y = x @ rng.standard_normal((5, 2)) + rng.standard_normal((60, 2))
    found = PROBES["linear"](torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(z), generator("p"))
    candidates = [
        Ridge(alpha=penalty).fit(x - x.mean(axis=0), y).predict(z - x.mean(axis=0)) for penalty in np.logspace(-4, 4, 9)
    ]
    assert min(np.abs(found.numpy() - one).max() for one in candidates) < 1e-8


def test_mean_difference_uses_the_difference_of_means_alone() -> None:
    rng = np.random.default_rng(1)
    y = rng.integers(2, size=(200, 1)).astype(float)
    x = rng.standard_normal((200, 6)) + y * np.arange(6)
    z = rng.standard_normal((30, 6))
    difference = x[y[:, 0] == 1].mean(axis=0) - x[y[:, 0] == 0].mean(axis=0)
    slope, offset = np.polyfit(x @ difference, y[:, 0], 1)
    found = PROBES["mean-difference"](torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(z), generator("p"))
    assert_close(found[:, 0], torch.from_numpy(slope * (z @ difference) + offset))


def test_a_curved_variable_is_read_by_the_network_alone() -> None:
    rng = np.random.default_rng(2)
    x, z = rng.standard_normal((800, 4)), rng.standard_normal((300, 4))
    reached = {
        name: r_squared(
            probe(torch.from_numpy(x), torch.from_numpy(np.abs(x[:, :1])), torch.from_numpy(z), generator("p")).numpy(),
            np.abs(z[:, :1]),
        )
        for name, probe in PROBES.items()
    }
    assert reached["mlp"] > 0.8
    assert max(reached["linear"], reached["mean-difference"]) < 0.1


def test_a_control_value_belongs_to_its_token() -> None:
    token = torch.tensor([0, 3, 0, 3, 1])
    labels = torch.arange(10.0).view(5, 2)
    found = control_values(token, labels, generator("c"))
    assert torch.equal(found[0], found[2])
    assert torch.equal(found[1], found[3])
    assert all(any(torch.equal(row, label) for label in labels) for row in found)


def test_mistakes_and_what_cannot_be_said() -> None:
    with pytest.raises(ValueError, match="linear"):
        VariableProbe(probe="linaer")
    assert isinstance(VariableProbe(probe="linear").predict(sums()[0], Context.seeded("n")), NotApplicable)
    assert isinstance(VariableProbe(probe="linear").codes(sums()[0], Context.seeded("n")), NotApplicable)
