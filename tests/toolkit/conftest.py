from collections.abc import Mapping
from dataclasses import dataclass

import pytest
import torch

from interpbench.models.config import MLPConfig, ModelConfig, RecurrentConfig, TransformerConfig
from interpbench.models.data import Rows
from interpbench.models.forward import initial
from interpbench.models.names import generator
from interpbench.models.subject import Network


@dataclass(frozen=True, kw_only=True)
class Case:
    subject: Network
    rows: Rows


def _case(name: str, config: ModelConfig) -> Case:
    rng = generator("toolkit", name)
    params = {key: value + 0.1 * torch.randn(value.shape, generator=rng) for key, value in initial(config, rng).items()}
    tokens = torch.randint(config.vocabulary, (14, config.length), generator=rng)
    labels = torch.randint(config.classes, (14, len(config.positions)), generator=rng)
    return Case(subject=Network(config, params), rows=Rows(tokens=tokens, labels=labels))


@pytest.fixture(scope="session")
def untrained() -> Mapping[str, Case]:
    """One random network of each architecture with random rows; nothing about it is special, biases included."""
    last = {"vocabulary": 5, "length": 3, "positions": (2,), "classes": 4}
    every = {"vocabulary": 3, "length": 4, "positions": (1, 3), "classes": 3}
    configs: dict[str, ModelConfig] = {
        "transformer": TransformerConfig(**every, n_layers=2, d_model=8, n_heads=2, d_mlp=12),  # type: ignore[arg-type]
        "gelu": TransformerConfig(**last, d_model=8, n_heads=2, d_mlp=12, activation="gelu"),  # type: ignore[arg-type]
        "square": MLPConfig(**every, d_mlp=10, activation="square"),  # type: ignore[arg-type]
        "relu": MLPConfig(**last, d_mlp=10, activation="relu"),  # type: ignore[arg-type]
        "gru": RecurrentConfig(**every, d_model=6),  # type: ignore[arg-type]
    }
    return {name: _case(name, config) for name, config in configs.items()}
