"""What a search is held against beside a random subspace: a network that learnt nothing, and labels of other rows.

References: Arora, Jurafsky & Potts 2024, CausalGym (arXiv:2402.12560), in which arbitrary labels are aligned as well.
"""

from math import sqrt

import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.models.config import ModelConfig
from interpbench.models.forward import Params, initial

from .search import pairs


def redrawn(config: ModelConfig, params: Params, rng: torch.Generator) -> Params:
    """Fresh weights, each matrix with the norm that it has in a trained network; biases at 0."""
    out = {}
    for name, value in initial(config, rng).items():
        norm = float(value.square().sum())
        out[name] = value * sqrt(float(params[name].square().sum()) / norm) if norm > 0 else value
    return out


def shuffled(at: Int[Tensor, " row"], rng: torch.Generator) -> Int[Tensor, " row"]:
    """For each row one of its own position, in random order: whose label it gets."""
    rows = torch.arange(len(at))
    to, source = pairs(at, rows, rng)
    return source[to.argsort()]
