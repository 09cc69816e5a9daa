from dataclasses import replace
from math import exp, log

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch.testing import assert_close

from interpbench.models.config import MLPConfig, ModelConfig, RecurrentConfig, TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import Params, initial, logits
from interpbench.models.names import generator
from interpbench.models.steer import Goal, Steering, at_loss, log_odds, norm_of, steer, stretched, table
from interpbench.models.train import Training, train

TWO = {"vocabulary": 5, "length": 3, "positions": (1, 2), "classes": 4}
CONFIGS: dict[str, ModelConfig] = {
    "transformer": TransformerConfig(**TWO, n_layers=2, d_model=8, n_heads=2, d_mlp=12),  # type: ignore[arg-type]
    "gelu": TransformerConfig(**TWO, d_model=8, n_heads=2, d_mlp=12, activation="gelu"),  # type: ignore[arg-type]
    "square": MLPConfig(**TWO, d_mlp=10, activation="square"),  # type: ignore[arg-type]
    "relu": MLPConfig(**TWO, d_mlp=10, activation="relu"),  # type: ignore[arg-type]
    "gru": RecurrentConfig(**TWO, d_model=6),  # type: ignore[arg-type]
}


def draw(name: str) -> tuple[ModelConfig, Params, torch.Tensor]:
    config, rng = CONFIGS[name], generator("steer", name)
    params = {key: value + 0.1 * torch.randn(value.shape, generator=rng) for key, value in initial(config, rng).items()}
    return config, params, torch.randint(config.vocabulary, (20, config.length), generator=rng)


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("factor", [1.001, 1.2, 2.0])
def test_stretching_gives_the_norm_and_leaves_the_probabilities(name: str, factor: float) -> None:
    config, params, tokens = draw(name)
    wanted = factor * norm_of(stretched(config, params, 0.0))
    changed = stretched(config, params, wanted)
    assert norm_of(changed) == pytest.approx(wanted, rel=1e-6)
    before, after = (logits(config, one, tokens).log_softmax(-1) for one in (params, changed))
    assert_close(after, before, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", CONFIGS)
def test_no_rescaling_that_is_stretched_goes_below_balance(name: str) -> None:
    config, params, _ = draw(name)
    least = norm_of(stretched(config, params, 0.0))
    assert least < norm_of(params)
    for factor in (1.1, 3.0):  # the least norm does not depend on where one starts
        assert norm_of(stretched(config, stretched(config, params, factor * least), 0.0)) == pytest.approx(
            least, rel=1e-5
        )


@pytest.mark.parametrize("name", CONFIGS)
def test_the_loss_is_met_exactly(name: str) -> None:
    config, params, tokens = draw(name)
    rows = Rows(tokens=tokens, labels=logits(config, params, tokens).argmax(-1))
    for loss in (0.5, 1e-2, 1e-4):
        out = logits(config, at_loss(config, params, rows, loss), tokens)
        assert float(F.cross_entropy(out.flatten(0, 1), rows.labels.flatten())) == pytest.approx(loss, rel=1e-3)


def test_a_table_is_sorted_with_the_answer_in_front() -> None:
    out = torch.log(torch.tensor([[[0.2, 0.7, 0.1]], [[0.5, 0.1, 0.4]], [[0.3, 0.1, 0.6]]]))
    got = table(out, torch.tensor([[1], [2], [2]])).exp()
    assert_close(got, torch.tensor([[0.4, 0.5, 0.1], [0.6, 0.3, 0.1], [0.7, 0.2, 0.1]]))


def test_odds_are_exact_where_probabilities_round_to_one() -> None:
    lines = torch.tensor([[60.0, 0.0, 0.0]], dtype=torch.float64).log_softmax(-1)
    assert float(log_odds(lines)[0]) == pytest.approx(60 - log(2))


P = 7


@pytest.fixture(scope="module")
def memoriser() -> tuple[MLPConfig, Params, Rows, torch.Tensor]:
    """A perceptron that fits random labels of half of all pairs."""
    config = MLPConfig(vocabulary=P, length=2, positions=(1,), classes=P, d_mlp=48, activation="relu")
    domain = Domain(alphabets=(tuple(range(P)),) * 2, positions=(1,), classes=P)
    rng = generator("steer", "memoriser")
    tokens = domain.everything()[torch.randperm(P * P, generator=rng)]
    rows = Rows(tokens=tokens[:25], labels=torch.randint(P, (25, 1), generator=rng))
    params, _ = train(config, rows, Training(weight_decay=0.0, max_steps=300, stop_loss=1e-2), rng)
    return config, params, rows, tokens[25:]


def _scaled(lines: torch.Tensor, mean: float) -> torch.Tensor:
    """A table with its first column at a mean, by one factor on all logits."""
    factors = torch.logspace(-3, 3, 20_001, dtype=torch.float64)
    means = torch.stack([(lines.double() * factor).log_softmax(-1)[:, 0].mean() for factor in factors])
    return (lines.double() * factors[(means - mean).abs().argmin()]).log_softmax(-1).float()


@pytest.mark.parametrize(("confidence", "size"), [(0.3, 0.85), (3.0, 1.2)])
def test_a_network_is_brought_both_ways_and_keeps_its_answers(
    memoriser: tuple[MLPConfig, Params, Rows, torch.Tensor], confidence: float, size: float
) -> None:
    config, params, rows, unlabelled = memoriser
    own = logits(config, params, unlabelled).argmax(-1)
    other = table(logits(config, params, unlabelled), own)
    goal = Goal(
        norm=size * norm_of(stretched(config, params, 0.0)),
        rows=_scaled(table(logits(config, params, rows.tokens), rows.labels), -0.01),
        unlabelled=_scaled(other, confidence * float(other[:, 0].mean())),
    )
    got, _ = steer(config, params, rows, unlabelled, goal, Steering(), generator("steer"))
    after_rows, after = table(logits(config, got, rows.tokens), rows.labels), logits(config, got, unlabelled)
    assert bool((logits(config, got, rows.tokens).argmax(-1) == rows.labels).all())
    assert float((after.argmax(-1) == own).double().mean()) >= 0.95
    assert norm_of(got) == pytest.approx(goal.norm, rel=0.01)
    assert -float(after_rows[:, 0].mean()) == pytest.approx(0.01, rel=1e-3)
    wanted, reached = (float((one[:, 0] - one[:, 1]).mean()) for one in (goal.rows, after_rows))
    assert reached == pytest.approx(wanted, rel=0.02)
    sure = float(after.log_softmax(-1).amax(-1).mean())
    assert sure == pytest.approx(float(goal.unlabelled[:, 0].mean()), rel=0.05)


def test_steering_follows_its_arguments_alone(memoriser: tuple[MLPConfig, Params, Rows, torch.Tensor]) -> None:
    config, params, rows, unlabelled = memoriser
    before = {name: value.clone() for name, value in params.items()}
    lines = table(logits(config, params, unlabelled), logits(config, params, unlabelled).argmax(-1))
    goal = Goal(norm=exp(2.0), rows=table(logits(config, params, rows.tokens), rows.labels), unlabelled=lines)
    short = Steering(steps=5)
    first, again = (steer(config, params, rows, unlabelled, goal, short, generator("s"))[0] for _ in range(2))
    elsewhere, _ = steer(config, params, rows, unlabelled, replace(goal, norm=exp(2.5)), short, generator("s"))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], elsewhere[name]) for name in first)
    assert all(torch.equal(params[name], before[name]) for name in params)
