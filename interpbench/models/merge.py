"""Networks side by side in one: they read the same tokens, share nothing, and each answers in logits of its own.

The parameters of the parts stand as blocks on the diagonal of those of the whole. Without norm layers nothing crosses:
what a component of one part does to the logits of another is exactly zero, until a disguise rotates the stream.
"""

from collections.abc import Sequence

import torch

from interpbench.models.config import TransformerConfig
from interpbench.models.forward import Params

Part = tuple[TransformerConfig, Params]


def merge(parts: Sequence[Part]) -> Part:
    """One network that computes what all parts compute.

    Args:
        parts: transformers of equal inputs, depth and width of a head.

    Returns:
        Its architecture and parameters; heads, neurons and logits of the first part come first.

    Raises:
        ValueError: the parts do not fit together.
    """
    configs = [config for config, _ in parts]
    fixed = {"vocabulary", "length", "positions", "n_layers", "activation", "norm", "blocked", "kind", "d_head"}
    for name in sorted(fixed):
        values = {getattr(config, name) for config in configs}
        if len(values) > 1:
            raise ValueError(f"parts of a merged network: got {name} {sorted(map(str, values))}, wanted one")
    if configs[0].norm != "none":
        raise ValueError(
            f"parts of a merged network: got norm {configs[0].norm!r}, wanted none: a norm reads all parts"
        )
    sums = {
        name: sum(getattr(config, name) for config in configs) for name in ("d_model", "n_heads", "d_mlp", "classes")
    }
    whole = configs[0].model_copy(update=sums)
    params: Params = {}
    for name in parts[0][1]:
        blocks = [own[name] for _, own in parts]
        if blocks[0].ndim == 1:
            params[name] = torch.cat(blocks)
        elif name in {"tok_embed.weight", "pos.weight"}:
            params[name] = torch.cat(blocks, dim=1)
        else:
            params[name] = torch.block_diag(*blocks)  # type: ignore[no-untyped-call]
    return whole, params
