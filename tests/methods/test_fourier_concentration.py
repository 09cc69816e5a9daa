import numpy as np
import pytest
import torch
from torch import Tensor

from interpbench.models.config import MLPConfig, ModelConfig, TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import initial
from interpbench.models.names import generator
from interpbench.models.subject import Hidden, Network
from interpbench.tracks.context import Context, NotApplicable
from interpbench_methods.fourier_concentration import FourierConcentration
from interpbench_methods.fourier_concentration.embeddings import letter_embeddings

P = 13
TABLE = Domain(alphabets=(tuple(range(P)),) * 2, positions=(1,), classes=P)
SHAPE = {"vocabulary": P, "length": 2, "positions": (1,), "classes": P}
TRANSFORMER = TransformerConfig(**SHAPE, d_model=16, n_heads=2, d_mlp=8)  # type: ignore[arg-type]
MLP = MLPConfig(**SHAPE, d_mlp=16)  # type: ignore[arg-type]
ROWS = Rows(tokens=TABLE.everything(), labels=TABLE.everything()[:, :1])


def _waves(*frequencies: int) -> Tensor:
    """An embedding into 16 dimensions by waves of these frequencies, each in a plane of its own, turned at random."""
    angle = 2 * torch.pi * torch.arange(P) / P
    planes = torch.zeros(P, 16)
    for place, k in enumerate(frequencies):
        planes[:, 2 * place], planes[:, 2 * place + 1] = (k * angle).cos(), (k * angle).sin()
    rotation: Tensor = torch.linalg.qr(torch.randn(16, 16, generator=generator("turn")))[0]
    return planes @ rotation


def _planted(embedding: Tensor, config: ModelConfig = TRANSFORMER) -> Network:
    params = initial(config, generator("planted"), 1.0)
    if config.kind == "mlp":
        params["embed.weight"] = embedding.expand(2, P, 16)
    else:
        params["tok_embed.weight"] = embedding
    return Network(config, params)


def _score(subject: Network, ordered: bool, domain: Domain = TABLE) -> float:
    found = FourierConcentration(ordered=ordered).model_score(subject, ROWS, domain, Context.seeded("f"))
    assert isinstance(found, float)
    return found


NOISE = torch.randn(P, 16, generator=generator("noise"))


@pytest.mark.parametrize("config", [TRANSFORMER, MLP])
@pytest.mark.parametrize("ordered", [True, False])
def test_the_fewer_waves_the_higher_and_noise_is_low(ordered: bool, config: ModelConfig) -> None:
    waves = [_score(_planted(e, config), ordered) for e in (_waves(3), _waves(3, 5), _waves(1, 2, 4, 5))]
    assert waves == pytest.approx([1 - 2 / 12, 1 - 4 / 12, 1 - 8 / 12], abs=1e-4)
    noise = _score(_planted(NOISE, config), ordered)
    assert noise < (0.3 if ordered else 0.6)  # singular values of noise are uneven, its frequencies are not


def test_another_group_is_seen_without_order_only() -> None:
    """A wave over discrete logarithms: addition of exponents, the other way to number the units of a field."""
    logarithm = {pow(2, power, P): power for power in range(P - 1)}  # 2 generates the units modulo 13
    angle = 2 * torch.pi * torch.tensor([logarithm[unit] for unit in range(1, P)]) / (P - 1)
    embedding = torch.zeros(P - 1, 16)
    embedding[:, 0], embedding[:, 1] = angle.cos(), angle.sin()
    domain = Domain(alphabets=(tuple(range(P - 1)),) * 2, positions=(1,), classes=P - 1)
    config = TransformerConfig(vocabulary=P - 1, length=2, positions=(1,), classes=P - 1, d_model=16, n_heads=2)
    subject = _planted(embedding, config)
    assert _score(subject, False, domain) == pytest.approx(1 - 2 / 11, abs=1e-4)
    assert _score(subject, True, domain) < 0.55


def test_reference_numpy() -> None:
    power = (np.abs(np.fft.fft(NOISE.double().numpy(), axis=0)) ** 2).sum(axis=1)[1:]
    expected = np.abs(power[:, None] - power[None, :]).mean() / (2 * power.mean())
    assert _score(_planted(NOISE), ordered=True) == pytest.approx(expected)


def test_letters_that_stand_nowhere_do_not_count() -> None:
    """Tokens are 0, 1 (a separator), 2 ... 12; the second alphabet is too small, the first is used at two positions."""
    letters = (0, *range(2, P))
    domain = Domain(alphabets=(letters, (1,), letters, (2, 3, 4)), positions=(3,), classes=2)
    config = TransformerConfig(vocabulary=P, length=4, positions=(3,), classes=2, d_model=16, n_heads=2, d_mlp=8)
    [matrix] = letter_embeddings(_planted(NOISE, config), domain, 7)
    assert torch.equal(matrix, NOISE[list(letters)])
    perceptron = MLPConfig(vocabulary=P, length=4, positions=(3,), classes=2, d_mlp=16)
    params = initial(perceptron, generator("p"), 1.0)
    first, second = letter_embeddings(Network(perceptron, params), domain, 7)
    assert torch.equal(first, params["embed.weight"][0, list(letters)])
    assert torch.equal(second, params["embed.weight"][2, list(letters)])


def test_small_alphabets_are_refused_from_the_domain_alone() -> None:
    bits = Domain(alphabets=((0, 1),) * 4 + (tuple(range(6)),), positions=(3,), classes=2)
    rows = Rows(tokens=bits.everything(), labels=bits.everything()[:, :1])
    found = FourierConcentration().model_score(Hidden("data", None), rows, bits, Context.seeded("f"))
    assert isinstance(found, NotApplicable)
    assert "7 letters" in found.reason
