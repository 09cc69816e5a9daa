"""Back through a norm: the gradient at its input from one at its output, for many readers of one input at once."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor


def back_through(
    norm: Any, cfg: Any, resid: Float[Tensor, "row position d"], gradients: Float[Tensor, "row position reader d"]
) -> Float[Tensor, "row position reader d"]:
    """The transposed Jacobian of a layer norm or a root-mean-square norm, times each reader's gradient.

    Args:
        norm: the bridge's module; None where there is no norm.
        cfg: the bridge's configuration: kind of norm, and what keeps it from dividing by zero.
        resid: input of the norm.
        gradients: with regard to its output.
    """
    if norm is None:
        return gradients
    centred = cfg.normalization_type in {"LN", "LNPre"}
    inner = resid - resid.mean(dim=-1, keepdim=True) if centred else resid
    scale = (inner.pow(2).mean(dim=-1, keepdim=True) + cfg.eps).sqrt()
    normal, scale = (inner / scale)[:, :, None], scale[:, :, None]
    weight = norm.weight + 1 if getattr(cfg, "rmsnorm_uses_offset", False) else norm.weight
    scaled = gradients * weight
    back = scaled - normal * (scaled * normal).mean(dim=-1, keepdim=True)
    if centred:
        back = back - scaled.mean(dim=-1, keepdim=True)
    return torch.as_tensor(back / scale)
