from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor
from torch.testing import assert_close

from interpbench.models.names import generator
from interpbench.toolkit.dictionaries import Kind, Recipe, train
from interpbench.toolkit.dictionaries.autoencoder import Scale
from interpbench.toolkit.dictionaries.train import _Training
from interpbench.toolkit.dictionary import explained_variance

D, FEATURES = 16, 24
SHORT = Recipe(kind=Kind.TOPK, width=32, k=3, steps=60, batch=64)
LONG = replace(SHORT, steps=600, batch=128, learning_rate=5e-3)


def _world(name: str = "world", rows: int = 3000) -> tuple[Tensor, Tensor]:
    """More sparse features than dimensions, as (feature, d), and rows made of them."""
    directions = F.normalize(torch.randn(FEATURES, D, generator=generator("directions")), dim=1)
    rng = generator(name)
    codes = (torch.rand(rows, FEATURES, generator=rng) < 0.07) * (0.5 + torch.rand(rows, FEATURES, generator=rng))
    return directions, codes @ directions


def _cosine(directions: Tensor, decoder: Tensor) -> float:
    """Mean over planted features of the cosine to the nearest latent."""
    return float((directions @ decoder.T).amax(dim=1).mean())


@pytest.mark.parametrize("kind", Kind)
def test_a_stack_is_as_each_alone(kind: Kind) -> None:
    rows = torch.stack([_world("a", 500)[1], 3 + 5 * _world("b", 500)[1]])
    recipe = replace(SHORT, kind=kind, dead_after=10)  # so that dead ones come back within its few steps
    both = train(rows, recipe, [generator("m", 0), generator("m", 1)])
    for place in range(2):
        alone = train(rows[place : place + 1], recipe, [generator("m", place)])
        assert_close(both[place].decoder, alone.decoder, atol=2e-4, rtol=0)
        assert_close(both[place].threshold, alone.threshold, atol=2e-4, rtol=0)
        assert_close(both[place].codes(rows[place][None]), alone.codes(rows[place][None]), atol=2e-2, rtol=0)
    assert not torch.allclose(both[0].decoder, both[1].decoder, atol=0.1)


def test_equal_streams_give_equal_autoencoders_and_others_give_others() -> None:
    rows = _world(rows=500)[1].expand(3, -1, -1)
    found = train(rows, SHORT, [generator("m"), generator("m"), generator("n")])
    assert torch.equal(found[0].decoder, found[1].decoder)
    assert not torch.allclose(found[0].decoder, found[-1].decoder, atol=0.1)


@pytest.mark.parametrize("kind", Kind)
def test_planted_features_are_recovered_and_by_a_frozen_dictionary_they_are_not(kind: Kind) -> None:
    directions, rows = _world()
    held = _world("held", 1000)[1][None]
    recipe = replace(LONG, kind=kind, k=2)
    trained = train(rows[None], recipe, [generator("m")])
    frozen = train(rows[None], replace(recipe, steps=0), [generator("m")])
    assert _cosine(directions, trained.decoder[0]) > 0.8
    assert _cosine(directions, frozen.decoder[0]) < 0.65
    explained = [float(explained_variance(held, each.decode(each.codes(held)))) for each in (trained, frozen)]
    assert explained[0] > max(0.5, explained[1] + 0.2)
    assert_close(torch.linalg.vector_norm(trained.decoder, dim=-1), torch.ones(1, recipe.width))


@pytest.mark.parametrize("kind", Kind)
def test_as_many_fire_on_held_out_rows_as_were_asked_for(kind: Kind) -> None:
    rows, held = _world()[1], _world("held", 1000)[1][None]
    found = train(rows[None], replace(LONG, kind=kind), [generator("m")])
    count = (found.codes(held) > 0).sum(dim=-1)
    if kind in {Kind.TOPK, Kind.PURSUIT}:
        assert int(count.max()) <= 3
    assert 1.8 < float(count.float().mean()) < 4.5  # JumpReLU comes down to it slowly
    assert int((found.codes(held, most=2) > 0).sum(dim=-1).max()) == 2


