"""The reference is TransformerLens' own bridge, which computes every position and every module."""

import pytest
import torch
from torch import Tensor

from interpbench.models import transformer
from interpbench.models.config import TransformerConfig
from interpbench.models.disguise import disguise
from interpbench.models.forward import initial, logits
from interpbench.models.hooked import boot_bridge
from interpbench.models.names import generator, numpy_generator

VOCABULARY, LENGTH, CLASSES = 7, 5, 6
TOLERANCE = 1e-6
"""Relative to the largest logit; measured 1e-7 to 3e-7 at these sizes."""


def config(
    n_layers: int = 1,
    activation: str = "relu",
    positions: tuple[int, ...] = (LENGTH - 1,),
    n_heads: int = 4,
    blocked: tuple[tuple[int, int], ...] = (),
) -> TransformerConfig:
    return TransformerConfig.model_validate(
        {
            "vocabulary": VOCABULARY,
            "length": LENGTH,
            "classes": CLASSES,
            "positions": positions,
            "n_layers": n_layers,
            "n_heads": n_heads,
            "d_model": 16,
            "d_mlp": 24,
            "activation": activation,
            "blocked": blocked,
        }
    )


def random_params(of: TransformerConfig, seed: int = 0) -> dict[str, Tensor]:
    """Biases too: they start at zero, where an error in them would not show."""
    rng = torch.Generator().manual_seed(seed)
    params = initial(of, rng, scale=1.5)
    return {
        name: value if value.ndim > 1 else torch.randn(value.shape, generator=rng) for name, value in params.items()
    }


def some_tokens(count: int = 9) -> Tensor:
    return torch.randint(VOCABULARY, (count, LENGTH), generator=torch.Generator().manual_seed(1))


def from_bridge(of: TransformerConfig, params: dict[str, Tensor], tokens: Tensor) -> Tensor:
    with torch.no_grad():
        out: Tensor = boot_bridge(of, params)(tokens)
    return out[:, list(of.positions)]


def relative(got: Tensor, want: Tensor) -> float:
    return float((got - want).abs().max() / want.abs().max())


@pytest.mark.parametrize("n_layers", [1, 2])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("positions", [(LENGTH - 1,), (0,), (1, 3), tuple(range(LENGTH))])
def test_it_equals_the_bridge_at_the_answer_positions(
    n_layers: int, activation: str, positions: tuple[int, ...]
) -> None:
    of = config(n_layers, activation, positions)
    params, tokens = random_params(of), some_tokens()
    got = logits(of, params, tokens)
    assert got.shape == (len(tokens), len(positions), CLASSES)
    assert relative(got, from_bridge(of, params, tokens)) < TOLERANCE


@pytest.mark.parametrize("name", sorted(random_params(config(2))))
def test_control_every_changed_parameter_changes_both_alike(name: str) -> None:
    of = config(2, "gelu", (1, LENGTH - 1))
    params, tokens = random_params(of), some_tokens()
    changed = params | {
        name: params[name] + torch.randn(params[name].shape, generator=torch.Generator().manual_seed(2))
    }
    before, after = logits(of, params, tokens), logits(of, changed, tokens)
    if name.endswith("attn.k.bias"):  # adds the same to all scores of a query, which softmax does not see
        assert relative(after, before) < TOLERANCE
    else:
        assert relative(after, before) > 1e-3
    assert relative(after, from_bridge(of, changed, tokens)) < TOLERANCE


def test_control_the_number_of_heads_matters() -> None:
    of, tokens = config(), some_tokens()
    params = random_params(of)
    assert relative(logits(config(n_heads=2), params, tokens), logits(of, params, tokens)) > 1e-2


def test_it_is_causal() -> None:
    of = config(2, positions=(2,))
    params, tokens = random_params(of), some_tokens()
    later, earlier = tokens.clone(), tokens.clone()
    later[:, 3:] = (later[:, 3:] + 1) % VOCABULARY
    earlier[:, 0] = (earlier[:, 0] + 1) % VOCABULARY
    assert torch.equal(logits(of, params, later), logits(of, params, tokens))
    assert relative(logits(of, params, earlier), logits(of, params, tokens)) > 1e-2


