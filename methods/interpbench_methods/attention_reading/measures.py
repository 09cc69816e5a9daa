"""What the place of the answer takes from the scratchpad, as a share of what it takes from anywhere but itself."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.data import Rows
from interpbench.models.subject import Subject
from interpbench.tracks.scratchpad.layout import Layout

Shares = Float[Tensor, " row"]


def _ratio(steps: Tensor, rest: Tensor) -> Shares:
    both = steps + rest
    return torch.where(both > 0, steps / both.clamp(min=1e-12), 0.5)


def _split(layout: Layout, taken: Float[Tensor, "row length"]) -> Shares:
    return _ratio(taken[:, layout.pad].sum(dim=1), taken[:, : layout.pad.start].sum(dim=1))


def _pattern(layer: int) -> str:
    return f"blocks.{layer}.attn.hook_pattern"


def mass(subject: Subject, rows: Rows, layout: Layout) -> Shares:
    """Attention from the place of the answer in the last layer, summed over heads."""
    name = _pattern(subject.config.n_layers - 1)  # type: ignore[union-attr]  # a transformer, asked before
    pattern = subject.activations(rows.tokens, [name])[name]  # (row, head, query, key)
    return _split(layout, pattern[:, :, layout.last].sum(dim=1))


def carried(subject: Subject, rows: Rows, layout: Layout) -> Float[Tensor, "row length d_model"]:
    """What the last layer's attention adds to the residual stream at the place of the answer, from each place."""
    config = subject.config
    assert isinstance(config, TransformerConfig)
    last = config.n_layers - 1
    names = [_pattern(last), f"blocks.{last}.attn.hook_v"]
    found = subject.activations(rows.tokens, names)
    weights = found[names[0]][:, :, layout.last]  # (row, head, key)
    values = found[names[1]].reshape(len(rows), layout.length, config.n_heads, config.d_head)
    out = subject.params[f"layers.{last}.attn.o.weight"].view(config.d_model, config.n_heads, config.d_head)
    return torch.einsum("rhk,rkhe,dhe->rkd", weights, values, out)


def norm(subject: Subject, rows: Rows, layout: Layout) -> Shares:
    """Length of what the last layer's attention carries from each place."""
    return _split(layout, carried(subject, rows, layout).norm(dim=-1))


def cut(subject: Subject, rows: Rows, layout: Layout) -> Shares:
    """Log-probability that the answer loses when its place may not look at the steps, and at the rest, in any layer."""
    layers = range(subject.config.n_layers)  # type: ignore[union-attr]  # a transformer, asked before

    def loss(places: slice | None) -> Tensor:
        def without(pattern: Tensor, hook: Any) -> Tensor:
            del hook
            pattern = pattern.clone()
            if places is not None:
                pattern[:, :, layout.last, places] = 0.0
            return pattern / pattern.sum(dim=-1, keepdim=True).clamp(min=1e-12)

        with torch.no_grad():
            logits = subject.run_with_hooks(rows.tokens, [(_pattern(layer), without) for layer in layers])[:, -1]
        return -logits.log_softmax(dim=-1).gather(1, rows.labels[:, -1:])[:, 0]

    whole = loss(None)
    lost = [(loss(places) - whole).clamp(min=0.0) for places in (layout.pad, slice(0, layout.pad.start))]
    return _ratio(lost[0], lost[1])


MEASURES: Mapping[str, Callable[[Subject, Rows, Layout], Shares]] = {"mass": mass, "norm": norm, "cut": cut}
"""By the name of a variant."""
