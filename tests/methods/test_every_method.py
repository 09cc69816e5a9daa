"""What holds for every variant of every method that ships, on every architecture."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch

from interpbench.bundle.tier import Tier
from interpbench.models.disguise import disguise
from interpbench.models.names import generator
from interpbench.models.subject import Network, Subject
from interpbench.plugins.discovery import MethodInfo, load_method, methods
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.generalization.enter import EntersGeneralization, has_study

MONTE_CARLO = {"llc"}
"""Noise is drawn in the coordinates of the subject: invariant in distribution only, as their own tests check."""

ROWS = [
    pytest.param(info, variant, id=info.row(variant), marks=[pytest.mark.slow] if info.card.requires else [])
    for info in methods().values()
    for variant in info.card.variants
    if "interpbench_methods" in (info.module or "") and "generalization" in info.tracks
]
ARCHITECTURES = ("transformer", "deep", "square", "relu", "gru")


def _score(info: MethodInfo, variant: str, case: Any, network: Network | None = None) -> float | NotApplicable:
    method = load_method(info, dict(info.card.variants[variant]))
    assert isinstance(method, EntersGeneralization)
    network = network or case.network
    subject: Subject = network if info.tier is Tier.WEIGHTS else type(case.hidden)("behaviour", network.logits)
    ctx = Context(rng=generator("every", info.name))
    if has_study(method):
        key = (info.name, variant, case.rows.tokens.data_ptr())
        if key not in _STUDIES:
            _STUDIES[key] = method.study(case.rows, case.domain, Context(rng=generator("study")))
        ctx.study = _STUDIES[key]
    score = method.model_score(subject, case.rows, case.domain, ctx)
    assert isinstance(score, float | NotApplicable)
    return score


_STUDIES: dict[tuple[str, str, int], dict[str, torch.Tensor]] = {}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize(("info", "variant"), ROWS)
def test_scores_are_finite_repeat_and_do_not_see_the_disguise(
    info: MethodInfo, variant: str, architecture: str, trained: Mapping[str, Any]
) -> None:
    case = trained[architecture]
    before = {name: value.clone() for name, value in case.network.params.items()}
    score = _score(info, variant, case)
    assert _score(info, variant, case) == score
    if isinstance(score, NotApplicable):
        assert len(score.reason) > 10
        return
    assert np.isfinite(score)
    assert all(torch.equal(before[name], value) for name, value in case.network.params.items())
    if info.name not in MONTE_CARLO:
        config = case.network.config
        disguised = Network(config, disguise(config, case.network.params, np.random.default_rng(0)))
        assert _score(info, variant, case, disguised) == pytest.approx(score, rel=1e-4, abs=2e-6)


def test_families_tiers_and_rows_are_those_of_the_cards() -> None:
    assert {name for name, info in methods().items() if info.tier is Tier.BEHAVIOUR} >= {
        "confidence",
        "perturbed-input",
        "retrain-and-agree",
    }
    for info in methods().values():
        assert info.card.title, info.name
        assert info.card.summary, info.name
        assert info.card.tuned, info.name
        assert info.card.references, info.name
        assert info.card.limits, info.name
        assert (info.folder / "README.md").exists(), info.name