def test_a_transcoder_finds_what_is_read_and_what_is_written() -> None:
    directions, rows = _world()
    turned = torch.linalg.qr(torch.randn(D, D, generator=generator("turn")))[0][:, :10]
    writes = F.normalize(directions @ turned, dim=1)
    codes = torch.linalg.lstsq(directions.T, rows.T, driver="gelsd").solution  # not the planted ones: any linear map
    targets = (codes.T @ directions) @ turned + 4.0
    found = train(rows[None], replace(LONG, k=2), [generator("m")], targets[None])
    assert found.decoder.shape == (1, 32, 10)
    assert _cosine(writes, found.decoder[0]) > 0.8
    assert float(explained_variance(targets[None], found.decode(found.codes(rows[None])))) > 0.6
    with pytest.raises(ValueError, match="cannot be a transcoder"):
        train(rows[None], replace(LONG, kind=Kind.PURSUIT), [generator("m")], targets[None])


def _begun(recipe: Recipe) -> tuple[_Training, Tensor]:
    """A training whose latents 5 to 9 have not fired for long, and a batch of centred rows."""
    training = _Training(recipe, D, None, [generator("m")])
    rows = _world()[1][None, :100]
    x = Scale.of(rows).down(rows)
    training.step(0, x, x)
    training.idle[0, 5:10] = recipe.dead_after + 1
    return training, x


def test_dead_latents_learn_to_write_what_is_left() -> None:
    """AuxK by hand: the gradient of dead decoders is that of auxiliary x |what is left - what they write|^2."""
    training, x = _begun(replace(SHORT, width=12, k=1))
    with torch.no_grad():
        training.bias[0, 0, 5:10] = -1.5  # they read too little to be among the largest, but not nothing
    silent = (training._loss(x, x)[1][0, :, 5:10] == 0).all(dim=1)
    assert int(silent.sum()) > 50
    x = x[:, silent]
    loss, codes = training._loss(x, x)
    (found,) = torch.autograd.grad(loss, [training.decoder])
    left = (x - codes @ training.decoder - training.offset).detach()[0]
    reads = F.relu(x[0] @ training.encoder[0, 5:10].T + training.bias[0, :, 5:10]).detach()
    assert float(reads.max()) > 0
    expected = -2 / 32 * reads.T @ (left - reads @ training.decoder[0, 5:10].detach()) / len(left)
    assert_close(found[0, 5:10], expected, atol=1e-5, rtol=1e-3)
    training.idle.zero_()
    (alive,) = torch.autograd.grad(training._loss(x, x)[0], [training.decoder])
    assert bool((alive[0, 5:10] == 0).all())
    assert_close(alive[0, :5], found[0, :5])


def test_dead_latents_of_l1_start_anew_at_badly_written_rows() -> None:
    training, x = _begun(replace(SHORT, kind=Kind.L1))
    before = training.encoder.detach().clone()
    training._resample(x, x)
    new = training.decoder[0, 5:10].detach()
    assert_close((new @ F.normalize(x[0], dim=1).T).amax(dim=1), torch.ones(5))
    lengths = torch.linalg.vector_norm(training.encoder[0].detach(), dim=1)
    alive = [*range(5), *range(10, 32)]
    assert_close(lengths[5:10], 0.2 * lengths[alive].mean().expand(5))
    assert torch.equal(training.encoder[0, alive].detach(), before[0, alive])
    for tensor in (training.decoder, training.encoder):
        assert float(training.adam.state[tensor]["exp_avg_sq"][0, 5:10].abs().max()) == 0
    assert float(training.idle[0, 5:10].max()) == 0


def test_mistakes_are_told() -> None:
    with pytest.raises(ValueError, match="1 generators for 2"):
        train(torch.zeros(2, 5, 3), SHORT, [generator("m")])
    with pytest.raises(ValueError, match="k is 33, wanted 1 to 32"):
        replace(SHORT, k=33)


def test_rows_that_never_change_are_written_exactly() -> None:
    rows = torch.ones(1, 10, 4)
    found = train(rows, replace(SHORT, steps=5), [generator("m")])
    assert_close(found.decode(found.codes(rows)), rows)
