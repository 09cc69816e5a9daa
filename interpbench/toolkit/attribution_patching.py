"""Attribution patching: to first order, what replacing an activation by that of another input does to a metric.

effect = gradient of the metric at the clean input, times (corrupt activation - clean activation), element by element
(Nanda 2023, "Attribution patching"; Syed et al. 2023, arXiv:2310.10348). One pass on the corrupt inputs, one forward
and one backward pass on the clean ones, all rows at once. Exact where the metric is linear in the activation.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.models.subject import Subject

Metric = Callable[[Float[Tensor, "row answer k"]], Float[Tensor, " row"]]
"""One number a row from the logits of that row."""


def attribution_patching(
    subject: Subject,
    clean: Int[Tensor, "row length"],
    corrupt: Int[Tensor, "row length"],
    metric: Metric,
    sites: Sequence[str],
) -> dict[str, Float[Tensor, "row position *site"]]:
    """The estimated change of each row's metric for every element of every activation, each replaced alone.

    Args:
        subject: the network; its weights are not changed.
        clean: inputs.
        corrupt: for each clean input the one that the replacing activations come from.
        metric: of the logits; no row's number may depend on another row.
        sites: hook names, each written once.

    Returns:
        Site -> effects in the shape of the activation; sums over positions or over a head's width are the estimates
        for those parts replaced together.
    """
    replacing = subject.activations(corrupt, sites)
    probes = {site: torch.zeros_like(value).requires_grad_() for site, value in replacing.items()}
    before: dict[str, Tensor] = {}

    # gradients with regard to a zero that is added: some hook points lie off the graph, and those that a bridge shows
    # under an alias tell another name than the one asked for
    def watch(activation: Tensor, hook: Any, *, site: str) -> Tensor:
        del hook
        before[site] = activation.detach()
        return activation + probes[site]

    with torch.enable_grad():
        out = subject.run_with_hooks(clean, [(site, partial(watch, site=site)) for site in sites])
        gradients = torch.autograd.grad(metric(out).sum(), [probes[site] for site in sites], materialize_grads=True)
    return {site: gradient * (replacing[site] - before[site]) for site, gradient in zip(sites, gradients, strict=True)}


def logit_difference(answer: int, right: Int[Tensor, " row"], wrong: Int[Tensor, " row"]) -> Metric:
    """The metric: logit of one label over that of another, at one answer position."""

    def metric(logits: Float[Tensor, "row answer k"]) -> Float[Tensor, " row"]:
        here = logits[:, answer]
        return (here.gather(1, right[:, None]) - here.gather(1, wrong[:, None]))[:, 0]

    return metric
