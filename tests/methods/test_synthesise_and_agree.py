from collections.abc import Mapping
from time import process_time
from typing import Any

import pytest
import torch
from torch import Tensor

from interpbench.models.data import Domain, Rows
from interpbench.models.names import generator
from interpbench.models.subject import Hidden
from interpbench.tracks.context import Context
from interpbench_methods.synthesise_and_agree import SynthesiseAndAgree

TABLE = Domain(alphabets=(tuple(range(11)),) * 2, positions=(1,), classes=11)


def _answering(answers: Tensor, inputs: Tensor) -> Hidden:
    """A subject that gives these answers, (input, answer), to these inputs, and refuses others."""

    def ask(tokens: Tensor) -> Tensor:
        assert torch.equal(tokens, inputs)
        return torch.nn.functional.one_hot(answers, 11).float()

    return Hidden("behaviour", ask)


def _sums(shown: int) -> Rows:
    tokens = TABLE.everything()
    rows = Rows(tokens=tokens, labels=tokens.sum(dim=1, keepdim=True) % 11)
    return rows.sample(shown, generator("synthesise"))


def test_the_program_of_the_rows_answers_unseen_inputs() -> None:
    rows = _sums(40)
    study = SynthesiseAndAgree().study(rows, TABLE, Context.seeded("s"))
    assert float(study["fit"]) == 1
    shown = {tuple(row) for row in rows.tokens.tolist()}
    assert {tuple(row) for row in study["inputs"].tolist()} == {
        tuple(row) for row in TABLE.everything().tolist()
    } - shown
    assert torch.equal(study["answers"], study["inputs"].sum(dim=1, keepdim=True) % 11)


def test_agreement_by_hand() -> None:
    ctx = Context.seeded("s")
    ctx.study = SynthesiseAndAgree().study(_sums(40), TABLE, ctx)
    inputs, truth = ctx.study["inputs"], ctx.study["answers"]
    rows: Any = None  # the study has seen them
    method = SynthesiseAndAgree()
    assert method.model_score(_answering(truth, inputs), rows, TABLE, ctx) == 1
    assert method.model_score(_answering((truth + 1) % 11, inputs), rows, TABLE, ctx) == 0
    wrong = truth.clone()
    wrong[:20] = (wrong[:20] + 3) % 11
    assert method.model_score(_answering(wrong, inputs), rows, TABLE, ctx) == pytest.approx(1 - 20 / len(inputs))


def test_rows_without_a_rule_get_the_best_partial_program() -> None:
    rng = generator("random table")
    rows = _sums(60)
    rows = Rows(tokens=rows.tokens, labels=torch.randint(11, rows.labels.shape, generator=rng))
    ctx = Context.seeded("s")
    start = process_time()
    ctx.study = SynthesiseAndAgree(programs=300_000).study(rows, TABLE, ctx)
    assert process_time() - start < 3
    assert 1 / 11 < float(ctx.study["fit"]) < 0.5
    unrelated = torch.randint(11, ctx.study["answers"].shape, generator=rng)
    score = SynthesiseAndAgree().model_score(_answering(unrelated, ctx.study["inputs"]), rows, TABLE, ctx)
    assert score < 0.35


def test_several_answers_get_one_program(trained: Mapping[str, Any]) -> None:
    case = trained["gru"]  # running parity, answers at four positions
    study = SynthesiseAndAgree().study(case.rows, case.domain, Context.seeded("s"))
    assert float(study["fit"]) == 1
    assert torch.equal(study["answers"], study["inputs"].cumsum(dim=1)[:, 2:] % 2)


def test_a_study_repeats() -> None:
    first, second = (SynthesiseAndAgree().study(_sums(30), TABLE, Context.seeded("s")) for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
