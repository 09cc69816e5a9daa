"""What each position brings to the residual stream at the answer, behind attention and in front of the mlp.

In a transformer of one layer the stream at the answer position is a sum over positions: of each token and its place,
through the values and outputs of the heads, weighted by their attention; and of the last token itself.

References: Elhage et al. 2021, A mathematical framework for transformer circuits.
"""

from dataclasses import dataclass
from math import sqrt

import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.forward import Params


@dataclass(frozen=True, kw_only=True, eq=False)
class Contributions:
    """Parts of the stream at the answer.

    Attributes:
        parts: (input, position, d_model), by the position that they come from.
        constant: (d_model,) bias of the attention's output.
    """

    parts: Float[Tensor, "input position d_model"]
    constant: Float[Tensor, " d_model"]

    @property
    def stream(self) -> Float[Tensor, "input d_model"]:
        """Their sum: what the mlp reads."""
        return self.parts.sum(dim=1) + self.constant


def contributions(config: TransformerConfig, params: Params, tokens: Int[Tensor, "input length"]) -> Contributions:
    """Parts of the stream at the answer of a transformer of one layer.

    Raises:
        ValueError: more layers, or several answers, or an answer that is not at the end.
    """
    if config.n_layers != 1 or config.positions != (config.length - 1,):
        raise ValueError("wanted a transformer of one layer that answers once, at its last token")
    heads, d_head = config.n_heads, config.d_head
    block = "layers.0.attn"
    resid = params["tok_embed.weight"][tokens] + params["pos.weight"]  # (input, position, d_model)

    def split(x: Tensor, name: str) -> Tensor:
        out = x @ params[f"{block}.{name}.weight"].T + params[f"{block}.{name}.bias"]
        return out.view(*x.shape[:-1], heads, d_head)

    query, key, value = split(resid[:, -1], "q"), split(resid, "k"), split(resid, "v")
    pattern = (torch.einsum("nhd,nphd->nph", query, key) / sqrt(d_head)).softmax(dim=1)  # (input, position, head)
    weighted = (pattern[..., None] * value).flatten(2)  # (input, position, d_model)
    parts = weighted @ params[f"{block}.o.weight"].T
    parts[:, -1] += resid[:, -1]
    return Contributions(parts=parts, constant=params[f"{block}.o.bias"])


def by_token(
    values: Float[Tensor, "input position feature"], tokens: Int[Tensor, "input length"], letters: int
) -> Float[Tensor, "position letter feature"]:
    """Mean of each position's part over the inputs that have a letter there; attention makes it vary around that."""
    chosen = torch.nn.functional.one_hot(tokens, letters).to(values.dtype)  # (input, position, letter)
    sums = torch.einsum("npl,npf->plf", chosen, values)
    return sums / chosen.sum(dim=0)[..., None].clamp(min=1)
