"""The same function with the least weight norm: rescalings that change the weights but no output, solved exactly.

Weights are determined by the function only up to changes of basis that cancel. Among all weights reached by them the
ones of least norm are unique up to rotations, so their norm belongs to the function and not to how it was written.

What is rescaled, by architecture:

* transformer: every head's query-key and value-output bases, the basis of the residual stream (there are no norm
  layers), each ReLU neuron's input against its output. Where a product of two matrices is fixed, the least
  |A|^2 + |B|^2 is twice the nuclear norm of A B (Srebro et al. 2005), reached from its singular vectors.
* perceptron: each neuron's input against its output, for ReLU (degree 1) and x^2 (degree 2).
* recurrent unit: the basis of the embedding. Its gates are not homogeneous, so nothing else can be rescaled.

The blocks of a transformer touch each other, so they are balanced in turn. The squared norm is geodesically convex on
such an orbit (Kempf & Ness 1979), so this descends to the global minimum; 1e-9 relative a sweep ends it.
What is not done: shifts (a key bias, a constant moved between two positions' embeddings), and GELU neurons, which are
not homogeneous.
"""

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Float
from torch import Tensor

from interpbench.models.config import MLPConfig, ModelConfig, RecurrentConfig, TransformerConfig
from interpbench.models.data import Rows
from interpbench.models.forward import Params
from interpbench.models.subject import Subject
from interpbench.toolkit.tempering import EQUAL_LOSS, equalising_factor

_SWEEPS, _TOLERANCE = 100, 1e-9


def squared_norm(params: Params) -> float:
    """Sum of squares of all parameters."""
    return sum(float(value.double().square().sum()) for value in params.values())


def equalised(subject: Subject, rows: Rows, loss: float = EQUAL_LOSS) -> Params:
    """The subject brought to a stated train loss and to least norm: its unembedding scaled, then everything balanced.

    Predictions stay, logits are multiplied by one factor.

    Args:
        subject: the network.
        rows: where the loss is measured.
        loss: mean cross-entropy wanted there, in nats.
    """
    factor = equalising_factor(subject.logits(rows.tokens), rows.labels, loss)
    scaled = {name: value * factor if name.startswith("head.") else value for name, value in subject.params.items()}
    return balanced(subject.config, scaled)


def balanced(config: ModelConfig, params: Params) -> Params:
    """Parameters of the same function and of least norm, as the module's text says; float32, computed in float64."""
    doubled = {name: value.double() for name, value in params.items()}
    match config:
        case TransformerConfig():
            changed = _transformer(config, doubled)
        case MLPConfig():
            changed = _perceptron(config, doubled)
        case RecurrentConfig():
            embed, into = _pair(doubled["tok_embed.weight"], doubled["weight_ih"].T)
            changed = doubled | {"tok_embed.weight": embed, "weight_ih": into.T}
    return {name: value.float().contiguous() for name, value in changed.items()}


def _pair(
    left: Float[Tensor, "*head row inner"], right: Float[Tensor, "*head inner column"]
) -> tuple[Float[Tensor, "*head row inner"], Float[Tensor, "*head inner column"]]:
    """Matrices with the same product and the least sum of squared norms: U sqrt(S) and sqrt(S) V^T."""
    q_left, r_left = torch.linalg.qr(left)
    q_right, r_right = torch.linalg.qr(right.mT)
    u, s, vt = torch.linalg.svd(r_left @ r_right.mT, full_matrices=False)
    root = s.sqrt()
    missing = left.shape[-1] - s.shape[-1]  # of rank, where an alphabet is smaller than the width
    new_left = F.pad(q_left @ (u * root[..., None, :]), (0, missing))
    new_right = F.pad(root[..., :, None] * (vt @ q_right.mT), (0, 0, 0, missing))
    return new_left, new_right


def _neurons(
    into: Float[Tensor, "neuron n"], out: Float[Tensor, "m neuron"], degree: int
) -> tuple[Float[Tensor, "neuron n"], Float[Tensor, "m neuron"]]:
    """Neurons of a homogeneous activation with input weights times s and output weights over s^degree.

    s^2 |a|^2 + s^(-2 degree) |b|^2 is least at s^(2 degree + 2) = degree |b|^2 / |a|^2. A neuron without input or
    without output does nothing, and vanishes.
    """
    a, b = into.square().sum(dim=1), out.square().sum(dim=0)  # (neuron,)
    alive = (a > 0) & (b > 0)
    s = torch.where(alive, (degree * b / a.where(alive, 1)) ** (1 / (2 * degree + 2)), 1)
    return into * (s * alive)[:, None], out * (alive / s**degree)


