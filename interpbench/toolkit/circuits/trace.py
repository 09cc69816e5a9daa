"""One run of a network with all that edges are scored from: what was written, and what readers would make of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.toolkit.circuits import passes
from interpbench.toolkit.circuits.graph import Graph
from interpbench.toolkit.circuits.sites import read_back, reading_sites, stream_sites, writing_sites, written

Metric = Callable[[Float[Tensor, "row position k"]], Float[Tensor, " row"]]
"""One number a row from the logits of that row alone."""
Change = Callable[[Tensor], Tensor]
"""From an activation to what is put in its place."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """A run.

    Attributes:
        writes: what every writer adds to the stream.
        gradients: of the metric with regard to the stream, as each reader alone passes them on.
    """

    writes: Float[Tensor, "row position writer d"]
    gradients: Float[Tensor, "row position reader d"]


def writes(bridge: Any, graph: Graph, tokens: Int[Tensor, "row position"]) -> Float[Tensor, "row position writer d"]:
    """What every writer adds to the stream, without gradient: one forward pass."""
    with torch.no_grad():
        return written(bridge, graph, activations(bridge, graph, tokens))


def put_in(
    bridge: Any, graph: Graph, clean: Int[Tensor, "row position"], corrupt: Int[Tensor, "row position"] | None
) -> dict[str, Tensor]:
    """What is put in the place of what writers make: what they make of corrupt inputs, or zeros if there are none."""
    if corrupt is not None:
        return activations(bridge, graph, corrupt)
    return {site: torch.zeros_like(value) for site, value in activations(bridge, graph, clean).items()}


def activations(bridge: Any, graph: Graph, tokens: Int[Tensor, "row position"]) -> dict[str, Tensor]:
    """What writers make their output of, by hook name."""
    kept: dict[str, Tensor] = {}
    with torch.no_grad():
        forward(bridge, tokens, {site: _keep(kept, site) for site in writing_sites(graph)})
    return kept


def trace(
    bridge: Any,
    graph: Graph,
    tokens: Int[Tensor, "row position"],
    metric: Metric,
    changes: Mapping[str, Change] | None = None,
) -> Trace:
    """One forward and one backward pass.

    Args:
        bridge: the network; its weights are not changed.
        graph: its nodes.
        tokens: inputs.
        metric: of the logits.
        changes: hook name -> what is put in the place of the activation there.
    """
    kept: dict[str, Tensor] = {}
    probes: dict[str, Tensor] = {}
    reading = reading_sites(bridge, graph)

    # gradients with regard to a zero that is added: hook points of a bridge lie off the graph, or are views
    def probe(site: str) -> Change:
        def hook(activation: Tensor) -> Tensor:
            probes[site] = torch.zeros_like(activation, requires_grad=True)
            return activation + probes[site]

        return hook

    hooks: dict[str, list[Change]] = {}
    for site, change in (changes or {}).items():
        hooks.setdefault(site, []).append(change)
    for site in dict.fromkeys([*writing_sites(graph), *stream_sites(bridge, graph)]):
        hooks.setdefault(site, []).append(_keep(kept, site))
    for site in reading:
        hooks.setdefault(site, []).append(probe(site))
    with torch.enable_grad():
        value = metric(forward(bridge, tokens, {site: _in_turn(steps) for site, steps in hooks.items()})).sum()
        gradients = torch.autograd.grad(value, [probes[site] for site in reading], materialize_grads=True)
    with torch.no_grad():
        return Trace(
            writes=written(bridge, graph, kept),
            gradients=read_back(bridge, graph, dict(zip(reading, gradients, strict=True)), kept),
        )


def run(
    bridge: Any, tokens: Int[Tensor, "row position"], changes: Mapping[str, Change]
) -> Float[Tensor, "row position k"]:
    """Logits with some activations changed, without gradient."""
    with torch.no_grad():
        return forward(bridge, tokens, changes)


def forward(
    bridge: Any, tokens: Int[Tensor, "row position"], changes: Mapping[str, Change]
) -> Float[Tensor, "row position k"]:
    """Logits with some activations changed, with gradient where it is enabled."""

    def hook(change: Change) -> Callable[..., Tensor]:
        def act(activation: Tensor, hook: Any) -> Tensor:
            del hook
            return change(activation)

        return act

    passes.count(bridge, 2 * len(tokens) if torch.is_grad_enabled() else len(tokens))
    out: Tensor = bridge.run_with_hooks(tokens, fwd_hooks=[(site, hook(change)) for site, change in changes.items()])
    return out


def _keep(kept: dict[str, Tensor], site: str) -> Change:
    def change(activation: Tensor) -> Tensor:
        kept[site] = activation.detach()
        return activation

    return change


def _in_turn(changes: list[Change]) -> Change:
    def change(activation: Tensor) -> Tensor:
        for one in changes:
            activation = one(activation)
        return activation

    return change
