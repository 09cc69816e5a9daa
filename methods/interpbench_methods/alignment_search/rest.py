"""What a network answers at a position once the activations there are others: the part of it after a site."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.subject import Network
from interpbench.models.transformer import normed

Rest = Callable[[Float[Tensor, "row d"], Int[Tensor, " row"]], Float[Tensor, "row k"]]
"""From activations at the site, and the numbers of the rows that they replace those of, to centred logits at the same
position; differentiable."""


def rest(network: Network, site: str, tokens: Int[Tensor, "row length"], at: Int[Tensor, " row"]) -> Rest:
    """The network after a site.

    After the last block nothing but the unembedding follows, position by position, and is computed alone: about a
    hundred times as fast as a pass of the whole network with a hook.

    Args:
        network: a transformer that answers at each of `at`.
        site: TransformerLens' name of the hook; heads lie side by side.
        tokens: inputs of all rows.
        at: position of each row.
    """
    config = network.config
    if isinstance(config, TransformerConfig) and site == f"blocks.{config.n_layers - 1}.hook_resid_post":
        head = network.params["head.weight"]

        def unembedded(states: Float[Tensor, "row d"], rows: Int[Tensor, " row"]) -> Float[Tensor, "row k"]:
            del rows
            return centred(F.linear(normed(config, states), head))

        return unembedded
    return hooked_rest(network, site, tokens, at)


def hooked_rest(network: Network, site: str, tokens: Int[Tensor, "row length"], at: Int[Tensor, " row"]) -> Rest:
    """The same at any site, by a hook in a pass of the whole network."""
    answer = torch.tensor([network.config.positions.index(place) for place in at.tolist()])

    def found(states: Float[Tensor, "row d"], rows: Int[Tensor, " row"]) -> Float[Tensor, "row k"]:
        def put(activation: Tensor, hook: Any) -> Tensor:
            del hook
            flat = activation.flatten(2).clone()  # (row, position, d)
            flat[torch.arange(len(rows)), at[rows]] = states
            return flat.view_as(activation)

        out = network.run_with_hooks(tokens[rows], [(site, put)])  # (row, answer, k)
        return centred(out[torch.arange(len(rows)), answer[rows]])

    return found


def centred(logits: Float[Tensor, "row k"]) -> Float[Tensor, "row k"]:
    """Without their mean over classes, which changes no probability."""
    return logits - logits.mean(dim=-1, keepdim=True)