@pytest.mark.parametrize("n_layers", [1, 2])
def test_it_equals_the_bridge_where_attention_is_blocked(n_layers: int) -> None:
    of = config(n_layers, positions=(2, 4), blocked=((4, 0), (4, 2), (2, 1)))
    params, tokens = random_params(of), some_tokens()
    assert relative(logits(of, params, tokens), from_bridge(of, params, tokens)) < TOLERANCE
    open_to_all = config(n_layers, positions=(2, 4))
    assert relative(logits(of, params, tokens), logits(open_to_all, params, tokens)) > 1e-2


def test_the_bridge_s_hooks_see_the_block() -> None:
    of = config(blocked=((4, 0), (4, 2)))
    with torch.no_grad():
        _, cache = boot_bridge(of, random_params(of)).run_with_cache(some_tokens())
    pattern = cache["blocks.0.attn.hook_pattern"]  # (batch, head, query, key)
    assert not pattern[:, :, 4, [0, 2]].any()
    assert bool((pattern[:, :, 4, [1, 3, 4]] > 0).all())
    assert bool((pattern[:, :, 3, :4] > 0).all())


def test_what_one_layer_may_not_look_at_changes_nothing_to_the_last_bit() -> None:
    of = config(blocked=((4, 0), (4, 2)))
    params, tokens = random_params(of), some_tokens()
    hidden, seen = tokens.clone(), tokens.clone()
    hidden[:, [0, 2]] = (hidden[:, [0, 2]] + 1) % VOCABULARY
    seen[:, 1] = (seen[:, 1] + 1) % VOCABULARY
    assert torch.equal(logits(of, params, hidden), logits(of, params, tokens))
    assert relative(logits(of, params, seen), logits(of, params, tokens)) > 1e-2


def test_initial_weights_are_normal_with_the_stated_deviation_and_biases_zero() -> None:
    of = TransformerConfig(vocabulary=300, length=200, positions=(1,), classes=50, d_model=64, d_mlp=128)
    params = initial(of, torch.Generator().manual_seed(0), scale=3.0)
    for name, value in params.items():
        if value.ndim == 1:
            assert not value.any()
        else:
            assert float(value.std()) == pytest.approx(3.0 / value.shape[1] ** 0.5, rel=0.05), name
            assert abs(float(value.mean())) < 0.05 * float(value.std()) + 1e-3, name


def test_initial_names_are_those_of_the_bridge() -> None:
    from interpbench.models.hooked import native_names

    of = config(2)
    params = transformer.initial(of, torch.Generator().manual_seed(0), 1.0)
    shapes = {name: value.shape for name, value in native_names(boot_bridge(of, params)).items()}
    assert shapes == {name: value.shape for name, value in params.items()}


def test_norms_are_those_of_the_bridge_and_a_rotation_changes_nothing() -> None:
    shape = TransformerConfig(
        vocabulary=8, length=6, positions=(5,), classes=4, n_layers=2, d_model=16, n_heads=4, d_mlp=32, norm="rms"
    )
    params = initial(shape, generator("norms"), 1.0)
    tokens = torch.randint(8, (10, 6), generator=generator("norms", "tokens"))
    here = logits(shape, params, tokens)
    torch.testing.assert_close(boot_bridge(shape, params)(tokens)[:, 5], here[:, 0], rtol=1e-5, atol=1e-5)
    hidden = disguise(shape, params, numpy_generator("norms"))
    torch.testing.assert_close(logits(shape, hidden, tokens), here, rtol=1e-4, atol=1e-5)
    assert "norm" not in shape.model_copy(update={"norm": "none"}).model_dump(mode="json")
    assert float((here - logits(shape.model_copy(update={"norm": "none"}), params, tokens)).abs().max()) > 0.1
