from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from interpbench.models.config import MLPConfig, ModelConfig, RecurrentConfig, TransformerConfig
from interpbench.models.forward import initial
from interpbench.models.subject import Hidden, Network, Subject, TierError

CONFIGS: dict[str, ModelConfig] = {
    "transformer": TransformerConfig(
        vocabulary=5, length=3, positions=(0, 2), classes=4, n_layers=2, d_model=8, n_heads=2, d_mlp=8
    ),
    "mlp": MLPConfig(vocabulary=5, length=3, positions=(0, 2), classes=4, d_mlp=8),
    "gru": RecurrentConfig(vocabulary=5, length=3, positions=(0, 2), classes=4, d_model=8),
}
TOKENS = torch.tensor([[0, 1, 2], [4, 4, 4], [3, 0, 1]])


def network(kind: str) -> Network:
    return Network(CONFIGS[kind], initial(CONFIGS[kind], torch.Generator().manual_seed(0)))


ASKED: dict[str, tuple[Callable[[Subject], object], str, str]] = {
    "config": (lambda s: s.config, "the architecture", "weights"),
    "params": (lambda s: s.params, "weights", "weights"),
    "module": (lambda s: s.module, "hooks", "weights"),
    "sites": (lambda s: s.sites, "activations", "weights"),
    "activations": (lambda s: s.activations(TOKENS, ["hook_pre"]), "activations", "weights"),
    "run_with_hooks": (lambda s: s.run_with_hooks(TOKENS, []), "hooks", "weights"),
    "earlier": (lambda s: s.earlier, "earlier checkpoints", "checkpoints"),
    "functional": (lambda s: s.functional({}, TOKENS), "the architecture", "weights"),
}


@pytest.mark.parametrize("tier", ["data", "behaviour"])
@pytest.mark.parametrize("asked", ASKED)
def test_what_a_tier_lacks_names_the_tier_to_declare(tier: str, asked: str) -> None:
    ask, what, needed = ASKED[asked]
    hidden = Hidden(tier, network("mlp").logits if tier == "behaviour" else None)
    with pytest.raises(TierError) as caught:
        ask(hidden)
    assert str(caught.value) == (
        f"{what}: not part of tier {tier!r}, which this method declares; "
        f"declare `tier = Tier.{needed.upper()}` to get them"
    )


@pytest.mark.parametrize("ask", [lambda s: s.logits(TOKENS), lambda s: s.predict(TOKENS)])
def test_at_tier_data_there_is_nobody_to_ask(ask: Callable[[Subject], Tensor]) -> None:
    with pytest.raises(TierError, match=r"answers to queries: .* declare `tier = Tier.BEHAVIOUR` to get them"):
        ask(Hidden("data", None))


def test_earlier_checkpoints_are_of_tier_checkpoints() -> None:
    with pytest.raises(TierError, match=r"^earlier checkpoints: .*'weights'.* declare `tier = Tier.CHECKPOINTS`"):
        _ = network("mlp").earlier
    first = network("mlp")
    assert list(Network(first.config, first.params, [first]).earlier) == [first]
    assert list(Network(first.config, first.params, ()).earlier) == []


def test_at_tier_behaviour_the_proxy_answers() -> None:
    shown = network("gru")
    hidden = Hidden("behaviour", shown.logits)
    assert torch.equal(hidden.logits(TOKENS), shown.logits(TOKENS))
    assert torch.equal(hidden.predict(TOKENS), shown.logits(TOKENS).argmax(-1))


@pytest.mark.parametrize("kind", CONFIGS)
def test_hooks_and_pure_function_are_one_network(kind: str) -> None:
    subject = network(kind)
    want = subject.logits(TOKENS)
    assert want.shape == (3, 2, 4)
    assert not want.requires_grad
    assert torch.allclose(subject.run_with_hooks(TOKENS, []), want, atol=1e-5)
    assert torch.allclose(subject.functional(subject.params, TOKENS), want, atol=1e-6)


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_hook_at_every_site_changes_the_logits(kind: str) -> None:
    subject = network(kind)
    for site in subject.sites:
        out = subject.run_with_hooks(TOKENS, [(site, lambda value, hook: value + 1)])
        assert not torch.allclose(out, subject.logits(TOKENS), atol=1e-3), site
    assert torch.allclose(subject.run_with_hooks(TOKENS, []), subject.logits(TOKENS), atol=1e-5)  # hooks do not stay


@pytest.mark.parametrize("kind", CONFIGS)
def test_activations_have_a_batch_and_a_width_and_no_gradient(kind: str) -> None:
    subject = network(kind)
    found = subject.activations(TOKENS, subject.sites)
    assert tuple(found) == subject.sites
    for value in found.values():
        assert value.shape[0] == 3
        assert value.shape[2] == 8
        assert not value.requires_grad


def test_the_last_site_holds_what_the_head_reads() -> None:
    for kind, head in (("transformer", "head.weight"), ("gru", "head.weight")):
        subject = network(kind)
        last = subject.activations(TOKENS, subject.sites[-1:])[subject.sites[-1]]
        assert torch.allclose(last[:, [0, 2]] @ subject.params[head].T, subject.logits(TOKENS), atol=1e-5)
    mlp = network("mlp")
    post = mlp.activations(TOKENS, ["hook_post"])["hook_post"][:, 0]
    flat = post @ mlp.params["head.weight"].T + mlp.params["head.bias"]
    assert torch.allclose(flat.view(3, 2, 4), mlp.logits(TOKENS), atol=1e-5)


def test_an_unknown_activation_is_named_with_those_that_there_are() -> None:
    with pytest.raises(KeyError, match=r"no activation 'hook_q' in a mlp; it has \['hook_post', 'hook_pre'\]"):
        network("mlp").activations(TOKENS, ["hook_pre", "hook_q"])


@pytest.mark.parametrize("kind", CONFIGS)
def test_writing_to_the_hooked_module_leaves_the_weights_alone(kind: str) -> None:
    subject = network(kind)
    want = subject.logits(TOKENS)
    with torch.no_grad():
        for parameter in subject.module.parameters():
            parameter.zero_()
    assert torch.equal(subject.logits(TOKENS), want)


@pytest.mark.parametrize("kind", CONFIGS)
def test_gradients_flow_through_the_functional_form(kind: str) -> None:
    subject = network(kind)
    leaves = {name: value.clone().requires_grad_() for name, value in subject.params.items()}
    subject.functional(leaves, TOKENS).logsumexp(-1).sum().backward()  # type: ignore[no-untyped-call]
    assert all(value.grad is not None for value in leaves.values())
    assert not any(value.requires_grad for value in subject.params.values())
