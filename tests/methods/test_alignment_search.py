from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from feature_worlds import CONFIG, SITE, network, sums
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close

from interpbench.models.forward import initial
from interpbench.models.names import generator
from interpbench.models.subject import Network
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.features.enter import Predicted
from interpbench.tracks.features.gain import r_squared
from interpbench.tracks.features.question import Wants, World
from interpbench_methods.alignment_search import AlignmentSearch
from interpbench_methods.alignment_search.controls import redrawn, shuffled
from interpbench_methods.alignment_search.effect import dimensions, effect
from interpbench_methods.alignment_search.rest import hooked_rest, rest
from interpbench_methods.alignment_search.search import (
    Setting,
    accuracy,
    exchanged,
    pairs,
    random_subspace,
    search,
    worst_across,
)
from interpbench_methods.alignment_search.trial import trial
from interpbench_methods.variable_probe import VariableProbe


def said(subspace: str, world: World) -> Predicted:
    found = AlignmentSearch(subspace=subspace).predict(world, Context.seeded("alignment"))
    assert isinstance(found, Predicted)
    return found


def reached(found: Predicted, truth: Tensor) -> float:
    return r_squared(found.values.double().numpy(), truth.double().numpy())


def moved(world: World, direction: Tensor) -> World:
    """The world whose parity, planted anywhere, lies along one direction instead."""
    assert world.shown_tokens is not None
    assert world.asked_tokens is not None
    plain = network(planted=False)[0]

    def put(states: Tensor, tokens: Tensor) -> Tensor:
        parity = ((tokens[:, :1] + tokens[:, 1:2]) % 2).float()
        return states + 8 * float(plain.shown.std()) * parity * direction

    return replace(
        world, shown=put(plain.shown, world.shown_tokens), asked=put(plain.asked, world.asked_tokens)
    )  # fmt: skip


# what it finds, and what it does not


def test_a_variable_that_moves_the_answer_is_found_and_read() -> None:
    world, truth = network()
    found = said("learnt", world)
    assert reached(found, truth) > 0.9
    assert found.p_present > 0.9


def test_a_random_subspace_reads_less_and_is_not_sure() -> None:
    world, truth = network()
    found = said("random", world)
    assert reached(found, truth) < 0.8
    assert found.p_present < 0.5


def test_a_variable_that_is_not_planted_is_not_found() -> None:
    assert said("learnt", network(planted=False)[0]).p_present < 0.2


def test_a_variable_that_no_answer_depends_on_is_read_by_a_probe_and_not_aligned() -> None:
    assert CONFIG.classes < CONFIG.d_model  # else there is no direction that no answer sees
    world, _ = network()
    assert world.network is not None
    _, params = world.network
    unseen = torch.linalg.svd(params["head.weight"]).Vh[-1:]
    hidden = moved(world, unseen)
    probe = VariableProbe(probe="linear").predict(hidden, Context.seeded("probe"))
    assert isinstance(probe, Predicted)
    assert probe.p_present > 0.9
    assert said("learnt", hidden).p_present < 0.2


def test_labels_of_other_rows_are_not_found() -> None:
    world, _ = network()
    order = torch.randperm(len(world.labels), generator=generator("shuffled"))
    assert said("learnt", replace(world, labels=world.labels[order])).p_present < 0.1


def test_an_untrained_network_holds_as_much_as_its_control() -> None:
    world, _ = network(planted=False)
    assert world.shown_tokens is not None
    last = F.one_hot(world.shown_tokens[: len(world.labels), 2], 11)[:, :3].float()  # which every network passes on
    assert said("learnt", replace(world, labels=last, variables=("0", "1", "2"))).p_present < 0.5


# the search


def planted_plane(rows: int = 400) -> tuple[Setting, Tensor]:
    """A plane of 8 dimensions holds two variables; logits are linear in all 8."""
    rng = generator("alignment", "plane")
    axes = torch.linalg.qr(torch.randn(8, 8, generator=rng)).Q
    labels = torch.randn(rows, 2, generator=rng)
    states = labels @ axes[:, :2].T + torch.randn(rows, 6, generator=rng) @ axes[:, 2:].T
    head = torch.randn(8, 5, generator=rng)
    head -= head.mean(dim=1, keepdim=True)
    at = torch.zeros(rows, dtype=torch.int64)
    does = effect(labels, labels @ axes[:, :2].T @ head, at)  # what the plane alone says
    setting = Setting(
        states=states, at=at, labels=labels, rest=lambda x, _: x @ head, own=states @ head, effect=does
    )  # fmt: skip
    return setting, axes[:, :2]


