from collections.abc import Mapping
from typing import Any

import pytest
import torch

from interpbench.toolkit.probe import answer_states
from interpbench.tracks.context import Context
from interpbench_methods.linear_probe import LinearProbe


@pytest.mark.parametrize("architecture", ["transformer", "deep", "square", "relu", "gru"])
def test_the_unembedding_reads_the_states_that_are_probed(architecture: str, trained: Mapping[str, Any]) -> None:
    """The site is the input of the last linear map: applied to it, that map gives the subject's own logits."""
    case = trained[architecture]
    params, config = case.network.params, case.network.config
    [states] = answer_states(case.network, case.rows.tokens, case.network.sites[-1:])  # (answer, row, feature)
    out = states.float() @ params["head.weight"].T + params.get("head.bias", torch.zeros(()))
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
