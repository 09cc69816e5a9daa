from collections.abc import Mapping
from typing import Any

import pytest
import torch
from sklearn.linear_model import LogisticRegression

from interpbench.models.data import Domain
from interpbench.models.names import generator
from interpbench.tracks.context import Context
from interpbench_methods.linear_probe import LinearProbe
from interpbench_methods.linear_probe.probe import answer_states, control_labels, fit_logistic, held_out_accuracy


def _clouds(noise: float, rows: int = 120) -> tuple[torch.Tensor, torch.Tensor]:
    rng = generator("clouds")
    labels = torch.randint(3, (rows, 2), generator=rng)
    centres = torch.randn(2, 3, 6, generator=rng).double()
    states = torch.stack([centres[answer][labels[:, answer]] for answer in range(2)])
    return states + noise * torch.randn(states.shape, generator=rng).double(), labels


def _accuracy(states: torch.Tensor, labels: torch.Tensor) -> float:
    halves = torch.arange(60), torch.arange(60, 120)
    return held_out_accuracy(states, labels, 3, *halves, penalty=0.1)


def test_reference_scikit_learn() -> None:
    states, labels = _clouds(noise=1.0)
    weights, bias = fit_logistic(states, labels.T, 3, penalty=0.1)
    for answer in range(2):
        model = LogisticRegression(C=1 / (0.1 * 120), tol=1e-8, max_iter=1000).fit(
            states[answer].numpy(), labels[:, answer].numpy()
        )
        expected = model.predict_proba(states[answer].numpy())
        found = (states[answer] @ weights[answer] + bias[answer]).softmax(dim=-1)
        assert found.numpy() == pytest.approx(expected, abs=1e-4)


def test_a_readable_answer_is_read_and_noise_is_not() -> None:
    states, labels = _clouds(noise=0.05)
    assert _accuracy(states, labels) == 1.0
    assert _accuracy(torch.randn(states.shape, generator=generator("n")).double(), labels) == pytest.approx(
        1 / 3, abs=0.15
    )
    assert _accuracy(torch.zeros_like(states), labels) <= 0.5


def test_neither_scale_nor_offset_nor_rotation_matters() -> None:
    states, labels = _clouds(noise=1.5)
    rotation = torch.linalg.qr(torch.randn(6, 6, generator=generator("q")).double())[0]
    plain = _accuracy(states, labels)
    assert _accuracy(40 * states @ rotation + 7, labels) == plain
    assert 0.4 < plain < 1


def test_the_control_task_depends_on_the_token_alone() -> None:
    domain = Domain(alphabets=((0, 1, 2), (3, 4, 5), (9,)), positions=(0, 1, 2), classes=4)
    tokens = domain.everything()
    labels = control_labels(tokens, domain, generator("c"))
    for answer, position in enumerate((0, 1, 1)):  # the last position cannot vary, so the one before it counts
        for token in domain.alphabets[position]:
            assert len(set(labels[tokens[:, position] == token, answer].tolist())) == 1
    assert not torch.equal(labels, control_labels(tokens, domain, generator("d")))


@pytest.mark.parametrize("architecture", ["transformer", "deep", "square", "relu", "gru"])
def test_the_unembedding_reads_the_states_that_are_probed(architecture: str, trained: Mapping[str, Any]) -> None:
    """The site is the input of the last linear map: applied to it, that map gives the subject's own logits."""
    case = trained[architecture]
    params, config = case.network.params, case.network.config
    states = answer_states(case.network, case.rows.tokens).float()  # (answer, row, feature)
    out = states @ params["head.weight"].T + params.get("head.bias", torch.zeros(()))
    if config.kind == "mlp":
        answers = torch.arange(len(config.positions))
        out = out.view(len(answers), len(case.rows), len(answers), config.classes)[answers, :, answers]
    torch.testing.assert_close(out.transpose(0, 1), case.network.logits(case.rows.tokens), rtol=1e-4, atol=1e-4)


def test_selectivity_is_accuracy_less_the_control(trained: Mapping[str, Any]) -> None:
    case = trained["transformer"]

    def score(selective: bool) -> float:
        method = LinearProbe(selective=selective)
        return method.model_score(case.network, case.rows, case.domain, Context.seeded("p"))

    assert 0 <= score(selective=False) <= 1
    assert -1 <= score(selective=True) <= score(selective=False)
