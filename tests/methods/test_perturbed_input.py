from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from interpbench.models.data import Domain, Rows
from interpbench.models.names import generator
from interpbench.models.subject import Hidden
from interpbench.tracks.context import Context
from interpbench_methods.perturbed_input import PerturbedInput
from interpbench_methods.perturbed_input.response import exchange, gi_score, overlap

DOMAIN = Domain(alphabets=((0, 3), (5,), (1, 2, 4), (0, 1)), positions=(3,), classes=2)


def _score(logits: Callable[[Tensor], Tensor], most: int) -> float:
    everything = DOMAIN.everything()
    rows = Rows(tokens=everything, labels=torch.zeros(len(everything), 1, dtype=torch.int64))
    asked = Hidden("behaviour", logits)
    return PerturbedInput(most=most).model_score(asked, rows, DOMAIN, Context.seeded("p"))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 3), st.integers(0, 100))
def test_exactly_so_many_tokens_change_and_stay_in_their_alphabets(count: int, seed: int) -> None:
    tokens = DOMAIN.everything()
    changed = exchange(tokens, DOMAIN, count, torch.Generator().manual_seed(seed))
    assert bool(((changed != tokens).sum(dim=1) == count).all())
    assert bool(DOMAIN.contains(changed).all())


def test_every_position_and_letter_is_drawn() -> None:
    tokens = DOMAIN.inputs(torch.zeros(600, dtype=torch.int64))
    changed = exchange(tokens, DOMAIN, 1, generator("e"))
    share = (changed != tokens).double().mean(dim=0)
    assert share.tolist() == pytest.approx([1 / 3, 0, 1 / 3, 1 / 3], abs=0.07)
    assert set(changed[:, 2].tolist()) == {1, 2, 4}


def test_gi_closed_forms() -> None:
    alpha = torch.linspace(0, 1, 2001).double()
    assert gi_score(torch.ones(5).double()) == pytest.approx(0)
    assert gi_score(1 - alpha) == pytest.approx(1 / 6, abs=1e-6)  # integral of a - (a - a^2 / 2)
    assert gi_score(alpha.square()) == pytest.approx(1 / 2 - 1 / 12, abs=1e-6)
    assert gi_score(torch.tensor([1.0, 0.0]).double()) == pytest.approx(1 / 4)


def test_overlap_is_one_minus_total_variation() -> None:
    p, q = torch.tensor([[[0.5, 0.3, 0.2]]]), torch.tensor([[[0.1, 0.3, 0.6]]])
    assert overlap(p, q) == pytest.approx(1 - 0.5 * float((p - q).abs().sum()))


def test_a_constant_network_scores_zero() -> None:
    assert _score(lambda tokens: torch.tensor([0.3, -1.0]).expand(len(tokens), 1, 2), most=3) == pytest.approx(0)


def test_a_network_that_flips_with_every_exchange() -> None:
    """The parity of letter numbers of binary positions; the middle position has three letters and is constant."""

    def parity(tokens: Tensor) -> Tensor:
        return 100.0 * F.one_hot((tokens[:, 0] // 3 + tokens[:, 3]) % 2, 2)[:, None]

    # one exchange: it moves in two of three cases, so the curve is (1, 1/3) and Gi = (1 - 1/3) / 4
    assert _score(parity, most=1) == pytest.approx(-(2 / 3) / 4, abs=0.08)
