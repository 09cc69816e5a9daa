"""All parameters of a network as one vector, and back."""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from interpbench.models.forward import Params


def flatten(params: Mapping[str, Tensor]) -> Float[Tensor, " parameter"]:
    """All parameters in one vector, in the order of their names."""
    return torch.cat([params[name].flatten() for name in sorted(params)])


def unflatten(vector: Float[Tensor, " parameter"], like: Mapping[str, Tensor]) -> Params:
    """The inverse of `flatten`: views into the vector, under the names and shapes of `like`; works under `torch.func`.

    >>> params = {"b": torch.zeros(2), "a": torch.ones(1, 3)}
    >>> unflatten(flatten(params), params)["a"]
    tensor([[1., 1., 1.]])
    """
    names = sorted(like)
    parts = torch.split(vector, [like[name].numel() for name in names])
    return {name: part.view(like[name].shape) for name, part in zip(names, parts, strict=True)}
