import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from interpbench.models.names import generator
from interpbench.toolkit.spectrum import entropy_rank, fourier_power, gini, principal_power


def _matrix(tokens: int, features: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(tokens, features, generator=torch.Generator().manual_seed(seed))


def _real_waves(tokens: int) -> np.ndarray:
    """Orthonormal sines and cosines, frequency by frequency, without the constant: (token - 1, token)."""
    angle = 2 * np.pi * np.arange(tokens) / tokens
    waves = []
    for k in range(1, (tokens - 1) // 2 + 1):
        waves += [np.cos(k * angle) * np.sqrt(2 / tokens), np.sin(k * angle) * np.sqrt(2 / tokens)]
    if tokens % 2 == 0:
        waves.append(np.cos(tokens // 2 * angle) / np.sqrt(tokens))
    return np.stack(waves)


@pytest.mark.parametrize("tokens", [7, 8])
def test_reference_sines_and_cosines_written_out(tokens: int) -> None:
    matrix = _matrix(tokens, 5)
    waves = _real_waves(tokens)
    assert waves @ waves.T == pytest.approx(np.eye(tokens - 1), abs=1e-12)
    power = ((waves @ matrix.double().numpy()) ** 2).sum(axis=1)
    for k in range(1, (tokens - 1) // 2 + 1):
        pair = power[2 * k - 2 : 2 * k].mean()
        found = fourier_power(matrix)
        assert found[k - 1] == pytest.approx(pair)
        assert found[tokens - k - 1] == pytest.approx(pair)
    if tokens % 2 == 0:
        assert fourier_power(matrix)[tokens // 2 - 1] == pytest.approx(power[-1])


def test_reference_eigenvalues_of_the_centred_gram_matrix() -> None:
    matrix = _matrix(9, 5)
    centred = matrix.double().numpy() - matrix.double().numpy().mean(axis=0)
    expected = np.sort(np.linalg.eigvalsh(centred @ centred.T))[::-1][:8]
    assert principal_power(matrix).numpy() == pytest.approx(expected, abs=1e-10)
    assert len(principal_power(_matrix(4, 20))) == 3


@settings(deadline=None, max_examples=30)
@given(st.integers(3, 12), st.integers(1, 12), st.integers(0, 1000))
def test_both_hold_the_same_power_and_no_basis_beats_the_principal_one(tokens: int, features: int, seed: int) -> None:
    matrix = _matrix(tokens, features, seed)
    waves, principal = fourier_power(matrix), principal_power(matrix)
    assert_close(waves.sum(), principal.sum())
    assert gini(waves) <= gini(principal) + 1e-9
    rotation = torch.linalg.qr(_matrix(tokens - 1, tokens - 1, seed + 1).double())[0]
    basis = rotation @ torch.from_numpy(_real_waves(tokens))  # any other orthonormal functions without a constant part
    assert gini((basis @ matrix.double()).square().sum(dim=1)) <= gini(principal) + 1e-9


def test_neither_rotation_nor_offset_nor_a_shift_of_the_count_matters() -> None:
    matrix = _matrix(11, 6).double()
    turned = matrix @ torch.linalg.qr(_matrix(6, 6, 1).double())[0] + 3
    assert_close(fourier_power(turned), fourier_power(matrix))
    assert_close(principal_power(turned), principal_power(matrix))
    assert_close(fourier_power(matrix.roll(4, dims=0)), fourier_power(matrix))


def test_only_one_of_them_knows_the_order_of_rows() -> None:
    angle = 2 * torch.pi * torch.arange(13) / 13
    wave = torch.stack([(3 * angle).cos(), (3 * angle).sin()], dim=1)
    shuffled = wave[torch.randperm(13, generator=generator("order"))]
    expected = torch.zeros(12).double()
    expected[[2, 9]] = 13 / 2
    assert_close(fourier_power(wave), expected, atol=1e-5, rtol=0)
    assert gini(fourier_power(shuffled)) < gini(fourier_power(wave)) - 0.2
    assert_close(principal_power(shuffled), principal_power(wave), atol=1e-5, rtol=0)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=20))
def test_reference_gini_is_half_the_relative_mean_difference(values: list[float]) -> None:
    x = np.array(values)
    expected = np.abs(x[:, None] - x[None, :]).mean() / (2 * x.mean())
    assert gini(torch.tensor(values, dtype=torch.float64)) == pytest.approx(expected, abs=1e-9)


def test_closed_forms() -> None:
    assert gini(torch.ones(6)) == pytest.approx(0)
    assert gini(torch.eye(6)[0]) == pytest.approx(1 - 1 / 6)
    assert gini(torch.zeros(6)) == 0
    assert entropy_rank(torch.ones(6)) == pytest.approx(6)
    assert entropy_rank(torch.eye(6)[0]) == pytest.approx(1)
    assert entropy_rank(torch.tensor([0.5, 0.25, 0.25])) == pytest.approx(2**1.5)
    assert entropy_rank(torch.zeros(6)) == 1
