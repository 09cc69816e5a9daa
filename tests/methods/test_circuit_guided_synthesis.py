from collections.abc import Mapping

import numpy as np
import pytest
import torch

from interpbench.models.config import MLPConfig, ModelConfig, RecurrentConfig, TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import Params, initial
from interpbench.models.names import generator
from interpbench.models.subject import Network
from interpbench.models.train import Training, train
from interpbench.theory import parse
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import Extracted
from interpbench_methods.circuit_guided_synthesis import CircuitGuidedSynthesis
from interpbench_methods.circuit_guided_synthesis.interchange import interchanges, swaps
from interpbench_methods.circuit_guided_synthesis.operations import operations_of

LENGTH, LETTERS = 6, 4
DOMAIN = Domain(alphabets=(tuple(range(LETTERS)),) * LENGTH, positions=(LENGTH - 1,), classes=2)
SHAPE = {"vocabulary": LETTERS, "length": LENGTH, "positions": (LENGTH - 1,), "classes": 2}
NONE = Rows(tokens=torch.zeros(0, LENGTH, dtype=torch.int64), labels=torch.zeros(0, 1, dtype=torch.int64))


def rule(tokens: torch.Tensor) -> torch.Tensor:
    """Whether x[1] or x[4] is above 1: letters 0 and 1, and 2 and 3, are exchangeable."""
    return ((tokens[:, 1] > 1) | (tokens[:, 4] > 1)).long()


@pytest.fixture(scope="module")
def networks() -> Mapping[str, Network]:
    tokens = DOMAIN.everything()
    some = tokens[torch.randperm(len(tokens), generator=generator("c"))[:1200]]
    rows = Rows(tokens=some, labels=rule(some)[:, None])
    settings = Training(learning_rate=5e-3, weight_decay=0.01, max_steps=150, stop_loss=0.002)
    configs: dict[str, ModelConfig] = {
        "transformer": TransformerConfig(**SHAPE, d_model=16, n_heads=2, d_mlp=32),  # type: ignore[arg-type]
        "gru": RecurrentConfig(**SHAPE, d_model=12),  # type: ignore[arg-type]
    }
    made = {}
    for name, config in configs.items():
        params, _ = train(config, rows, settings, generator("c", name))
        made[name] = Network(config, params)
        assert float((made[name].predict(tokens)[:, 0] == rule(tokens)).float().mean()) > 0.995
    return made


def test_effects_are_those_of_a_network_written_by_hand() -> None:
    """A perceptron whose logits are x[1] and 0: letters t and u are (t - u)^2 / 2 apart, at position 1 alone."""
    config = MLPConfig(vocabulary=LETTERS, length=LENGTH, positions=(0,), classes=2, d_mlp=1)
    params: Params = {name: torch.zeros_like(value) for name, value in initial(config, generator("z")).items()}
    params["embed.weight"][1, :, 0] = torch.arange(LETTERS).float()
    params["head.weight"][0] = 1
    subject = Network(config, params)
    assert subject.logits(torch.tensor([[0, 3, 0, 0, 0, 0]])).flatten().tolist() == [3, 0]
    letters = np.arange(LETTERS)
    found = interchanges(subject, DOMAIN, 16, generator("e"))
    assert np.allclose(found.apart[1], (letters[:, None] - letters) ** 2 / 2)
    assert np.allclose(np.delete(found.apart, 1, axis=0), 0)
    assert found.together == pytest.approx(0, abs=1e-6)  # nothing is nonlinear where x[1] is not negative


@pytest.mark.parametrize("name", ["transformer", "gru"])
def test_what_the_rule_looks_at_matters_and_what_it_takes_alike_is_close(
    name: str, networks: Mapping[str, Network]
) -> None:
    found = interchanges(networks[name], DOMAIN, 128, generator("e"))
    assert set(np.argsort(-found.effects)[:2].tolist()) == {1, 4}
    same = found.apart[[1, 4], 0, 1] + found.apart[[1, 4], 2, 3]
    assert (same < 0.2 * found.apart[[1, 4], 0, 3]).all()


def test_trades_keep_the_answers_of_a_symmetric_rule_alone(networks: Mapping[str, Network]) -> None:
    subject = networks["transformer"]
    both = np.isin(np.arange(LENGTH), (1, 4))
    other = np.isin(np.arange(LENGTH), (1, 2))
    assert swaps(subject, DOMAIN, both, 256, generator("s")) > 0.98
    assert swaps(subject, DOMAIN, other, 256, generator("s")) < 0.9


def test_operations_follow_from_symmetry_and_additivity() -> None:
    few, many = np.arange(LENGTH) < 3, np.ones(LENGTH, dtype=bool)
    assert operations_of(many, 1.0, 0.5) == frozenset({"statistics", "linear", "arithmetic"})
    assert "literals" in (operations_of(few, 0.6, 0.01) or ())
    assert operations_of(few, 0.6, 0.5) is None
    assert operations_of(many, 0.6, 0.01) is None


@pytest.mark.parametrize("name", ["transformer", "gru"])
def test_the_rule_is_found_from_the_network_alone(name: str, networks: Mapping[str, Network]) -> None:
    found = CircuitGuidedSynthesis().extract(networks[name], NONE, DOMAIN, 0, Context.seeded("circuit", name))
    assert isinstance(found, Extracted)
    tokens = DOMAIN.everything()
    assert np.array_equal(parse(found.theory).run_many(tokens.numpy()).integers(), rule(tokens).numpy())
    assert found.p_present > 0.9


def test_without_a_network_it_says_so() -> None:
    found = CircuitGuidedSynthesis().extract(None, NONE, DOMAIN, 0, Context.seeded("circuit"))
    assert isinstance(found, NotApplicable)
    assert "no network" in found.reason
