"""Which tokens push which answer: along the direct path through the heads to the logits, and by way of the mlp."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Float, Int

from interpbench.models.config import TransformerConfig
from interpbench.models.forward import Params
from interpbench.toolkit.contributions import by_token, contributions

Inputs = Int[np.ndarray, "input length"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Pushes:
    """Means over inputs that have a token at a position, about the mean over its tokens.

    Attributes:
        direct: (position, token, answer) logits through values and outputs of the heads.
        mlp: (position, token, answer) logits of the mlp, which reads them all.
        stream: (position,) size of what a position writes into the stream in front of the mlp.
    """

    direct: Float[np.ndarray, "position letter answer"]
    mlp: Float[np.ndarray, "position letter answer"]
    stream: Float[np.ndarray, " position"]

    @property
    def total(self) -> Float[np.ndarray, "position letter answer"]:
        """Both paths."""
        return np.asarray(self.direct + self.mlp)


def pushes(config: TransformerConfig, params: Params, sample: Inputs) -> Pushes:
    """Of a transformer of one layer, over sampled inputs."""
    tokens = torch.from_numpy(sample)
    parts = contributions(config, params, tokens)
    head, block = params["head.weight"], "layers.0.mlp"
    activation = F.relu if config.activation == "relu" else F.gelu
    neurons = activation(F.linear(parts.stream, params[f"{block}.fc_in.weight"], params[f"{block}.fc_in.bias"]))
    mlp = F.linear(neurons, params[f"{block}.fc_out.weight"]) @ head.T  # (input, answer)
    means = [
        by_token(values, tokens, config.vocabulary)
        for values in (parts.parts @ head.T, mlp[:, None].expand(-1, tokens.shape[1], -1), parts.parts)
    ]
    direct, indirect, stream = (mean - mean.mean(dim=1, keepdim=True) for mean in means)
    return Pushes(direct=direct.numpy(), mlp=indirect.numpy(), stream=stream.norm(dim=(1, 2)).numpy())
