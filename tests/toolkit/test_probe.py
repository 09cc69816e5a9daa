from collections.abc import Mapping
from typing import Any

import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch.testing import assert_close

from interpbench.models.data import Domain
from interpbench.models.names import generator
from interpbench.toolkit.probe import answer_states, control_labels, fit_logistic, held_out_accuracy


def _clouds(noise: float, rows: int = 120) -> tuple[torch.Tensor, torch.Tensor]:
    rng = generator("clouds")
    labels = torch.randint(3, (rows, 2), generator=rng)
    centres = torch.randn(2, 3, 6, generator=rng).double()
    states = torch.stack([centres[answer][labels[:, answer]] for answer in range(2)])
    return states + noise * torch.randn(states.shape, generator=rng).double(), labels


def _accuracy(states: torch.Tensor, labels: torch.Tensor) -> float:
    return held_out_accuracy(states, labels, 3, torch.arange(60), torch.arange(60, 120), penalty=0.1)


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
    noise = torch.randn(states.shape, generator=generator("n")).double()
    assert _accuracy(noise, labels) == pytest.approx(1 / 3, abs=0.15)


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


@pytest.mark.parametrize(("letters", "classes"), [(2, 2), (5, 2), (3, 7), (7, 7)])
def test_the_control_task_uses_labels_evenly(letters: int, classes: int) -> None:
    domain = Domain(alphabets=(tuple(range(1, letters + 1)), (0,)), positions=(1,), classes=classes)
    seen = set()
    for seed in range(40):
        labels = control_labels(domain.everything(), domain, generator("even", seed))[:, 0]
        counts = torch.bincount(labels, minlength=classes).sort(descending=True).values
        assert counts[0] - counts[min(letters, classes) - 1] <= 1
        seen.add(int(labels[0]))
    assert seen == set(range(classes))


@pytest.mark.parametrize("name", ["transformer", "gelu", "square", "relu", "gru"])
def test_every_site_is_read_at_the_answers(name: str, untrained: Mapping[str, Any]) -> None:
    subject, rows = untrained[name].subject, untrained[name].rows
    found = answer_states(subject, rows.tokens, subject.sites)
    seen = subject.activations(rows.tokens, subject.sites)
    for site, states in zip(subject.sites, found, strict=True):
        for answer, position in enumerate(subject.config.positions):
            place = 0 if subject.config.kind == "mlp" else position
            assert_close(states[answer].float(), seen[site][:, place], rtol=0, atol=0)