def test_the_planted_plane_is_the_optimum_and_the_search_comes_to_it() -> None:
    setting, plane = planted_plane()
    rows = torch.arange(400)
    found = search(setting, rows[:300], 2, generator("s"))
    assert_close(found.T @ found, torch.eye(2), atol=1e-5, rtol=0)
    assert accuracy(setting, plane, rows[300:], generator("a")) > 0.999
    assert accuracy(setting, found, rows[300:], generator("a")) > 0.99
    assert float(torch.linalg.svdvals(plane.T @ found).min()) > 0.99  # cosine of the largest angle between them


def test_accuracy_is_0_for_nothing_exchanged_and_low_for_other_subspaces() -> None:
    setting, plane = planted_plane()
    rows = torch.arange(400)
    assert accuracy(setting, torch.zeros(8, 1), rows, generator("a")) == pytest.approx(0, abs=1e-6)
    aside = torch.linalg.qr(torch.cat([plane, torch.eye(8)], dim=1)).Q[:, 2:4]
    assert accuracy(setting, aside, rows, generator("a")) < 0.01
    assert accuracy(setting, torch.eye(8), rows, generator("a")) < 0.5  # everything is exchanged: too much


def test_a_variable_that_means_something_else_elsewhere_does_not_carry_over() -> None:
    setting, plane = planted_plane()
    at = torch.arange(400) % 2
    free = replace(setting, at=at, effect=effect(setting.labels, setting.own, at))
    sign = 1.0 - 2.0 * at[:, None]
    bound = replace(free, labels=sign * free.labels, effect=effect(sign * free.labels, setting.own, at))
    rows = torch.arange(400)
    found = [worst_across(one, plane, rows) for one in (free, bound, setting)]
    assert found[0] is not None
    assert found[0] > 0.9
    assert found[1] is not None
    assert found[1] < 0
    assert found[2] is None
    assert accuracy(bound, plane, rows, generator("a")) > 0.9  # at one position it is there


