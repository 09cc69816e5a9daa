"""What a mask forbids, checked to the last bit: a change of what the answer cannot see changes none of its logits."""

import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.forward import Params, logits
from interpbench.tracks.scratchpad.key import Kind
from interpbench.tracks.scratchpad.layout import Layout
from interpbench.tracks.scratchpad.lessons import unseen


def moved(
    config: TransformerConfig, params: Params, tokens: Int[Tensor, "row length"], layout: Layout, kind: Kind
) -> list[str]:
    """Faults of a network whose answer depends on places that its kind says it cannot see, in any number of layers."""
    places = unseen(kind, layout, config.n_layers)
    if not places:
        return []
    changed = tokens.clone()
    changed[:, places] = tokens.roll(1, dims=0)[:, places]  # another row's tokens
    with torch.no_grad():
        before, after = (logits(config, params, some)[:, -1] for some in (tokens, changed))
    differ = int((before != after).any(dim=1).sum())
    return [f"{differ} of {len(tokens)} answers' logits depend on places that the answer cannot see"] if differ else []
