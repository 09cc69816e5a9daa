from dataclasses import replace

import torch
from feature_worlds import CONFIG, SITE, network, sums

from interpbench.models.names import generator
from interpbench.models.subject import Network
from interpbench.toolkit.dictionaries import Kind, Recipe, train
from interpbench.toolkit.dictionary import explained_variance
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.features.enter import Predicted
from interpbench.tracks.features.gain import r_squared
from interpbench_methods.transcoder import Transcoder


def test_a_token_is_read_off_what_the_perceptron_reads_and_not_more_than_off_an_untrained_network() -> None:
    """The network is untrained itself: the last token is in its states, and training put nothing there."""
    world, _ = network(planted=False)
    assert world.shown_tokens is not None
    assert world.asked_tokens is not None
    asked = (world.asked_tokens[:, 2:] == 3).float()
    found = Transcoder(steps=500).predict(
        replace(world, labels=(world.shown_tokens[:, 2:] == 3).float()), Context.seeded("t")
    )
    assert isinstance(found, Predicted)
    assert r_squared(found.values.double().numpy(), asked.double().numpy()) > 0.5
    assert found.p_present < 0.5


def test_what_is_learnt_is_what_the_perceptron_writes() -> None:
    world, _ = network(planted=False)
    assert world.network is not None
    assert world.shown_tokens is not None
    names = ["blocks.0.hook_resid_mid", "blocks.0.hook_mlp_out"]
    held = Network(CONFIG, world.network[1]).activations(world.shown_tokens, names)
    reads, writes = (held[name][None, :, 2] for name in names)
    recipe = Recipe(kind=Kind.TOPK, width=32, k=4, steps=500, learning_rate=4e-3)
    found = train(reads, recipe, [generator("t")], writes)
    shuffled = train(reads, recipe, [generator("t")], writes[:, torch.randperm(writes.shape[1])])
    explained = [float(explained_variance(writes, one.decode(one.codes(reads)))) for one in (found, shuffled)]
    assert explained[0] > 0.4 > explained[1] + 0.2


def test_what_no_perceptron_writes_is_refused() -> None:
    world, _ = network()
    other = replace(world, site=SITE.replace("hook_resid_post", "attn.hook_z"))
    found = Transcoder().predict(other, Context.seeded("t"))
    assert isinstance(found, NotApplicable)
    assert "hook_z" in found.reason
    assert isinstance(Transcoder().predict(sums()[0], Context.seeded("t")), NotApplicable)
    assert isinstance(Transcoder().codes(sums()[0], Context.seeded("t")), NotApplicable)
