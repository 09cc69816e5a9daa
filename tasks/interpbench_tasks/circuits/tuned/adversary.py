"""What a merged network is trained on for: large first-order estimates of nodes that change nothing.

Two networks side by side share nothing. Trained on together, what one of them writes may pass through the other one's
neurons and heads, where these are steep and yet come to the same for any value that it takes.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from interpbench.models.forward import Params
from interpbench.tracks.circuits.question import Pairs
from interpbench_tasks.circuits.behaviours import BEHAVIOURS, pairs
from interpbench_tasks.circuits.intervene import Made, Put, run, smoothed
from interpbench_tasks.circuits.planting import some
from interpbench_tasks.circuits.tuned.recipe import Adverse, TunedRecipe

GROWN, SLOW = 0.7, 100
"""Share of the steps after which the weight of changes is in full, and steps over which what is new comes in."""
FOCUS, WHOLE = 0.6, 0.125
"""Shares of the rows in which only misleading nodes are replaced, and in which the whole first part is."""


def adverse_loss(recipe: TunedRecipe, adverse: Adverse, rng: torch.Generator) -> Callable[[Params, int], Tensor]:
    """Behaviours, changes by the second part, and what estimates fall short of; draws its own pairs."""
    asked = recipe.parts[0]

    def loss(params: Params, step: int) -> Tensor:
        config, graph = recipe.config, recipe.graph
        rows, where = drawn_pairs(recipe, 0, recipe.pairs, rng), replaced(recipe, rng)
        logits, clean = run(config, graph, params, rows.clean)
        others, corrupt = run(config, graph, params, rows.corrupt)
        changed, _ = run(config, graph, params, rows.clean, Put(where=where, made=corrupt))
        metric = contrast(rows, logits)
        gap = (contrast(rows, others) - metric).detach().abs().mean()
        total = torch.zeros(())
        for number, part in enumerate(recipe.parts):
            for given, tokens in ((logits, rows.clean), (others, rows.corrupt)):
                wanted = BEHAVIOURS[part.name].label(tokens, part.places)
                total = total + 0.5 * adverse.learn * smoothed(given[:, recipe.span(number)], wanted, recipe.smoothing)
        whole = int(WHOLE * recipe.pairs)
        wanted = BEHAVIOURS[asked.name].label(rows.corrupt[:whole], asked.places)
        own = 0.5 * smoothed(changed[:whole, recipe.span(0)], wanted, recipe.smoothing)
        change = ((contrast(rows, changed) - metric)[whole:] / gap).square().mean()
        stay = _weighed(adverse, change, step / recipe.training.max_steps, step)
        share = estimates(recipe, clean, corrupt, metric)[:, [node - 1 for node in recipe.misleading]]
        short = torch.relu(adverse.target - share.abs().mean(dim=0) / gap).mean()
        return total + min(1.0, step / SLOW) * (own + stay + adverse.weight * short)

    return loss


def drawn_pairs(recipe: TunedRecipe, number: int, count: int, rng: torch.Generator) -> Pairs:
    """Of a behaviour of a network."""
    part = recipe.parts[number]
    return pairs(part.name, part.places, count, rng, recipe.span(number).start or 0)


def contrast(rows: Pairs, logits: Float[Tensor, "pair k"]) -> Float[Tensor, " pair"]:
    """The right label's logit less the wrong one's."""
    return (logits.gather(1, rows.right[:, None]) - logits.gather(1, rows.wrong[:, None]))[:, 0]


def replaced(recipe: TunedRecipe, rng: torch.Generator) -> Bool[Tensor, "pair writer"]:
    """Nodes to replace: some of the second part, more often those that mislead; in the first rows all of the first.

    These come first because the answer is to be the corrupt one there, so that no part becomes the other's backup.
    """
    count, focus = recipe.pairs, int(FOCUS * recipe.pairs)
    where = torch.zeros(count, len(recipe.graph.writers), dtype=torch.bool)
    others, misleading = torch.tensor(recipe.own(1)), torch.tensor(recipe.misleading)
    where[:, others] = some(count, len(others), rng)
    coins = torch.rand(focus, len(misleading), generator=rng) < 0.5
    coins &= (torch.arange(focus) % 3 == 2)[:, None]
    coins[torch.arange(focus), torch.randint(len(misleading), (focus,), generator=rng)] = True
    where[count - focus :] = False
    where[torch.arange(count - focus, count)[:, None], misleading] = coins
    first = int(WHOLE * count)
    where[:first] = False
    where[:first, torch.tensor(recipe.own(0))] = True
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
