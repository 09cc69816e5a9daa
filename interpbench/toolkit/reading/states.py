"""What the answer is made of: the states at the answer position, as the unembedding weighs them."""

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.subject import Subject


def gathered(subject: Subject, tokens: Int[Tensor, "input length"]) -> Float[Tensor, "input feature"]:
    """What has reached the answer position before the last nonlinearity: a residual stream, or the recurrent state."""
    config = subject.config
    site = (
        f"blocks.{config.n_layers - 1}.hook_resid_mid" if isinstance(config, TransformerConfig) else subject.sites[-1]
    )
    return _at_answer(subject, tokens, site)


def weighed(subject: Subject, tokens: Int[Tensor, "input length"]) -> Float[Tensor, "input feature"]:
    """Neurons at the answer position, or the recurrent state, each times what it moves the logits against each other.

    A neuron that no logit reads, or all alike, is nothing here, whatever it may hold.
    """
    config, params = subject.config, subject.params
    head = params["head.weight"] - params["head.weight"].mean(dim=0)  # (class, d_model)
    if isinstance(config, TransformerConfig):
        last = config.n_layers - 1
        neurons = _at_answer(subject, tokens, f"blocks.{last}.mlp.hook_post")
        return neurons * (head @ params[f"layers.{last}.mlp.fc_out.weight"]).square().sum(dim=0).sqrt()
    return _at_answer(subject, tokens, subject.sites[-1]) * head.square().sum(dim=0).sqrt()


def normed(states: Float[Tensor, "input feature"]) -> Float[Tensor, "input feature"]:
    """Centred, and of root mean square length 1: neither scale nor rotation matters to what is fitted to them."""
    centred = (states - states.mean(dim=0)).double()
    return centred / centred.square().sum(dim=1).mean().sqrt().clamp_min(1e-12)


def one_hot(tokens: Int[Tensor, "input length"], letters: int) -> Float[Tensor, "input length letter"]:
    """Indicator of each letter at each position."""
    return F.one_hot(tokens, letters).double()


def _at_answer(subject: Subject, tokens: Tensor, site: str) -> Tensor:
    with torch.no_grad():
        return subject.activations(tokens, [site])[site][:, subject.config.positions[0]]