def _perceptron(config: MLPConfig, params: Params) -> Params:
    embed = params["embed.weight"]
    into = torch.cat([embed.flatten(0, 1), params["embed.bias"][None]]).T  # (neuron, length * vocabulary + 1)
    into, out = _neurons(into, params["head.weight"], degree=1 if config.activation == "relu" else 2)
    return {
        "embed.weight": into[:, :-1].T.reshape(embed.shape),
        "embed.bias": into[:, -1],
        "head.weight": out,
        "head.bias": params["head.bias"],
    }


def _transformer(config: TransformerConfig, params: Params) -> Params:
    before = squared_norm(params)
    for _ in range(_SWEEPS):
        for layer in range(config.n_layers):
            params = params | _attention(config, params, f"layers.{layer}.attn")
            if config.activation == "relu":
                params = params | _feed_forward(params, f"layers.{layer}.mlp")
        params = params | _residual_stream(config, params)
        after = squared_norm(params)
        if after > before * (1 - _TOLERANCE):
            break
        before = after
    return params


def _attention(config: TransformerConfig, params: Params, block: str) -> Params:
    """Query against key and value against output, each head in its own basis; biases are one more input column."""

    def heads(part: str) -> Tensor:
        joint = torch.cat([params[f"{block}.{part}.weight"], params[f"{block}.{part}.bias"][:, None]], dim=1)
        return joint.view(config.n_heads, config.d_head, -1)  # (head, d_head, d_model + 1)

    def apart(part: str, joint: Tensor) -> Params:
        flat = joint.flatten(0, 1)
        return {f"{block}.{part}.weight": flat[:, :-1], f"{block}.{part}.bias": flat[:, -1]}

    queries, keys = _pair(heads("q").mT, heads("k"))
    output = params[f"{block}.o.weight"].T.view(config.n_heads, config.d_head, -1).mT  # (head, d_model, d_head)
    output, values = _pair(output, heads("v"))
    return (
        apart("q", queries.mT)
        | apart("k", keys)
        | apart("v", values)
        | {f"{block}.o.weight": output.mT.flatten(0, 1).T}
    )


def _feed_forward(params: Params, block: str) -> Params:
    """ReLU neurons; the bias is one more input column."""
    into = torch.cat([params[f"{block}.fc_in.weight"], params[f"{block}.fc_in.bias"][:, None]], dim=1)
    into, out = _neurons(into, params[f"{block}.fc_out.weight"], degree=1)
    return {
        f"{block}.fc_in.weight": into[:, :-1],
        f"{block}.fc_in.bias": into[:, -1],
        f"{block}.fc_out.weight": out,
    }


def _residual_stream(config: TransformerConfig, params: Params) -> Params:
    """All that read the stream against all that write it, as one product."""
    blocks = [f"layers.{layer}" for layer in range(config.n_layers)]
    reading = [f"{block}.{part}.weight" for block in blocks for part in ("attn.q", "attn.k", "attn.v", "mlp.fc_in")]
    reading.append("head.weight")
    written = ["tok_embed.weight", "pos.weight"]  # vectors of the stream as rows
    columns = [f"{block}.{part}.weight" for block in blocks for part in ("attn.o", "mlp.fc_out")]
    biases = [f"{block}.{part}.bias" for block in blocks for part in ("attn.o", "mlp.fc_out")]
    pieces = [params[name] for name in written]
    pieces += [params[name].T for name in columns] + [params[name][None] for name in biases]
    readers, writers = _pair(torch.cat([params[name] for name in reading]), torch.cat(pieces).T)
    out = dict(zip(reading, torch.split(readers, [len(params[name]) for name in reading]), strict=True))
    parts = torch.split(writers.T, [len(piece) for piece in pieces])
    for name, part in zip(written + columns + biases, parts, strict=True):
        out[name] = part if name in written else part.T if name in columns else part[0]
    return out
