"""Function-preserving changes of weights: what a method sees must not betray where a network came from.

Heads and neurons are permuted; without norm layers the residual stream is rotated by a random orthogonal matrix.
Norms of every weight matrix stay as they are. Computed in float64, where logits stay the same to 1e-12. In float32 they
change by what float32 arithmetic leaves open: at most 7e-7 of the largest logit for transformers and perceptrons, 7e-6
for recurrent nets (measured on trained networks, 20 disguises each; no prediction changed).
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from interpbench.models.config import MLPConfig, ModelConfig, RecurrentConfig, TransformerConfig
from interpbench.models.forward import Params


@dataclass(frozen=True, kw_only=True)
class Moved:
    """Where the parts of a transformer went: layer -> for each place of the disguised one the place before."""

    heads: tuple[tuple[int, ...], ...]
    neurons: tuple[tuple[int, ...], ...]


def disguise(config: ModelConfig, params: Params, rng: np.random.Generator, *, rotate: bool = True) -> Params:
    """The same function in another basis.

    Args:
        config: architecture.
        params: float32 parameters.
        rng: draws permutations and the rotation.
        rotate: whether the residual stream of a transformer is rotated; one stratum stays unrotated, for methods that
            read the basis.

    Returns:
        New float32 parameters under the same names.
    """
    doubled = {name: value.double() for name, value in params.items()}
    match config:
        case TransformerConfig():
            changed, _ = _transformer(config, doubled, rng, rotate)
        case MLPConfig():
            changed = _mlp(config, doubled, rng)
        case RecurrentConfig():
            changed = _recurrent(config, doubled, rng)
    return _stored(changed)


def disguise_with_map(config: TransformerConfig, params: Params, rng: np.random.Generator) -> tuple[Params, Moved]:
    """The same of a transformer whose parts are to be found again."""
    changed, moved = _transformer(config, {name: value.double() for name, value in params.items()}, rng, rotate=True)
    return _stored(changed), moved


def _stored(params: Params) -> Params:
    return {name: value.float().contiguous() for name, value in params.items()}


def random_rotation(size: int, rng: np.random.Generator) -> Float[Tensor, "size size"]:
    """An orthogonal matrix drawn from the Haar measure (QR of a Gaussian with the signs of R's diagonal)."""
    q, r = np.linalg.qr(rng.standard_normal((size, size)))
    return torch.from_numpy(q * np.sign(np.diag(r)))


def _permutation(size: int, rng: np.random.Generator) -> Tensor:
    return torch.from_numpy(rng.permutation(size))


def _transformer(
    config: TransformerConfig, params: Params, rng: np.random.Generator, rotate: bool
) -> tuple[Params, Moved]:
    out, went = dict(params), []
    for layer in range(config.n_layers):
        block = f"layers.{layer}"
        heads = _permutation(config.n_heads, rng)
        order = torch.arange(config.d_model).view(config.n_heads, config.d_head)[heads].flatten()
        for part in "qkv":
            out[f"{block}.attn.{part}.weight"] = out[f"{block}.attn.{part}.weight"][order]
            out[f"{block}.attn.{part}.bias"] = out[f"{block}.attn.{part}.bias"][order]
        out[f"{block}.attn.o.weight"] = out[f"{block}.attn.o.weight"][:, order]
        neurons = _permutation(config.d_mlp, rng)
        out[f"{block}.mlp.fc_in.weight"] = out[f"{block}.mlp.fc_in.weight"][neurons]
        out[f"{block}.mlp.fc_in.bias"] = out[f"{block}.mlp.fc_in.bias"][neurons]
        out[f"{block}.mlp.fc_out.weight"] = out[f"{block}.mlp.fc_out.weight"][:, neurons]
        went.append((tuple(heads.tolist()), tuple(neurons.tolist())))
    moved = Moved(heads=tuple(one for one, _ in went), neurons=tuple(one for _, one in went))
    if not rotate:
        return out, moved
    rotation = random_rotation(config.d_model, rng)
    for name, value in out.items():
        last = name.split(".")[-2]
        if last in {"tok_embed", "pos"} or last in {"q", "k", "v", "fc_in", "head"}:  # read from or write rows of resid
            out[name] = value @ rotation if value.ndim == 2 else value
        elif last in {"o", "fc_out"}:  # write columns, and biases, into the stream
            out[name] = rotation.T @ value
    return out, moved


def _mlp(config: MLPConfig, params: Params, rng: np.random.Generator) -> Params:
    neurons = _permutation(config.d_mlp, rng)
    return {
        "embed.weight": params["embed.weight"][:, :, neurons],
        "embed.bias": params["embed.bias"][neurons],
        "head.weight": params["head.weight"][:, neurons],
        "head.bias": params["head.bias"],
    }


def _recurrent(config: RecurrentConfig, params: Params, rng: np.random.Generator) -> Params:
    units = _permutation(config.d_model, rng)
    gates = torch.cat([units + gate * config.d_model for gate in range(3)])
    out = {
        "tok_embed.weight": params["tok_embed.weight"],
        "weight_ih": params["weight_ih"][gates],
        "weight_hh": params["weight_hh"][gates][:, units],
        "bias_ih": params["bias_ih"][gates],
        "bias_hh": params["bias_hh"][gates],
        "head.weight": params["head.weight"][:, units],
    }
    # the embedding has a basis of its own, which no other layer shares
    rotation = random_rotation(config.d_model, rng)
    out["tok_embed.weight"] = out["tok_embed.weight"] @ rotation
    out["weight_ih"] = out["weight_ih"] @ rotation
    return out
