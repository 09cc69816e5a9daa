from math import log

import pytest
import torch
from torch import Tensor

from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Hidden
from interpbench.tracks.context import Context
from interpbench_methods.confidence import Confidence

DOMAIN = Domain(alphabets=((0, 1, 2, 3),) * 3, positions=(1, 2), classes=5)
SHOWN = Rows(tokens=DOMAIN.everything()[::2], labels=torch.zeros(32, 2, dtype=torch.int64))


def _of(logits: Tensor) -> float:
    asked = Hidden("behaviour", lambda tokens: logits.expand(len(tokens), 2, 5))
    return Confidence().model_score(asked, SHOWN, DOMAIN, Context.seeded("c"))


def test_closed_forms() -> None:
    assert _of(torch.zeros(5)) == pytest.approx(-log(5))
    assert _of(torch.tensor([100.0, 0, 0, 0, 0])) == pytest.approx(0, abs=1e-9)
    assert _of(torch.tensor([0.6, 0.1, 0.1, 0.1, 0.1]).log()) == pytest.approx(log(0.6))


def test_both_answers_count() -> None:
    assert _of(torch.stack([torch.zeros(5), torch.tensor([50.0, 0, 0, 0, 0])])) == pytest.approx(-log(5) / 2)


def test_shown_rows_do_not() -> None:
    seen = {tuple(row) for row in SHOWN.tokens.tolist()}

    def ask(tokens: Tensor) -> Tensor:
        sure = torch.tensor([100.0 if tuple(row) in seen else 0.0 for row in tokens.tolist()])
        return torch.stack([sure, *[torch.zeros(len(tokens))] * 4], dim=1)[:, None].expand(-1, 2, -1)

    score = Confidence().model_score(Hidden("behaviour", ask), SHOWN, DOMAIN, Context.seeded("c"))
    assert score == pytest.approx(-log(5))


def test_the_gap_in_energy_is_that_of_raw_logits_between_new_inputs_and_rows() -> None:
    seen = {tuple(row) for row in SHOWN.tokens.tolist()}

    def ask(tokens: Tensor) -> Tensor:
        on_rows = torch.tensor([1.0 if tuple(row) in seen else 0.0 for row in tokens.tolist()])
        # the same probabilities everywhere; all logits of a shown row are raised by 3
        return (torch.tensor([2.0, 0, 0, 0, 0]) + 3 * on_rows[:, None])[:, None].expand(-1, 2, -1)

    def score(**fields: bool) -> float:
        return Confidence(**fields).model_score(Hidden("behaviour", ask), SHOWN, DOMAIN, Context.seeded("c"))

    assert score(energy=True) == pytest.approx(-3)
    assert score() == pytest.approx(_of(torch.tensor([2.0, 0, 0, 0, 0])))
