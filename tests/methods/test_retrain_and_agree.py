from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import Tensor

from interpbench.models.data import Domain
from interpbench.models.names import generator
from interpbench.models.subject import Hidden
from interpbench.tracks.context import Context
from interpbench_methods.retrain_and_agree import RetrainAndAgree
from interpbench_methods.retrain_and_agree.recipe import fresh_config, recipe


def test_agreement_by_hand() -> None:
    inputs = torch.tensor([[0, 0], [0, 1], [1, 0]])
    answers = torch.tensor([[[0], [1], [1]], [[1], [1], [0]]])  # (network, input, answer)
    ctx = Context.seeded("r")
    ctx.study = {"inputs": inputs.float(), "answers": answers.float()}

    def always_one(tokens: Tensor) -> Tensor:
        assert torch.equal(tokens, inputs)
        return torch.tensor([0.0, 1.0]).expand(len(tokens), 1, 2)

    rows: Any = None  # the study has seen them
    score = RetrainAndAgree().model_score(Hidden("behaviour", always_one), rows, rows, ctx)
    assert score == pytest.approx(4 / 6)


@pytest.mark.parametrize("architecture", ["square", "gru"])
def test_the_study_trains_networks_that_fit_and_probes_outside_the_rows(
    architecture: str, trained: Mapping[str, Any]
) -> None:
    case = trained[architecture]
    ctx = Context.seeded("r")
    study = RetrainAndAgree(networks=2).study(case.rows, case.domain, ctx)
    assert ctx.models_trained == 2
    shown = {tuple(row) for row in case.rows.tokens.tolist()}
    probed = {tuple(row) for row in study["inputs"].long().tolist()}
    assert probed == {tuple(row) for row in case.domain.everything().tolist()} - shown
    assert study["answers"].shape == (2, len(probed), len(case.domain.positions))
    again = RetrainAndAgree(networks=2).study(case.rows, case.domain, Context.seeded("r"))
    assert torch.equal(study["answers"], again["answers"])
    config = fresh_config(case.domain)
    params, _ = ctx.train(config, case.rows, recipe(config))
    fitted = type(case.network)(config, params)
    assert torch.equal(fitted.predict(case.rows.tokens), case.rows.labels)


@pytest.mark.parametrize(
    ("length", "positions", "kind", "activation"),
    [(2, (1,), "mlp", "square"), (9, (8,), "mlp", "relu"), (9, (7, 8), "gru", None)],
)
def test_the_architecture_follows_the_domain(
    length: int, positions: tuple[int, ...], kind: str, activation: str | None
) -> None:
    domain = Domain(alphabets=((0, 1, 5),) * length, positions=positions, classes=4)
    config = fresh_config(domain)
    assert config.kind == kind
    assert getattr(config, "activation", None) == activation
    assert (config.vocabulary, config.length, config.classes) == (6, length, 4)


def test_the_seed_counts(trained: Mapping[str, Any]) -> None:
    case = trained["square"]
    draws = [
        RetrainAndAgree(networks=1, inputs=9).study(case.rows, case.domain, Context(rng=generator(s))) for s in "ab"
    ]
    assert not torch.equal(draws[0]["inputs"], draws[1]["inputs"])
