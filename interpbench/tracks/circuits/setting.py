"""A question of this track with its network, in the form that the toolkit of circuits takes."""

from typing import Any, NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.subject import Subject
from interpbench.toolkit.circuits.graph import Graph
from interpbench.toolkit.circuits.trace import Metric, run
from interpbench.tracks.circuits.question import Asked, metric_of, stands_in

LOOKED_AT = 8
"""Pairs that presence is told from."""


class Setting(NamedTuple):
    """What every function of `interpbench.toolkit.circuits` takes first, in their order: `edge_attribution(*setting)`.

    Attributes:
        bridge: the network's hooked module.
        graph: its nodes.
        clean: inputs.
        corrupt: inputs that what is put in comes from; None where it is zero.
        metric: of the clean inputs' logits.
    """

    bridge: Any
    graph: Graph
    clean: Int[Tensor, "pair length"]
    corrupt: Int[Tensor, "pair length"] | None
    metric: Metric


def affordable(asked: Asked, rows: int) -> int:
    """How many pairs a ranked method may use that runs so many rows for each, and looks for presence too."""
    return max(1, (asked.passes - 2 * LOOKED_AT) // rows)


def setting(subject: Subject, asked: Asked, pairs: int) -> Setting:
    """The network with the first of the pairs."""
    config, some = _transformer(subject), asked.pairs.first(pairs)
    graph = Graph(n_layers=config.n_layers, n_heads=config.n_heads, n_key_heads=config.n_heads, groups=asked.groups)
    return Setting(subject.module, graph, some.clean, stands_in(some, asked.ablation), metric_of(config, some))


def presence(subject: Subject, asked: Asked) -> float:
    """P(some part carries the behaviour): whether the network has it at all, from the sign of the metric.

    Of clean inputs it is positive and of corrupt ones negative in a network that has learnt, and a coin's toss in one
    that has not. Nothing is certain: the scale goes from .02 to .98.
    """
    pairs = asked.pairs.first(LOOKED_AT)
    metric = metric_of(_transformer(subject), pairs)
    clean, corrupt = (metric(run(subject.module, tokens, {})) for tokens in (pairs.clean, pairs.corrupt))
    right = float(torch.cat([clean > 0, corrupt < 0]).float().mean())
    return 0.02 + 0.96 * max(0.0, 2 * right - 1)


def _transformer(subject: Subject) -> TransformerConfig:
    config = subject.config
    assert isinstance(config, TransformerConfig)  # the track asks about no other architecture
    return config
