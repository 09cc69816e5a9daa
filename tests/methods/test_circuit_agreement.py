from collections.abc import Mapping
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from interpbench.models.config import MLPConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.names import generator
from interpbench.models.subject import Network
from interpbench.tracks.context import Context, NotApplicable
from interpbench_methods.circuit_agreement import CircuitAgreement
from interpbench_methods.circuit_agreement.agreement import agreement, same_changes

CLASSES, EACH = 4, 5
LABELS = torch.arange(CLASSES * EACH) % CLASSES


def _score(hidden: Tensor, head: Tensor, labels: Tensor = LABELS) -> float | NotApplicable:
    """Of the perceptron that looks up a row's hidden activations and reads them out linearly."""
    count = len(hidden)
    shape = {"vocabulary": count, "length": 1, "positions": (0,), "classes": len(head), "d_mlp": hidden.shape[1]}
    config = MLPConfig(**shape, activation="relu")  # type: ignore[arg-type]
    params = {"embed.weight": hidden[None], "embed.bias": torch.zeros(hidden.shape[1])}
    subject = Network(config, params | {"head.weight": head, "head.bias": torch.zeros(len(head))})
    rows = Rows(tokens=torch.arange(count)[:, None], labels=labels[:, None])
    domain = Domain(alphabets=(tuple(range(count)),), positions=(0,), classes=len(head))
    return CircuitAgreement().model_score(subject, rows, domain, Context.seeded("agreement"))


def test_one_circuit_a_label_scores_one_and_one_a_row_scores_zero() -> None:
    by_label = F.one_hot(LABELS).float()
    assert _score(by_label, torch.eye(CLASSES)) == pytest.approx(1)
    assert _score(torch.eye(len(LABELS)), by_label.T.contiguous()) == pytest.approx(0)


def test_between_the_two_it_is_the_shared_part_and_no_scale_matters() -> None:
    """Label neurons at strength s beside row neurons at strength 1: cosine s^2 / (s^2 + 1) of squared effects."""
    by_label = F.one_hot(LABELS).float()
    for strength in (0.5, 1.0, 2.0):
        hidden = torch.cat([strength * by_label, torch.eye(len(LABELS))], dim=1)
        head = torch.cat([torch.eye(CLASSES), by_label.T], dim=1)
        expected = strength**2 / (strength**2 + 1)
        assert _score(hidden, head) == pytest.approx(expected, abs=1e-6)
        assert _score(7 * hidden, 0.2 * head) == pytest.approx(expected, abs=1e-6)


def test_labels_that_nobody_shares_leave_nothing_to_compare() -> None:
    alone = _score(torch.eye(6), torch.eye(6), labels=torch.arange(6))
    same = _score(torch.eye(6), torch.eye(6), labels=torch.zeros(6, dtype=torch.int64))
    assert isinstance(alone, NotApplicable)
    assert isinstance(same, NotApplicable)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.integers(2, 5), st.integers(2, 6))
def test_reference_all_pairs_one_by_one(seed: int, labels: int, components: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    groups = torch.cat([torch.arange(labels), torch.arange(labels), torch.randint(labels, (7,), generator=rng)])
    effects = torch.randn(len(groups), components, generator=rng).double()
    effects[0] = 0
    cosines = torch.nan_to_num(F.cosine_similarity(effects[:, None], effects[None], dim=-1))
    apart = ~torch.eye(len(groups), dtype=torch.bool)
    same = (groups[:, None] == groups) & apart
    each = [float(cosines[row][same[row]].mean()) for row in range(len(groups))]
    within, across = agreement(effects, groups)
    assert within == pytest.approx(sum(each) / len(each), abs=1e-9)
    assert across == pytest.approx(float(cosines[~same & apart].mean()), abs=1e-9)


def test_rows_of_a_label_share_one_other_label_and_few_corrupt_rows_twice() -> None:
    labels = torch.tensor([0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3])
    others = set()
    for seed in range(20):
        clean, corrupt, groups = same_changes(labels, generator("pairs", seed))
        assert torch.equal(labels[clean], groups)
        assert clean.tolist() == list(range(10))  # row 10 alone has its label
        for label in range(3):
            (other,) = set(labels[corrupt[groups == label]].tolist())
            assert other != label
            others.add((label, other))
            dealt = corrupt[groups == label]
            assert len(set(dealt.tolist())) == min(len(dealt), int((labels == other).sum()))
    assert len(others) == 9


def test_heads_are_asked_for_in_transformers_alone(trained: Mapping[str, Any]) -> None:
    for name, case in trained.items():
        method = CircuitAgreement(components="heads")
        found = method.model_score(case.network, case.rows, case.domain, Context.seeded("h"))
        if name in {"transformer", "deep"}:
            assert isinstance(found, float)
            assert -1 <= found <= 1
        else:
            assert isinstance(found, NotApplicable)
            assert "no attention heads" in found.reason
