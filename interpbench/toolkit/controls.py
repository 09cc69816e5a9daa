"""Activations without what training or structure puts into them: what a finding about activations is held against."""

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.models.config import ModelConfig
from interpbench.models.forward import initial
from interpbench.models.subject import Network

_CHUNK = 4096


def structureless(rows: Float[Tensor, "row d"], rng: torch.Generator) -> Float[Tensor, "row d"]:
    """Rows of the same mean, covariance and lengths after whitening, in directions that are drawn at random.

    Whatever a dictionary explains of these, it explains without features. Dimensions of which the rows use next to
    nothing stay unused.
    """
    mean = rows.mean(dim=0)
    centred = (rows - mean).double()
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(rows))
    used = values > 1e-9 * values.max()
    values, vectors = values[used], vectors[:, used]
    lengths = torch.linalg.vector_norm(centred @ vectors / values.sqrt(), dim=1, keepdim=True)
    directions = F.normalize(torch.randn(len(rows), len(values), generator=rng, dtype=torch.float64), dim=1)
    drawn = lengths[torch.randperm(len(rows), generator=rng)] * directions
    found: Tensor = mean + (drawn * values.sqrt() @ vectors.T).to(rows.dtype)
    return found


def untrained(
    config: ModelConfig, site: str, tokens: Int[Tensor, "row length"], at: Int[Tensor, " row"], rng: torch.Generator
) -> Float[Tensor, "row d"]:
    """What a network of the same architecture with fresh weights holds at a site, one position a row.

    Heads lie side by side. Whatever a probe reads there, it reads off the tokens and not off what training made of
    them.
    """
    network, found = Network(config, initial(config, rng)), []
    for some, where in zip(torch.split(tokens, _CHUNK), torch.split(at, _CHUNK), strict=True):
        values = network.activations(some, [site])[site].flatten(2)  # (row, position, d)
        found.append(values[torch.arange(len(some)), where])
    return torch.cat(found)
