"""What a merged network is trained on for: large first-order estimates of nodes that change nothing.

Two networks side by side share nothing. Trained on together, what one of them writes may pass through the other one's
neurons and heads, where these are steep and yet come to the same for any value that it takes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from interpbench.models.forward import Params
from interpbench_tasks.circuits import behaviours
from interpbench_tasks.circuits.behaviours import BEHAVIOURS
from interpbench_tasks.circuits.intervene import Made, Put, run, smoothed
from interpbench_tasks.circuits.planting import some
from interpbench_tasks.circuits.tuned.recipe import Adverse, TunedRecipe

GROWN, SLOW = 0.7, 100
"""Share of the steps after which the weight of changes is in full, and steps over which all terms come in."""
FOCUS, WHOLE = 0.6, 0.125
"""Shares of a behaviour's rows in which only misleading nodes are replaced, and in which all of its own part are."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Halves:
    """As many pairs of inputs of either behaviour, those of the first one first.

    Attributes:
        clean, corrupt: inputs.
        right, wrong: logits that tell them apart.
    """

    clean: Int[Tensor, "pair length"]
    corrupt: Int[Tensor, "pair length"]
    right: Int[Tensor, " pair"]
    wrong: Int[Tensor, " pair"]

    def metric(self, logits: Float[Tensor, "pair k"]) -> Float[Tensor, " pair"]:
        """The right label's logit less the wrong one's."""
        return (logits.gather(1, self.right[:, None]) - logits.gather(1, self.wrong[:, None]))[:, 0]


def adverse_loss(recipe: TunedRecipe, adverse: Adverse, rng: torch.Generator) -> Callable[[Params, int], Tensor]:
    """Behaviours, changes by the other part, and what estimates fall short of; draws its own pairs."""

    def loss(params: Params, step: int) -> Tensor:
        config, graph, count = recipe.config, recipe.graph, recipe.pairs
        rows, where = halves(recipe, rng), replaced(recipe, rng)
        logits, clean = run(config, graph, params, rows.clean)
        others, corrupt = run(config, graph, params, rows.corrupt)
        changed, _ = run(config, graph, params, rows.clean, Put(where=where, made=corrupt))
        metric = rows.metric(logits)
        estimated = estimates(recipe, clean, corrupt, metric)
        apart, far = rows.metric(others) - metric, rows.metric(changed) - metric
        begun, whole = min(1.0, step / SLOW), int(WHOLE * count)
        total = torch.zeros(())
        for number, part in enumerate(recipe.parts):
            span, here = recipe.span(number), slice(number * count, (number + 1) * count)
            for given, tokens in ((logits, rows.clean), (others, rows.corrupt)):
                wanted = BEHAVIOURS[part.name].label(tokens, part.places)
                total = total + 0.5 * adverse.learn * smoothed(given[:, span], wanted, recipe.smoothing)
            gap = apart[here].detach().abs().mean()
            own, beside = slice(here.start, here.start + whole), slice(here.start + whole, here.stop)
            wanted = BEHAVIOURS[part.name].label(rows.corrupt[own], part.places)
            total = total + begun * 0.5 * smoothed(changed[own, span], wanted, recipe.smoothing)
            total = total + begun * _weighed(
                adverse, (far[beside] / gap).square().mean(), step / recipe.training.max_steps, step
            )
            share = estimated[here][:, [node - 1 for node in part.misleading]].abs().mean(dim=0) / gap
            total = total + begun * adverse.weight * torch.relu(adverse.target - share).mean()
        return total

    return loss


def halves(recipe: TunedRecipe, rng: torch.Generator) -> Halves:
    """Drawn pairs of either behaviour."""
    drawn = [
        behaviours.pairs(part.name, part.places, recipe.pairs, rng, recipe.span(number).start or 0)
        for number, part in enumerate(recipe.parts)
    ]
    return Halves(
        clean=torch.cat([one.clean for one in drawn]),
        corrupt=torch.cat([one.corrupt for one in drawn]),
        right=torch.cat([one.right for one in drawn]),
        wrong=torch.cat([one.wrong for one in drawn]),
    )


def replaced(recipe: TunedRecipe, rng: torch.Generator) -> Bool[Tensor, "pair writer"]:
    """Nodes to replace: some of the other part, more often of those that mislead; in the first rows all of the own.

    These come first because the answer is to be the corrupt one there, so that no part becomes the other's backup.
    """
    count, focus = recipe.pairs, int(FOCUS * recipe.pairs)
    where = torch.zeros(2 * count, len(recipe.graph.writers), dtype=torch.bool)
    for number, part in enumerate(recipe.parts):
        others, rows = torch.tensor(recipe.own(1 - number)), torch.arange(number * count, (number + 1) * count)
        where[rows[:, None], others] = some(count, len(others), rng)
        where[rows[: int(WHOLE * count), None], torch.tensor(recipe.own(number))] = True
        misleading, last = torch.tensor(part.misleading), rows[count - focus :]
        coins = torch.rand(focus, len(misleading), generator=rng) < 0.5
        coins &= (torch.arange(focus) % 3 == 2)[:, None]
        coins[torch.arange(focus), torch.randint(len(misleading), (focus,), generator=rng)] = True
        where[last] = False
        where[last[:, None], misleading] = coins
    return where


def estimates(
    recipe: TunedRecipe, clean: Made, corrupt: Made, metric: Float[Tensor, " row"]
) -> Float[Tensor, "row node"]:
    """To first order, what replacing each node but the embedding changes; gradients pass, also through gradients.

    Args:
        recipe: says the groups.
        clean: what nodes make of the clean inputs, which `metric` was computed from.
        corrupt: what they make of the corrupt ones.
        metric: of the clean inputs.
    """
    slopes = torch.autograd.grad(metric.sum(), clean, create_graph=True)
    found = []
    for stage, (before, after, slope) in enumerate(zip(clean, corrupt, slopes, strict=True)):
        change = (after - before) * slope
        if stage % 2:
            found.append(change.sum(dim=1).reshape(len(change), -1, recipe.group).sum(dim=2))
        else:
            found.append(change.sum(dim=(1, 3)))
    return torch.cat(found, dim=1)


def _weighed(adverse: Adverse, change: Tensor, done: float, step: int) -> Tensor:
    first, last = adverse.stay
    weight = float(first * (last / first) ** min(1.0, done / GROWN))
    small = adverse.small * min(1.0, max(0.0, (step - adverse.begin) / adverse.ramp))
    return weight * change + small * torch.log1p(change / adverse.fine)
