"""A disguise is another basis of the same function.

Measured on trained networks of the tasks (20 disguises each): relative error in float32 at most 6.4e-7 for transformers
and 6.3e-7 for perceptrons, but 7e-6 for recurrent nets, whose own rounding (float32 against float64, undisguised) is
3e-6.
"""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from interpbench.models import disguise as module
from interpbench.models.config import MLPConfig, ModelConfig, RecurrentConfig, TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.disguise import disguise, random_rotation
from interpbench.models.forward import Params, initial, logits
from interpbench.models.train import Training, train

P = 7
TABLE = Domain(alphabets=(tuple(range(P)),) * 2, positions=(1,), classes=P)
BITS = Domain(alphabets=((0, 1),) * 6, positions=tuple(range(6)), classes=2)
CONFIGS: dict[str, ModelConfig] = {
    "transformer": TransformerConfig(
        vocabulary=P, length=2, positions=(1,), classes=P, n_layers=2, d_model=16, n_heads=4, d_mlp=24
    ),
    "mlp": MLPConfig(vocabulary=P, length=2, positions=(1,), classes=P, d_mlp=24, activation="square"),
    "gru": RecurrentConfig(vocabulary=2, length=6, positions=tuple(range(6)), classes=2, d_model=12),
}
RELATIVE = {"transformer": 1e-6, "mlp": 1e-6, "gru": 2e-5}


def domain_of(kind: str) -> Domain:
    return BITS if kind == "gru" else TABLE


def all_rows(kind: str) -> Rows:
    tokens = domain_of(kind).everything()
    labels = tokens.cumsum(dim=1) % 2 if kind == "gru" else tokens.sum(dim=1, keepdim=True) % P
    return Rows(tokens=tokens, labels=labels)


@pytest.fixture(scope="module")
def trained() -> dict[str, Params]:
    """Trained, since weights that have grown are where float32 would hurt; with biases that are not zero."""
    out = {}
    for kind, config in CONFIGS.items():
        rng = torch.Generator().manual_seed(0)
        out[kind], _ = train(config, all_rows(kind), Training(max_steps=250, weight_decay=0.1), rng)
    return out


def random_params(kind: str, seed: int) -> Params:
    rng = torch.Generator().manual_seed(seed)
    params = initial(CONFIGS[kind], rng)
    return {
        name: torch.randn(value.shape, generator=rng) if value.ndim == 1 else value for name, value in params.items()
    }


def relative(got: Tensor, want: Tensor) -> float:
    return float((got - want).abs().max() / want.abs().max())


def exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves the result in float64."""
    monkeypatch.setattr(torch.Tensor, "float", lambda self: self)


@pytest.mark.parametrize("kind", CONFIGS)
@pytest.mark.parametrize("rotate", [True, False])
def test_in_float32_logits_stay_within_the_stated_error(kind: str, rotate: bool, trained: dict[str, Params]) -> None:
    config, tokens = CONFIGS[kind], domain_of(kind).everything()
    want = logits(config, trained[kind], tokens)
    for seed in range(5):
        other = disguise(config, trained[kind], np.random.default_rng(seed), rotate=rotate)
        got = logits(config, other, tokens)
        assert relative(got, want) < RELATIVE[kind]
        assert torch.equal(got.argmax(-1), want.argmax(-1))
        assert {name: (v.shape, v.dtype) for name, v in other.items()} == {
            name: (v.shape, torch.float32) for name, v in trained[kind].items()
        }


@pytest.mark.parametrize("kind", CONFIGS)
def test_in_float64_logits_are_unchanged(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    config, tokens = CONFIGS[kind], domain_of(kind).everything()
    params = {name: value.double() for name, value in random_params(kind, 0).items()}
    want = logits(config, params, tokens)
    exactly(monkeypatch)
    other = disguise(config, params, np.random.default_rng(0))
    assert relative(logits(config, other, tokens), want) < 1e-12


@pytest.mark.parametrize("kind", CONFIGS)
@given(seed=st.integers(0, 2**32 - 1), rotate=st.booleans())
def test_every_matrix_and_bias_keeps_its_norm(kind: str, seed: int, rotate: bool) -> None:
    params = random_params(kind, seed % 5)
    other = disguise(CONFIGS[kind], params, np.random.default_rng(seed), rotate=rotate)
    assert set(other) == set(params)
    for name, value in params.items():
        assert float(other[name].norm()) == pytest.approx(float(value.norm()), rel=1e-5), name


@pytest.mark.parametrize("kind", CONFIGS)
def test_it_changes_the_weights_and_leaves_the_original_alone(kind: str) -> None:
    params = random_params(kind, 0)
    before = {name: value.clone() for name, value in params.items()}
    other = disguise(CONFIGS[kind], params, np.random.default_rng(0))
    fixed = {"head.bias"} if kind == "mlp" else set()
    assert {name for name in params if torch.equal(other[name], params[name])} == fixed
    for value in other.values():
        value.zero_()
    assert all(torch.equal(before[name], value) for name, value in params.items())


@pytest.mark.parametrize("kind", CONFIGS)
def test_equal_names_give_equal_disguises_and_others_do_not(kind: str) -> None:
    params, config = random_params(kind, 0), CONFIGS[kind]
    first, again, other = (disguise(config, params, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert all(torch.equal(first[name], again[name]) for name in params)
    assert any(not torch.equal(first[name], other[name]) for name in params)


def test_unrotated_the_stream_keeps_its_basis() -> None:
    params, config = random_params("transformer", 0), CONFIGS["transformer"]
    other = disguise(config, params, np.random.default_rng(0), rotate=False)
    for name in ("tok_embed.weight", "pos.weight", "head.weight", "layers.0.attn.o.bias", "layers.1.mlp.fc_out.bias"):
        assert torch.equal(other[name], params[name]), name
    for name in ("layers.0.mlp.fc_in.weight", "layers.0.attn.q.weight"):  # rows move, and none changes
        assert sorted(other[name].tolist()) == sorted(params[name].tolist()), name
        assert not torch.equal(other[name], params[name]), name


def test_rotated_no_direction_of_the_stream_stays() -> None:
    params, config = random_params("transformer", 0), CONFIGS["transformer"]
    other = disguise(config, params, np.random.default_rng(0))
    columns = torch.nn.functional.normalize(params["tok_embed.weight"], dim=0)
    moved = torch.nn.functional.normalize(other["tok_embed.weight"], dim=0)
    assert float((columns.T @ moved).abs().max()) < 0.99


def test_heads_move_as_blocks() -> None:
    params, config = random_params("transformer", 0), CONFIGS["transformer"]
    blocks = {tuple(block.flatten().tolist()) for block in params["layers.0.attn.v.weight"].chunk(4)}
    orders = set()
    for seed in range(8):
        other = disguise(config, params, np.random.default_rng(seed), rotate=False)
        found = [tuple(block.flatten().tolist()) for block in other["layers.0.attn.v.weight"].chunk(4)]
        assert set(found) == blocks
        orders.add(tuple(found))
    assert len(orders) > 1


def _swap_two(params: Params, name: str, dim: int) -> Params:
    order = torch.arange(params[name].shape[dim])
    order[:2] = order[:2].flip(0)
    return params | {name: params[name].index_select(dim, order)}


@pytest.mark.parametrize(
    ("kind", "name", "dim"),
    [
        ("transformer", "layers.0.mlp.fc_in.weight", 0),
        ("transformer", "layers.1.mlp.fc_out.weight", 1),
        ("transformer", "layers.0.attn.v.weight", 0),
        ("transformer", "tok_embed.weight", 1),
        ("mlp", "embed.weight", 2),
        ("mlp", "head.weight", 1),
        ("gru", "weight_hh", 1),
        ("gru", "weight_ih", 0),
    ],
)
def test_control_a_permutation_of_one_side_alone_breaks_the_logits(kind: str, name: str, dim: int) -> None:
    params, config, tokens = random_params(kind, 0), CONFIGS[kind], domain_of(kind).everything()
    want = logits(config, params, tokens)
    assert relative(logits(config, _swap_two(params, name, dim), tokens), want) > 1e-3


@pytest.mark.parametrize(
    "wrong",
    [lambda size, rng: torch.eye(size, dtype=torch.float64) * 1.01, lambda size, rng: torch.randn(size, size).double()],
    ids=["scaled", "not orthogonal"],
)
@pytest.mark.parametrize("kind", ["transformer", "gru"])
def test_control_what_is_no_rotation_breaks_the_logits(
    kind: str, wrong: Callable[[int, np.random.Generator], Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    params, config, tokens = random_params(kind, 0), CONFIGS[kind], domain_of(kind).everything()
    monkeypatch.setattr(module, "random_rotation", wrong)
    got = logits(config, disguise(config, params, np.random.default_rng(0)), tokens)
    assert relative(got, logits(config, params, tokens)) > 1e-3


@given(size=st.integers(2, 12), seed=st.integers(0, 2**32 - 1))
def test_a_rotation_is_orthogonal(size: int, seed: int) -> None:
    rotation = random_rotation(size, np.random.default_rng(seed))
    assert torch.allclose(rotation @ rotation.T, torch.eye(size, dtype=torch.float64), atol=1e-12)


def test_rotations_are_haar_in_their_first_moments() -> None:
    """Without the signs of R's diagonal, QR prefers one sign of the diagonal."""
    drawn = torch.stack([random_rotation(3, np.random.default_rng(seed)) for seed in range(3000)])
    assert float(drawn.mean(dim=0).abs().max()) < 0.05  # the deviation of a mean is .011
    assert float((drawn.square().mean(dim=0) - 1 / 3).abs().max()) < 0.03
    assert float((drawn.det() > 0).double().mean()) == pytest.approx(0.5, abs=0.04)


def test_what_attention_may_not_use_stays_unused_to_the_last_bit() -> None:
    config = TransformerConfig(
        vocabulary=P, length=4, positions=(3,), classes=P, d_model=16, n_heads=4, d_mlp=24, blocked=((3, 0), (3, 2))
    )
    params = initial(config, torch.Generator().manual_seed(0), 2.0)
    tokens = torch.randint(P, (50, 4), generator=torch.Generator().manual_seed(1))
    other = disguise(config, params, np.random.default_rng(0))
    assert relative(logits(config, other, tokens), logits(config, params, tokens)) < RELATIVE["transformer"]
    hidden = tokens.clone()
    hidden[:, [0, 2]] = (hidden[:, [0, 2]] + 1) % P
    assert torch.equal(logits(config, other, hidden), logits(config, other, tokens))
