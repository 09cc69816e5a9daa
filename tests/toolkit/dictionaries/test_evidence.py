import numpy as np
import torch
from sklearn.linear_model import LinearRegression
from torch.testing import assert_close

from interpbench.models.names import generator
from interpbench.toolkit.dictionaries.evidence import learned, present, sparse_probe, superposed


def test_probabilities_rise_with_the_difference_to_the_control() -> None:
    for probability in (present, superposed, learned):
        found = [probability(0.3 + step / 50, 0.3) for step in range(20)]
        assert found == sorted(found)
        assert found[-1] > 0.99
    assert present(0.3, 0.3) < 0.05
    assert superposed(0.3, 0.3) == 0.5
    assert superposed(0.2, 0.3) < 0.01
    assert learned(-3.0, -1.0) == learned(0.0, 0.0) < 0.05


def test_with_all_latents_a_sparse_probe_is_a_regression() -> None:
    codes = torch.randn(400, 6, generator=generator("codes")).double()
    labels = codes @ torch.randn(6, 2, generator=generator("map")).double() + 3
    asked = torch.randn(50, 6, generator=generator("asked")).double()
    expected = LinearRegression().fit(codes.numpy(), labels.numpy()).predict(asked.numpy())
    assert_close(sparse_probe(codes, labels, asked, 6), torch.from_numpy(expected), atol=2e-2, rtol=0)


def test_with_one_latent_it_takes_the_one_that_correlates_most() -> None:
    rng = np.random.default_rng(0)
    codes = rng.standard_normal((300, 8))
    codes[:, 3] *= 100  # size does not matter
    labels = np.stack([codes[:, 5] + 0.1 * rng.standard_normal(300), 2 - codes[:, 3]], axis=1)
    asked = torch.from_numpy(rng.standard_normal((40, 8)))
    found = sparse_probe(torch.from_numpy(codes), torch.from_numpy(labels), asked, 1)
    for variable, latent in ((0, 5), (1, 3)):
        x = codes[:, [latent]]
        expected = LinearRegression().fit(x, labels[:, variable]).predict(asked[:, [latent]].numpy())
        assert_close(found[:, variable], torch.from_numpy(expected), atol=1e-1, rtol=1e-2)


def test_latents_that_never_fire_predict_the_mean() -> None:
    labels = torch.tensor([[1.0], [3.0]])
    assert_close(sparse_probe(torch.zeros(2, 4), labels, torch.zeros(3, 4), 2), torch.full((3, 1), 2.0))
