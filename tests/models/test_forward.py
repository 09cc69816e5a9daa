import pytest
import torch
from pydantic import TypeAdapter

from interpbench.models.config import MLPConfig, ModelConfig, RecurrentConfig, TransformerConfig
from interpbench.models.forward import initial, logits

CONFIGS: list[ModelConfig] = [
    TransformerConfig(vocabulary=5, length=3, positions=(0, 2), classes=4, d_model=8, n_heads=2, d_mlp=8),
    MLPConfig(vocabulary=5, length=3, positions=(0, 2), classes=4, d_mlp=8),
    RecurrentConfig(vocabulary=5, length=3, positions=(0, 2), classes=4, d_model=8),
]
TOKENS = torch.tensor([[0, 1, 2], [4, 4, 4]])


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: str(config.kind))
def test_initial_parameters_follow_the_generator_alone(config: ModelConfig) -> None:
    first, again, other = (initial(config, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first if first[name].ndim > 1)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: str(config.kind))
def test_scale_multiplies_every_weight(config: ModelConfig) -> None:
    plain = initial(config, torch.Generator().manual_seed(0))
    scaled = initial(config, torch.Generator().manual_seed(0), 3.0)
    assert all(torch.allclose(3 * plain[name], scaled[name]) for name in plain)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: str(config.kind))
def test_rows_of_a_batch_do_not_see_each_other(config: ModelConfig) -> None:
    params = initial(config, torch.Generator().manual_seed(0))
    together = logits(config, params, TOKENS)
    alone = torch.cat([logits(config, params, row[None]) for row in TOKENS])
    assert together.shape == (2, 2, 4)
    assert torch.allclose(together, alone, atol=1e-6)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: str(config.kind))
def test_gradients_of_rows_under_vmap_sum_to_the_gradient_of_the_batch(config: ModelConfig) -> None:
    params = initial(config, torch.Generator().manual_seed(0))

    def total(weights: dict[str, torch.Tensor], rows: torch.Tensor) -> torch.Tensor:
        return logits(config, weights, rows).logsumexp(-1).sum()

    per_row = torch.func.vmap(lambda row: torch.func.grad(total)(params, row[None]))(TOKENS)
    whole = torch.func.grad(total)(params, TOKENS)
    for name, value in whole.items():
        assert torch.allclose(per_row[name].sum(dim=0), value, atol=1e-5), name
    assert any(bool(value.any()) for value in whole.values())


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: str(config.kind))
def test_a_configuration_survives_the_manifest(config: ModelConfig) -> None:
    adapter: TypeAdapter[ModelConfig] = TypeAdapter(ModelConfig)
    assert adapter.validate_json(config.model_dump_json()) == config
