import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor
from torch.testing import assert_close

from interpbench.models.names import generator
from interpbench.toolkit.dictionary import Dictionaries, Fitting, explained_variance, train_dictionaries

KINDS = [pytest.param({"k": 3}, id="topk"), pytest.param({"l1": 0.2}, id="l1")]


def _world(samples: int = 2000, d_in: int = 24, features: int = 48) -> tuple[Tensor, Tensor]:
    """More sparse features than dimensions, as (feature, d_in), and states made of them, as (1, sample, d_in)."""
    rng = generator("dictionary", "world")
    directions = F.normalize(torch.randn(features, d_in, generator=rng), dim=-1)
    strengths = 0.5 + torch.rand(samples, features, generator=rng)
    return directions, ((torch.rand(samples, features, generator=rng) < 0.05) * strengths @ directions)[None]


def _recovered(directions: Tensor, found: Dictionaries) -> float:
    """Mean over the planted features of the cosine to the nearest latent."""
    return float((directions @ found.decoder[0].T).amax(dim=1).mean())


@pytest.mark.parametrize("kind", KINDS)
def test_planted_features_are_recovered_and_by_a_frozen_dictionary_they_are_not(kind: dict[str, float]) -> None:
    directions, states = _world()
    trained = train_dictionaries(states, Fitting(d_sae=96, **kind), generator("method"))  # type: ignore[arg-type]
    frozen = train_dictionaries(states, Fitting(d_sae=96, steps=0, **kind), generator("method"))  # type: ignore[arg-type]
    assert _recovered(directions, trained) > 0.9
    assert _recovered(directions, frozen) < 0.65
    explained = [float(explained_variance(states, each.decode(each.codes(states)))) for each in (trained, frozen)]
    assert explained[0] > 0.85 > explained[1] + 0.1


def test_exactly_k_latents_fire_and_decoder_directions_have_length_one() -> None:
    _, states = _world()
    found = train_dictionaries(states, Fitting(d_sae=96, k=3), generator("method"))
    assert bool(((found.codes(states) != 0).sum(dim=-1) == 3).all())
    assert bool((found.codes(states) >= 0).all())
    assert_close(torch.linalg.vector_norm(found.decoder, dim=-1), torch.ones(1, 96))


@pytest.mark.parametrize("price", [0.1, 0.4])
def test_closed_form_of_the_l1_kind(price: float) -> None:
    """States at +1 and -1 along a line: the code c that minimises (1 - c)^2 + price c is 1 - price / 2."""
    signs = torch.tensor([1.0, -1.0]).repeat(20)
    states = (signs[:, None] * torch.tensor([0.6, 0.8, 0.0]))[None].double()
    found = train_dictionaries(states, Fitting(d_sae=8, l1=price, steps=1000), generator("line"))
    written = found.decode(found.codes(states))
    assert_close(
        torch.linalg.vector_norm(written, dim=-1), torch.full((1, 40), 1 - price / 2).double(), atol=3e-3, rtol=0
    )
    assert_close(found.codes(states).sum(dim=-1), torch.full((1, 40), 1 - price / 2).double(), atol=3e-3, rtol=0)


def test_reference_explained_variance() -> None:
    rng = np.random.default_rng(0)
    states, wrong = 50 + rng.standard_normal((2, 40, 5)), rng.standard_normal((2, 40, 5))
    residual = np.stack([np.trace(np.cov((0.3 * part).T, bias=True)) for part in wrong])
    bias = (0.3 * wrong).mean(axis=1)
    total = np.stack([np.trace(np.cov(part.T, bias=True)) for part in states])
    expected = 1 - (residual + (bias**2).sum(axis=1)) / total
    found = explained_variance(torch.from_numpy(states), torch.from_numpy(states - 0.3 * wrong))
    assert found.numpy() == pytest.approx(expected)
    constant = torch.from_numpy(states).mean(dim=1, keepdim=True).expand(-1, 40, -1)
    assert_close(explained_variance(torch.from_numpy(states), constant), torch.zeros(2).double())


@pytest.mark.parametrize("kind", KINDS)
def test_training_commutes_with_rotation_scale_and_offset(kind: dict[str, float]) -> None:
    states = _world(300)[1].double()
    rotation = torch.linalg.qr(torch.randn(24, 24, generator=generator("turn")).double())[0]
    fitting = Fitting(d_sae=40, steps=60, **kind)  # type: ignore[arg-type]
    plain = train_dictionaries(states, fitting, generator("m"))
    turned = train_dictionaries(7 + 30 * states @ rotation, fitting, generator("m"))
    assert_close(turned.decoder, plain.decoder @ rotation, atol=1e-8, rtol=0)
    assert_close(turned.codes(7 + 30 * states @ rotation), plain.codes(states), atol=1e-8, rtol=0)


def test_stacked_dictionaries_see_their_own_states_alone() -> None:
    states = _world(300)[1]
    other = torch.randn(2, *states.shape, generator=generator("other"))
    fitting = Fitting(d_sae=40, k=3, steps=30)
    first, second = (train_dictionaries(torch.cat([states, each]), fitting, generator("m")) for each in other)
    assert_close(first.decoder[0], second.decoder[0])
    assert not torch.allclose(first.decoder[1], second.decoder[1], atol=0.1)


def test_states_that_never_change_fire_nothing() -> None:
    found = train_dictionaries(torch.ones(1, 10, 4), Fitting(d_sae=5, k=2, steps=5), generator("m"))
    assert bool((found.codes(torch.ones(1, 10, 4)) == 0).all())
    assert_close(found.decode(found.codes(torch.ones(1, 10, 4))), torch.ones(1, 10, 4))
