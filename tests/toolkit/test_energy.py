from math import exp, log

import pytest
import torch

from interpbench.toolkit.energy import energy_gap


def test_closed_form() -> None:
    on_rows = torch.tensor([[[1.0, 2.0]], [[0.0, 0.0]]])
    elsewhere = torch.tensor([[[5.0, 5.0]]])
    wanted = 5 + log(2) - (log(exp(1) + exp(2)) + log(2)) / 2
    assert energy_gap(on_rows, elsewhere) == pytest.approx(wanted)


def test_like_inputs_have_no_gap_and_a_common_constant_none_either() -> None:
    some = torch.randn(50, 2, 7, generator=torch.Generator().manual_seed(0))
    assert energy_gap(some, some) == 0
    assert energy_gap(some + 9, 2 * some + 9) == pytest.approx(energy_gap(some, 2 * some), abs=1e-6)


def test_direction_flatter_logits_lie_lower() -> None:
    some = torch.randn(50, 2, 7, generator=torch.Generator().manual_seed(0))
    gaps = [energy_gap(some, factor * some) for factor in (0.1, 0.5, 1.0, 2.0)]
    assert gaps == sorted(gaps)
    assert gaps[1] < 0 < gaps[3]
