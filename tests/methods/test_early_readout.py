from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from interpbench.models.config import MLPConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.names import generator
from interpbench.models.subject import Network
from interpbench.tracks.context import Context, NotApplicable
from interpbench_methods.early_readout import EarlyReadout

BITS = Domain(alphabets=((0, 1),) * 8, positions=(7,), classes=2)


def _relu(direction: torch.Tensor, bias: float) -> Network:
    """A perceptron of one live unit: relu(direction . (2 bits - 1) + bias), seven dead ones beside it."""
    config = MLPConfig(vocabulary=2, length=8, positions=(7,), classes=2, d_mlp=8)
    weight = torch.zeros(8, 2, 8)
    weight[:, 0, 0], weight[:, 1, 0] = -direction, direction
    start = torch.full((8,), -1.0)
    start[0] = bias
    params = {"embed.weight": weight, "embed.bias": start, "head.weight": torch.ones(2, 8), "head.bias": torch.zeros(2)}
    return Network(config, params)


def _score(subject: Network, rows: Rows, against: Any) -> float:
    found = EarlyReadout(against=against).model_score(subject, rows, BITS, Context.seeded("e"))
    assert isinstance(found, float)
    return found


def test_an_answer_that_is_there_early_and_lost_late() -> None:
    """The unit knows the first bit; its bias decides whether the answer survives the non-linearity."""
    tokens = BITS.everything()
    rows = Rows(tokens=tokens, labels=tokens[:, :1])
    first = torch.eye(8)[0]
    assert _score(_relu(first, 2.0), rows, "last") == pytest.approx(0)  # readable before and after
    assert _score(_relu(first, -2.0), rows, "last") == pytest.approx(0.5, abs=0.1)  # dead after: chance


def test_an_answer_that_is_made_by_the_last_step() -> None:
    """|x| of two equal bits: before the ReLU their sum, no line through which tells equal ones from unequal ones."""
    tokens = BITS.everything()
    rows = Rows(tokens=tokens, labels=(tokens[:, :1] * tokens[:, 1:2]))
    both = torch.eye(8)[0] + torch.eye(8)[1]
    equal = Rows(tokens=tokens, labels=(tokens[:, :1] == tokens[:, 1:2]).long())
    config = MLPConfig(vocabulary=2, length=8, positions=(7,), classes=2, d_mlp=8, activation="square")
    squares = Network(config, _relu(both, 0.0).params)
    assert _score(squares, equal, "last") < -0.3
    assert _score(_relu(both, -1.0), rows, "last") == pytest.approx(0)  # a conjunction is a line


def test_a_state_that_holds_the_token_is_not_selective() -> None:
    tokens = BITS.everything()
    last_bit, first_bit = (Rows(tokens=tokens, labels=tokens[:, [p]]) for p in (7, 0))
    spread = _relu(torch.eye(8)[0], 2.0)
    holds_token = _relu(torch.eye(8)[7], 2.0)
    assert _score(spread, first_bit, "control") > 0.2  # knows the answer, not the token that the control task labels
    assert _score(holds_token, last_bit, "control") <= 0.05  # any labelling of its token is as easy


@pytest.mark.parametrize("architecture", ["deep", "square"])
def test_reference_scikit_learn(architecture: str, trained: Mapping[str, Any]) -> None:
    case = trained[architecture]
    network, rows = case.network, case.rows
    ctx = Context.seeded("e")
    order = torch.randperm(len(rows), generator=Context.seeded("e").rng).numpy()
    fitted, held = order[: (len(rows) + 1) // 2], order[(len(rows) + 1) // 2 :]
    sites = [site for site in network.sites if site != "blocks.0.hook_resid_pre"]
    accuracies = []
    for site in sites:
        states = network.activations(rows.tokens, [site])[site].double().numpy()
        right = []
        for answer, position in enumerate(network.config.positions):
            x = states[:, 0 if architecture == "square" else position]
            x = x - x[fitted].mean(axis=0)
            x = x / np.sqrt((x[fitted] ** 2).mean())
            y = rows.labels[:, answer].numpy()
            probe = LogisticRegression(C=1 / (0.1 * len(fitted)), tol=1e-8, max_iter=2000).fit(x[fitted], y[fitted])
            right.append(probe.predict(x[held]) == y[held])
        accuracies.append(np.mean(right))
    expected = np.mean(accuracies[:-1]) - accuracies[-1]
    found = EarlyReadout().model_score(network, rows, case.domain, ctx)
    assert len(sites) == (4 if architecture == "deep" else 2)
    assert found == pytest.approx(expected, abs=0.02)  # a probability of one half may fall on either side


def test_a_recurrent_net_is_refused(trained: Mapping[str, Any]) -> None:
    case = trained["gru"]
    found = EarlyReadout().model_score(case.network, case.rows, case.domain, Context.seeded("e"))
    assert isinstance(found, NotApplicable)
    assert "recurrent" in found.reason


def test_the_sample_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = BITS.everything()[torch.randperm(256, generator=generator("b"))]
    subject = _relu(torch.eye(8)[0], 2.0)
    seen = []
    plain = subject.activations

    def watched(inputs: torch.Tensor, names: Any) -> dict[str, torch.Tensor]:
        seen.append(len(inputs))
        return plain(inputs, names)

    monkeypatch.setattr(subject, "activations", watched)
    EarlyReadout(answers=40).model_score(subject, Rows(tokens=tokens, labels=tokens[:, :1]), BITS, Context.seeded("e"))
    assert seen == [40]
