from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch

import interpbench_methods.offline_theorist as plugin
from interpbench.models.data import Domain, Rows
from interpbench.theory import parse
from interpbench.toolkit.language.message import Message
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import Extracted
from interpbench_methods.offline_theorist import OfflineTheorist

DOMAIN = Domain(alphabets=(tuple(range(4)),) * 8, positions=(7,), classes=4)


class Pupil:
    def __init__(self, *replies: str) -> None:
        self.replies = list(replies)
        self.asked: list[tuple[int, int]] = []

    def reply(self, messages: Sequence[Message], tokens: int) -> str:
        self.asked.append((len(messages), tokens))
        return self.replies.pop(0)


def answered(monkeypatch: pytest.MonkeyPatch, pupil: Pupil, rule: str = "x[2]", **parameters: Any) -> object:
    monkeypatch.setattr(plugin, "missing", list)
    monkeypatch.setattr(plugin, "smollm", lambda: pupil)
    tokens = np.random.default_rng(1).integers(0, 4, (200, 8))
    labels = parse(f"def rule(x): return {rule}").run_many(tokens).integers()
    rows = Rows(tokens=torch.from_numpy(tokens), labels=torch.from_numpy(labels)[:, None])
    method, ctx = OfflineTheorist(**parameters), Context.seeded("offline")
    ctx.study = method.study(rows, DOMAIN, ctx)
    return method.extract(None, rows, DOMAIN, 100, ctx)


def test_a_model_that_knows_passes_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    pupil = Pupil("```python\ndef rule(x):\n    return x[2]\n```")
    found = answered(monkeypatch, pupil)
    assert isinstance(found, Extracted)
    assert parse(found.theory) == parse("def rule(x): return x[2]")
    assert found.p_present > 0.99
    assert pupil.asked == [(1, 160)]


def test_a_model_that_knows_half_of_it_passes_with_its_half(monkeypatch: pytest.MonkeyPatch) -> None:
    pupil = Pupil("def rule(x):\n    return x[2]\n", "I do not know.")
    found = answered(monkeypatch, pupil, rule="x[2] if x[0] else 0", steps=True)
    assert isinstance(found, Extracted)
    assert "x[2]" in found.theory
    assert pupil.asked == [(1, 320), (3, 320)]


@pytest.mark.parametrize("reply", ["def rule(x):\n    return x[5]\n", "def rule(x):\n    return 0\n"])
def test_a_model_without_a_clue_is_stopped_and_says_so(monkeypatch: pytest.MonkeyPatch, reply: str) -> None:
    found = answered(monkeypatch, Pupil(reply, reply))
    assert isinstance(found, NotApplicable)
    assert found.reason.startswith("competence gate: ")
    assert "of 50 held-out shown rows right, where the best constant gets " in found.reason


def test_a_model_that_writes_no_theory_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    found = answered(monkeypatch, Pupil("Sure!", "The output is 1."))
    assert isinstance(found, NotApplicable)
    assert found.reason == "competence gate: no theory in 2 replies; of the last: there is no function in it"


def test_without_the_packages_the_row_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "missing", lambda: ["gguf"])
    ctx = Context.seeded("offline")
    rows = Rows(tokens=torch.zeros(9, 8, dtype=torch.int64), labels=torch.zeros(9, 1, dtype=torch.int64))
    ctx.study = OfflineTheorist().study(rows, DOMAIN, ctx)
    found = OfflineTheorist().extract(None, rows, DOMAIN, 100, ctx)
    assert isinstance(found, NotApplicable)
    assert "not installed: gguf" in found.reason
