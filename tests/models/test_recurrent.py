"""The reference is `torch.nn.GRU` behind an embedding."""

import pytest
import torch
from torch import Tensor, nn

from interpbench.models.config import RecurrentConfig
from interpbench.models.forward import initial, logits
from interpbench.models.recurrent import states

VOCABULARY, LENGTH, CLASSES, WIDTH = 5, 6, 3, 12


def config(positions: tuple[int, ...]) -> RecurrentConfig:
    return RecurrentConfig(vocabulary=VOCABULARY, length=LENGTH, positions=positions, classes=CLASSES, d_model=WIDTH)


def random_params(seed: int = 0) -> dict[str, Tensor]:
    rng = torch.Generator().manual_seed(seed)
    params = initial(config((0,)), rng, scale=1.5)
    return {
        name: value if value.ndim > 1 else torch.randn(value.shape, generator=rng) for name, value in params.items()
    }


def tokens() -> Tensor:
    return torch.randint(VOCABULARY, (8, LENGTH), generator=torch.Generator().manual_seed(1))


def reference(params: dict[str, Tensor], inputs: Tensor) -> Tensor:
    gru = nn.GRU(WIDTH, WIDTH, batch_first=True)
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    gru.load_state_dict({f"{name}_l0": params[name] for name in names})
    with torch.no_grad():
        out: Tensor = gru(params["tok_embed.weight"][inputs])[0]
    return out


@pytest.mark.parametrize("positions", [(LENGTH - 1,), (0,), (1, 4), tuple(range(LENGTH))])
def test_it_equals_torch_at_the_answer_positions(positions: tuple[int, ...]) -> None:
    params = random_params()
    want = reference(params, tokens())[:, list(positions)] @ params["head.weight"].T
    assert torch.allclose(logits(config(positions), params, tokens()), want, atol=1e-5, rtol=1e-5)
    assert torch.allclose(states(config(positions), params, tokens()), reference(params, tokens()), atol=1e-6)


@pytest.mark.parametrize("name", sorted(random_params()))
def test_control_every_changed_parameter_changes_the_logits(name: str) -> None:
    of, params = config((LENGTH - 1,)), random_params()
    changed = params | {name: params[name].roll(1, dims=0)}
    assert not torch.allclose(logits(of, changed, tokens()), logits(of, params, tokens()), atol=1e-2)


def test_control_another_order_of_gates_is_another_network() -> None:
    of, params = config((LENGTH - 1,)), random_params()
    reset, update, new = params["weight_hh"].chunk(3)
    wrong = params | {"weight_hh": torch.cat([update, reset, new])}
    want = reference(params, tokens())[:, -1:] @ params["head.weight"].T
    assert not torch.allclose(logits(of, wrong, tokens()), want, atol=1e-2)


def test_tokens_after_the_last_answer_do_not_matter() -> None:
    of, params = config((2,)), random_params()
    later = tokens()
    later[:, 3:] = (later[:, 3:] + 1) % VOCABULARY
    assert torch.equal(logits(of, params, later), logits(of, params, tokens()))
