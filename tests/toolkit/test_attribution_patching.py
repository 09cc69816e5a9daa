from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from interpbench.models.subject import Network
from interpbench.toolkit.attribution_patching import Metric, attribution_patching, logit_difference

LINEAR = {"square": "hook_post", "relu": "hook_post", "gru": "hook_state"}
"""Everything after these sites is one linear map."""
CURVED = ("transformer", "gelu")


def _asked(case: Any) -> tuple[Tensor, Tensor, Metric]:
    """Clean inputs, corrupt inputs (the next row), and the first label of the one over that of the other."""
    tokens, labels = case.rows.tokens, case.rows.labels[:, 0]
    return tokens, tokens.roll(1, dims=0), logit_difference(0, labels, labels.roll(1))


def _patched(subject: Network, tokens: Tensor, metric: Metric, site: str, change: Callable[[Tensor], Tensor]) -> Tensor:
    """How the metric changes where one activation is changed."""
    with torch.no_grad():
        changed = subject.run_with_hooks(tokens, [(site, lambda activation, hook: change(activation))])
        return metric(changed) - metric(subject.run_with_hooks(tokens, []))


@pytest.mark.parametrize("name", LINEAR)
def test_reference_exact_patching_where_the_rest_is_linear(name: str, untrained: Mapping[str, Any]) -> None:
    subject, site = untrained[name].subject, LINEAR[name]
    clean, corrupt, metric = _asked(untrained[name])
    effects = attribution_patching(subject, clean, corrupt, metric, [site])[site]
    replacing = subject.activations(corrupt, [site])[site]
    for position in range(effects.shape[1]):
        for unit in range(effects.shape[2]):

            def patch(activation: Tensor, at: tuple[int, int] = (position, unit)) -> Tensor:
                activation = activation.clone()
                activation[:, at[0], at[1]] = replacing[:, at[0], at[1]]
                return activation

            exact = _patched(subject, clean, metric, site, patch)
            assert_close(effects[:, position, unit], exact, atol=2e-5, rtol=1e-3)
    everything = metric(subject.logits(corrupt)) - metric(subject.logits(clean))
    assert_close(effects.sum(dim=(1, 2)), everything, atol=2e-5, rtol=1e-3)


@pytest.mark.parametrize("name", CURVED)
@pytest.mark.parametrize("part", ["attn.hook_z", "mlp.hook_post"])
def test_reference_finite_differences(name: str, part: str, untrained: Mapping[str, Any]) -> None:
    """A small step towards the corrupt activation, in float64; one head or a third of the neurons at a time."""
    case = untrained[name]
    subject = Network(case.subject.config, case.subject.params)
    subject.module.double()
    clean, corrupt, metric = _asked(case)
    sites = [f"blocks.{layer}.{part}" for layer in range(subject.config.n_layers)]  # type: ignore[union-attr]
    effects = attribution_patching(subject, clean, corrupt, metric, sites)
    replacing = subject.activations(corrupt, sites)
    step = 1e-6
    seen = 0
    for site in sites:
        for unit in range(0, replacing[site].shape[2], 1 if part == "attn.hook_z" else 3):

            def move(activation: Tensor, site: str = site, unit: int = unit) -> Tensor:
                moved = activation.clone()
                moved[:, :, unit] += step * (replacing[site] - activation)[:, :, unit]
                return moved

            slope = _patched(subject, clean, metric, site, move) / step
            assert_close(effects[site][:, :, unit].flatten(1).sum(dim=1), slope, atol=1e-6, rtol=1e-4)
            seen += int((slope.abs() > 1e-3).sum())
    assert seen > len(clean)


def test_rows_do_not_mix_and_the_subject_stays_as_it_was(untrained: Mapping[str, Any]) -> None:
    case = untrained["transformer"]
    before = {name: value.clone() for name, value in case.subject.params.items()}
    clean, corrupt, metric = _asked(case)
    site = "blocks.0.attn.hook_z"
    together = attribution_patching(case.subject, clean, corrupt, metric, [site])[site]
    labels = case.rows.labels[:, 0]
    for row in (0, 5):
        alone = logit_difference(0, labels[[row]], labels.roll(1)[[row]])
        effects = attribution_patching(case.subject, clean[[row]], corrupt[[row]], alone, [site])[site]
        assert_close(effects[0], together[row], atol=1e-5, rtol=1e-4)
    assert_close(case.subject.params, before, rtol=0, atol=0)
    assert not together.requires_grad


def test_nothing_changes_where_the_corrupt_input_is_the_clean_one(untrained: Mapping[str, Any]) -> None:
    case = untrained["gelu"]
    clean, _, metric = _asked(case)
    effects = attribution_patching(case.subject, clean, clean, metric, ["blocks.0.mlp.hook_post"])
    assert not effects["blocks.0.mlp.hook_post"].any()
