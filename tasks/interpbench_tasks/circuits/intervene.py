"""A transformer with some of its nodes replaced, row by row, as a differentiable function; and training through it.

Which nodes are replaced differs from row to row, so that one pass trains many interventions. The last block is computed
at the answer position alone, as in `interpbench.models.transformer`; nothing else of it can reach the answer.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Bool, Float, Int
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.forward import Params
from interpbench.models.train import Trained, Training
from interpbench.models.transformer import normed, unseen
from interpbench.toolkit.circuits.graph import Graph

Made = list[Tensor]
"""What nodes write from, stage by stage: heads' outputs (row, query, head, e), then neurons (row, query, neuron)."""
FAR = 1e5
"""Taken off the scores of what is not seen; then its share is exactly zero."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Put:
    """What is put in.

    Attributes:
        where: nodes that are replaced in each row, in the order of the graph's writers, the embedding first.
        made: what is put in their place; None puts in zeros.
    """

    where: Bool[Tensor, "row writer"]
    made: Made | None


def run(
    config: TransformerConfig, graph: Graph, params: Params, tokens: Int[Tensor, "row length"], put: Put | None = None
) -> tuple[Float[Tensor, "row k"], Made]:
    """Logits at the answer position, and what the nodes made on the way (before anything was put in).

    Args:
        config: with one answer position, and heads of equal width.
        graph: its nodes.
        params: weights; gradients pass.
        tokens: inputs.
        put: which nodes are replaced, and by what.
    """
    rows, length = tokens.shape
    heads, (place,) = config.n_heads, config.positions
    seeing, made = (~unseen(config)).to(params["pos.weight"].dtype), []
    resid = params["tok_embed.weight"][tokens] + params["pos.weight"][:length]
    for layer in range(config.n_layers):
        block = f"layers.{layer}"

        def linear(x: Tensor, name: str, block: str = block) -> Tensor:
            return F.linear(x, params[f"{block}.{name}.weight"], params[f"{block}.{name}.bias"])

        queries = slice(place, place + 1) if layer == config.n_layers - 1 else slice(0, length)
        seen, here = normed(config, resid), resid[:, queries]
        q, k, v = (
            linear(x, f"attn.{part}").view(rows, x.shape[1], heads, -1).transpose(1, 2)
            for part, x in zip("qkv", (seen[:, queries], seen, seen), strict=True)
        )
        scores = q @ k.transpose(-2, -1) / sqrt(q.shape[-1])
        z = (_attention(scores, seeing[queries]) @ v).transpose(1, 2)
        made.append(z)
        z = _replaced(graph, 2 * layer + 1, z, put)
        here = here + linear(z.flatten(2), "attn.o")
        hidden = F.relu(linear(normed(config, here), "mlp.fc_in"))
        made.append(hidden)
        resid = here + linear(_replaced(graph, 2 * layer + 2, hidden, put), "mlp.fc_out")
    last = resid[:, 0] if config.n_layers else resid[:, place]
    return F.linear(normed(config, last), params["head.weight"]), made


def _attention(scores: Tensor, seeing: Tensor) -> Tensor:
    """Softmax over what is seen; `Tensor.softmax` takes six times as long over so few positions."""
    shown = scores + (seeing - 1) * FAR
    shares = (shown - shown.detach().amax(dim=-1, keepdim=True)).exp()
    return shares / shares.sum(dim=-1, keepdim=True)


def _replaced(graph: Graph, stage: int, value: Tensor, put: Put | None) -> Tensor:
    if put is None:
        return value
    where, layer = put.where[:, graph.writing(stage)], (stage - 1) // 2
    if stage % 2:
        where = where[:, None, :, None]
    else:
        group_of = [0] * sum(map(len, graph.groups[layer]))
        for number, group in enumerate(graph.groups[layer]):
            for neuron in group:
                group_of[neuron] = number
        where = where[:, None, group_of]
    other = torch.zeros(()) if put.made is None else put.made[stage - 1]
    return torch.where(where, other, value)


def rows_of(made: Made, rows: slice) -> Made:
    """Of some rows."""
    return [value[rows] for value in made]


def fit(
    params: Params,
    loss: Callable[[Params, int], Tensor],
    training: Training,
    progress: Callable[[int, float], None] | None = None,
) -> tuple[Params, Trained]:
    """Minimises a loss that draws its own rows.

    Args:
        params: to begin with; copied.
        loss: of parameters, at a step counted from 1.
        training: optimiser and number of steps; `stop_loss` is not looked at.
        progress: called every 100 steps with the step and the loss.
    """
    began = time.perf_counter()
    found = {name: value.detach().clone().requires_grad_() for name, value in params.items()}
    optimizer = torch.optim.AdamW(
        found.values(), lr=training.learning_rate, betas=(0.9, 0.98), weight_decay=training.weight_decay, fused=True
    )
    value = float("nan")
    for step in range(1, training.max_steps + 1):
        for part in optimizer.param_groups:
            part["lr"] = training.rate(step)
        now = loss(found, step)
        optimizer.zero_grad()
        now.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(list(found.values()), training.clip)
        optimizer.step()
        if step % 100 == 0 or step == training.max_steps:
            value = float(now.detach())
            if progress is not None:
                progress(step, value)
    finished = {name: tensor.detach() for name, tensor in found.items()}
    return finished, Trained(steps=training.max_steps, loss=value, seconds=time.perf_counter() - began)


def smoothed(logits: Float[Tensor, "row k"], labels: Int[Tensor, " row"], smoothing: float) -> Tensor:
    """Mean cross-entropy with smoothed labels, which keeps logits, and so what is left of other effects, small."""
    return F.cross_entropy(logits, labels, label_smoothing=smoothing)


def flags(graph: Graph, sets: Sequence[frozenset[int]]) -> Bool[Tensor, "set writer"]:
    """Sets of writers as rows of flags."""
    out = torch.zeros(len(sets), len(graph.writers), dtype=torch.bool)
    for number, some in enumerate(sets):
        out[number, sorted(some)] = True
    return out
