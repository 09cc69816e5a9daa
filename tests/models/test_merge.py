"""Merged networks: each part's logits as they were, and no part's business any other's."""

import numpy as np
import pytest
import torch

from interpbench.models.config import TransformerConfig
from interpbench.models.disguise import disguise
from interpbench.models.forward import Params, initial, logits
from interpbench.models.merge import merge
from interpbench.models.names import generator

SHAPE = TransformerConfig(
    vocabulary=6, length=5, positions=(4,), classes=3, n_layers=2, d_model=16, n_heads=2, d_mlp=24
)


def part(name: str, **changes: int) -> tuple[TransformerConfig, Params]:
    config = SHAPE.model_copy(update=changes)
    params = initial(config, generator("merge", name), 1.0)
    rng = generator("merge", name, "biases")
    return config, {key: value + 0.1 * torch.randn(value.shape, generator=rng) for key, value in params.items()}


PARTS = [part("a"), part("b", classes=4, d_model=32, n_heads=4), part("c", d_mlp=8)]
TOKENS = torch.randint(6, (50, 5), generator=generator("merge", "tokens"))


def test_every_part_answers_as_it_did() -> None:
    config, params = merge(PARTS)
    found = torch.split(logits(config, params, TOKENS), [own.classes for own, _ in PARTS], dim=-1)
    for (own, weights), answers in zip(PARTS, found, strict=True):
        torch.testing.assert_close(answers, logits(own, weights, TOKENS), rtol=1e-5, atol=1e-5)


def test_a_changed_part_changes_no_other() -> None:
    config, params = merge(PARTS)
    other, changed = merge([part("z"), *PARTS[1:]])
    before, after = logits(config, params, TOKENS), logits(other, changed, TOKENS)
    assert torch.equal(before[..., 3:], after[..., 3:])
    assert not torch.allclose(before[..., :3], after[..., :3])


def test_a_disguise_keeps_the_answers() -> None:
    config, params = merge(PARTS)
    hidden = disguise(config, params, np.random.default_rng(0))
    before, after = logits(config, params, TOKENS), logits(config, hidden, TOKENS)
    torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-5)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="got length"):
        merge([part("a"), part("b", length=6)])
    with pytest.raises(ValueError, match="got d_head"):
        merge([part("a"), part("b", n_heads=4)])


def test_parts_with_norms_are_refused() -> None:
    normed = [(config.model_copy(update={"norm": "rms"}), params) for config, params in PARTS]
    with pytest.raises(ValueError, match="a norm reads all parts"):
        merge(normed)
