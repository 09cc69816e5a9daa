from collections.abc import Mapping
from dataclasses import dataclass

import pytest
import torch

from interpbench.models.config import MLPConfig, ModelConfig, RecurrentConfig, TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.names import generator
from interpbench.models.subject import Hidden, Network
from interpbench.models.train import Training, train


@dataclass(frozen=True, kw_only=True)
class Case:
    network: Network
    rows: Rows
    domain: Domain

    @property
    def hidden(self) -> Hidden:
        return Hidden("behaviour", self.network.logits)


def _case(name: str, config: ModelConfig, rows: Rows, domain: Domain) -> Case:
    shown = rows.sample(len(rows) * 6 // 10, generator("methods", "shown"))
    settings = Training(weight_decay=0.3, max_steps=400, stop_loss=0.005)
    params, _ = train(config, shown, settings, generator("methods", name))
    network = Network(config, params)
    assert torch.equal(network.predict(shown.tokens), shown.labels), f"{name} did not fit its rows"
    return Case(network=network, rows=shown, domain=domain)


@pytest.fixture(scope="session")
def trained() -> Mapping[str, Case]:
    """One trained subject of each architecture: (a + b) mod 7 for tables, running parity for sequences."""
    table = Domain(alphabets=(tuple(range(7)),) * 2, positions=(1,), classes=7)
    pairs = table.everything()
    sums = Rows(tokens=pairs, labels=pairs.sum(dim=1, keepdim=True) % 7)
    bits = Domain(alphabets=((0, 1),) * 6, positions=(2, 3, 4, 5), classes=2)
    strings = bits.everything()
    parity = Rows(tokens=strings, labels=strings.cumsum(dim=1)[:, 2:] % 2)
    one = {"vocabulary": 7, "length": 2, "positions": (1,), "classes": 7}
    many = {"vocabulary": 2, "length": 6, "positions": (2, 3, 4, 5), "classes": 2}
    return {
        "transformer": _case("t", TransformerConfig(**one, d_model=16, n_heads=2, d_mlp=32), sums, table),  # type: ignore[arg-type]
        "deep": _case("d", TransformerConfig(**many, n_layers=2, d_model=16, n_heads=2, d_mlp=32), parity, bits),  # type: ignore[arg-type]
        "square": _case("s", MLPConfig(**one, d_mlp=32, activation="square"), sums, table),  # type: ignore[arg-type]
        "relu": _case("r", MLPConfig(**many, d_mlp=32, activation="relu"), parity, bits),  # type: ignore[arg-type]
        "gru": _case("g", RecurrentConfig(**many, d_model=12), parity, bits),  # type: ignore[arg-type]
    }