@given(st.integers(2, 40), st.integers(1, 4), st.integers(0, 1000))
def test_pairs_are_of_one_position_and_each_row_is_a_base_and_a_source_once(rows: int, places: int, seed: int) -> None:
    rng = generator("pairs", seed)
    at = torch.randint(places, (rows,), generator=rng)
    some = torch.randperm(rows, generator=rng)[: rows // 2 + 1]
    base, source = pairs(at, some, rng)
    assert torch.equal(at[base], at[source])
    assert sorted(base.tolist()) == sorted(source.tolist()) == sorted(some.tolist())


# what it stands on


def test_the_effect_is_that_of_a_regression_at_each_position() -> None:
    rng = generator("effect")
    labels, at = torch.randn(300, 3, generator=rng), torch.arange(300) % 2
    slopes = torch.randn(2, 3, 4, generator=rng)
    answers = torch.einsum("rv,rvk->rk", labels, slopes[at]) + at[:, None]
    does = effect(labels, answers, at)
    assert_close(does.slopes, slopes, atol=0.01, rtol=0)
    assert_close(does.answers(labels, at), answers, atol=0.03, rtol=0)
    assert not does.change(labels, labels, at).any()
    wanted = torch.einsum("rv,rvk->rk", labels[100:200] - labels[:100], slopes[at[:100]])
    assert_close(does.change(labels[:100], labels[100:200], at[:100]), wanted, atol=0.05, rtol=0)


def test_dimensions_are_those_of_the_variable_that_answers_can_show() -> None:
    angle = torch.linspace(0, 6, 50)
    assert dimensions(torch.stack([angle.cos(), angle.sin()], dim=1), 23) == 2
    one_hot = F.one_hot(torch.arange(50) % 5, 5).float()
    assert [dimensions(one_hot, classes) for classes in (9, 5, 3)] == [4, 4, 2]
    assert dimensions(torch.ones(50, 2), 5) == 0


@pytest.mark.parametrize("norm", ["none", "rms"])
def test_after_the_last_block_only_the_unembedding_is_left(norm: str) -> None:
    config = CONFIG.model_copy(update={"norm": norm, "positions": (1, 2), "n_layers": 2})
    net = Network(config, initial(config, generator("rest")))
    site = "blocks.1.hook_resid_post"
    tokens = torch.randint(11, (12, 3), generator=generator("tokens"))
    at, rows = torch.arange(12) % 2 + 1, torch.arange(3, 9)
    short, long = rest(net, site, tokens, at), hooked_rest(net, site, tokens, at)
    states = torch.randn(6, 16, generator=generator("states"))
    assert_close(short(states, rows), long(states, rows))
    own = net.activations(tokens, [site])[site][torch.arange(12), at]
    logits = net.logits(tokens)[torch.arange(12), at - 1]
    assert_close(long(own, torch.arange(12)), logits - logits.mean(dim=1, keepdim=True))


def test_heads_are_exchanged_side_by_side() -> None:
    net = Network(CONFIG, initial(CONFIG, generator("heads")))
    site, at = "blocks.0.attn.hook_z", torch.full((5,), 2)
    tokens = torch.randint(11, (5, 3), generator=generator("tokens"))
    own = net.activations(tokens, [site])[site].flatten(2)[:, 2]
    logits = net.logits(tokens)[:, 0]
    assert_close(rest(net, site, tokens, at)(own, torch.arange(5)), logits - logits.mean(dim=1, keepdim=True))


def test_controls_keep_scale_and_position() -> None:
    params = {name: 3 * value + 1 for name, value in initial(CONFIG, generator("p")).items()}
    fresh = redrawn(CONFIG, params, generator("fresh"))
    for name, value in fresh.items():
        if value.ndim == 1:
            assert not value.any()
        else:
            assert_close(value.norm(), params[name].norm())
            cosine = F.cosine_similarity(value.flatten(), (params[name] - 1).flatten(), dim=0)
            assert abs(float(cosine)) < 0.3
    at = torch.arange(60) % 3
    order = shuffled(at, generator("order"))
    assert torch.equal(at[order], at)
    assert sorted(order.tolist()) == list(range(60))
    assert not torch.equal(order, torch.arange(60))


# against TransformerLens


@pytest.mark.parametrize("site", ["blocks.1.hook_resid_mid", "blocks.1.hook_resid_post"])
def test_search_and_controls_agree_with_those_of_transformer_lens(trained: Mapping[str, Any], site: str) -> None:
    """In a trained network, after its last block and in the middle of it.

    TransformerLens learns from classes and ours from logits: it gets the class that the effect calls for, and the share
    of pairs in which the exchange gives that class is compared, of those where the base has another one.
    """
    from transformer_lens.tools.analysis import interchange as reference

    net, tokens = trained["deep"].network, trained["deep"].rows.tokens
    net.module.eval()
    everyone, place = torch.arange(len(tokens)), torch.full((len(tokens),), 5)
    states = net.activations(tokens, [site])[site][:, 5]
    labels = net.predict(tokens)[:, -1:].float()
    after = rest(net, site, tokens, place)
    with torch.no_grad():
        own = after(states, everyone)
    does = effect(labels, own, place)
    setting = Setting(states=states, at=place, labels=labels, rest=after, own=own, effect=does)
    base, source = (one.flatten() for one in torch.meshgrid(everyone, everyone, indexing="ij"))
    target = (own[base] + does.change(labels[base], labels[source], place[base])).argmax(dim=1)
    fits = torch.randperm(len(base), generator=generator("pairs"))[:512]
    held = target != own[base].argmax(dim=1)  # leaving the base alone is wrong
    assert int(held.sum()) > 200

    def logits(some: Tensor) -> Tensor:
        out: Tensor = net.module(some)[:, -1]
        return out

    def ours(basis: Tensor) -> Tensor:
        with torch.no_grad():
            return after(exchanged(states[base[held]], states[source[held]], basis), base[held])

    def theirs(basis: Tensor) -> Tensor:
        intervention = reference.SubspaceInterchange(basis)
        out: Tensor = reference.intervened_logits(
            net.module,
            site,
            intervention,
            tokens[base[held]],
            states[source[held]],
            logits,
            positions=place[base[held]],
        )
        return out - out.mean(dim=1, keepdim=True)

    def share(basis: Tensor) -> float:
        return float((ours(basis).argmax(dim=1) == target[held]).float().mean())

    def fitted(targets: Tensor) -> Tensor:
        basis: Tensor = reference.fit_das(
            net.module, site, tokens[base[fits]], tokens[source[fits]], targets, logits, rank=1, epochs=12, lr=3e-2,
            base_positions=place[base[fits]], source_positions=place[source[fits]],
        ).basis  # fmt: skip
        return basis

    found = search(setting, everyone, 1, generator("search"))
    known = fitted(target[fits])
    placebo = random_subspace(16, 1, generator("placebo"))
    arbitrary = fitted(reference.arbitrary_targets(source[fits].tolist(), 2, seed=0))
    for basis in (found, known, placebo, arbitrary):
        assert_close(ours(basis), theirs(basis), atol=1e-4, rtol=1e-4)
    assert abs(float((found.T @ known).item())) > 0.7
    assert share(found) > 0.6
    assert share(found) > share(known) - 0.1
    assert min(share(found), share(known)) > max(share(placebo), share(arbitrary)) + 0.3


def test_a_bound_variable_is_not_read_at_other_positions(trained: Mapping[str, Any]) -> None:
    net, strings = trained["deep"].network, trained["deep"].domain.everything()
    answers = net.predict(strings).float()  # (string, position 2 ... 5)
    site = "blocks.1.hook_resid_post"
    states = net.activations(strings, [site])[site]

    def rows(places: tuple[int, int]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        at = torch.tensor(places)[torch.arange(len(strings)) % 2]
        where = torch.randperm(len(strings), generator=generator("rows"))
        return states[where, at], strings[where], at, answers[where, at - 2][:, None]

    x, tokens, at, labels = rows((2, 4))
    asked, asked_tokens, asked_at, truth = rows((3, 5))
    free = World(
        wants=Wants.PREDICTIONS, size=8, active=2, shown=x, asked=asked, variables=("parity",), labels=labels,
        network=(net.config, net.params), site=site, shown_tokens=tokens, asked_tokens=asked_tokens,
        shown_at=at, asked_at=asked_at, domain=trained["deep"].domain,
    )  # fmt: skip
    bound = replace(free, labels=(labels - (at[:, None] == 4).float()).abs())
    assert reached(said("learnt", free), truth) > 0.5
    found = said("learnt", bound)
    assert found.p_present > 0.9  # at each labelled position it is there
    assert_close(found.values, bound.labels.mean(dim=0).expand(len(asked), 1))


def test_a_trial_measures_on_rows_that_the_search_did_not_see() -> None:
    rng = generator("chance")
    states, labels = torch.randn(60, 12, generator=rng), torch.randn(60, 1, generator=rng)
    head = torch.randn(12, 6, generator=rng)
    at = torch.zeros(60, dtype=torch.int64)
    found = trial(states, at, labels, lambda x, _: x @ head, rng, learnt=True)
    assert found.exchanged < 0.15
    assert found.decides < 0.1


# what cannot be said


def test_mistakes_and_what_is_not_applicable(trained: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match="learnt"):
        AlignmentSearch(subspace="learned")
    world, _ = network()
    assert world.network is not None
    unanswered = (CONFIG.model_copy(update={"positions": (1,)}), world.network[1])
    perceptron = trained["relu"].network
    for other, reason in (
        (sums()[0], "no network"),
        (replace(world, network=unanswered), "does not answer"),
        (replace(world, network=(perceptron.config, perceptron.params)), "transformers"),
        (replace(world, labels=world.labels[:10]), "wanted 20"),
        (replace(world, labels=torch.ones_like(world.labels)), "do not vary"),
    ):
        found = AlignmentSearch(subspace="learnt").predict(other, Context.seeded("n"))
        assert isinstance(found, NotApplicable)
        assert reason in found.reason
    assert isinstance(AlignmentSearch(subspace="learnt").codes(world, Context.seeded("n")), NotApplicable)
    assert world.site == SITE
