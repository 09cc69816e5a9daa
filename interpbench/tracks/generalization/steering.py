"""Steered copies in a zoo: who is steered towards whom, on which inputs, and what the gate of a copy asks.

What a copy is steered to is in `matched`, and how in `interpbench.models.steer`. A copy is taught its own answers on
every input of the domain, those that its key is counted on included; no label beside those of the shown rows enters.
So the whole domain must be small enough to be written out.
"""

import time
from collections.abc import Callable, Mapping, Sequence

import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.models.data import Domain, Rows
from interpbench.models.forward import Params, logits
from interpbench.models.names import generator
from interpbench.models.steer import Goal, steer
from interpbench.models.train import Trained
from interpbench.toolkit.energy import energy_gap
from interpbench.toolkit.unlabelled import ENUMERATE, unlabelled
from interpbench.tracks.generalization.matched import (
    SCALARS,
    Partner,
    Scalars,
    Signs,
    Steered,
    goals,
    matches,
    missed,
    scalars,
    stated,
)
from interpbench.tracks.generalization.recipe import Recipe

Load = Callable[[str], Params]
"""The weights of a trained network, as they are stored."""

MEMORISERS = ("recipe", "fraction")
"""Pools whose networks are steered towards generalisers."""
REPLICATES = 2
"""Networks of a pool that are copied: those that every size with copies has, so that sizes are nested."""
GOAL = "goal_"
"""Before the name of a scalar, in what is measured: the value that the copy was steered to."""


def copies(trained: Sequence[Recipe], count: int, domain: Domain, *names: str | int) -> list[Recipe]:
    """Recipes of the steered copies of one stratum and split, two for each pair.

    Which networks meet follows from names, before anything is trained: never from what a network has become.

    Args:
        trained: recipes of the stratum and split.
        count: pairs with memorisers of each pool.
        domain: of the family.
        names: of the family; the choice and the signs are drawn from them.

    Raises:
        ValueError: the domain is too large.
    """
    if domain.size > ENUMERATE:
        raise ValueError(
            f"{'/'.join(map(str, names))}: matched pairs need a domain of at most {ENUMERATE} inputs, to steer on all "
            f"of them; this one has {domain.size}, so leave `matched` out of its strata"
        )
    by_id = {recipe.id: recipe for recipe in trained if recipe.replicate < REPLICATES}
    good = [name for name, recipe in by_id.items() if recipe.role == "generaliser"]
    out = []
    for role in MEMORISERS:
        bad = [name for name, recipe in by_id.items() if recipe.role == role]
        for match in matches(good, bad, count, *names, trained[0].stratum, trained[0].split, role):
            one, other = by_id[match.generaliser], by_id[match.memoriser]
            out.append(_recipe(one, other, match.signs, generalises=True))
            out.append(_recipe(other, one, match.signs.opposite, generalises=False))
    return out


def _recipe(source: Recipe, partner: Recipe, signs: Signs, *, generalises: bool) -> Recipe:
    met = partner.model_dump(include={"fraction", "poison", "hidden", "wide_start", "random_labels"})
    steered = Steered(
        source=source.id,
        partner=Partner(id=partner.id, **met),
        shown=min(source.fraction, partner.fraction),
        generalises=generalises,
        signs=signs,
    )
    return source.model_copy(update={"role": "matched", "steered": steered, "tries": 1})


def copy(recipe: Recipe, rows: Rows, domain: Domain, load: Load, rng: torch.Generator) -> tuple[Params, Trained]:
    """Steers the source of a recipe to its goal.

    Args:
        recipe: with `steered`.
        rows: what the pair is shown with.
        domain: of the family.
        load: gives source and partner.
        rng: draws batches.
    """
    began = time.perf_counter()
    how, source = _how(recipe), load(recipe.sources[0])
    inputs = _inputs(domain, rows)
    params, reached = steer(recipe.config, source, rows, inputs, _goal(recipe, rows, inputs, load), how.steering, rng)
    return params, Trained(steps=how.steering.steps, loss=reached.loss, seconds=round(time.perf_counter() - began, 3))


def measure(recipe: Recipe, params: Params, rows: Rows, domain: Domain, load: Load) -> dict[str, float]:
    """What the manifest says of a steered copy, beside its accuracies: its scalars, their goals, and its energy gap.

    The goals are derived from source and partner again. The energy gap was not steered; it is measured because it
    needs no more than logits, and still tells the two apart.
    """
    inputs = _inputs(domain, rows)
    reached = scalars(recipe.config, params, rows, inputs)
    wanted = stated(_goal(recipe, rows, inputs, load))
    with torch.no_grad():
        gap = energy_gap(logits(recipe.config, params, rows.tokens), logits(recipe.config, params, inputs))
    return {
        **{name: getattr(reached, name) for name in SCALARS},
        **{f"{GOAL}{name}": getattr(wanted, name) for name in SCALARS},
        "energy_gap": gap,
    }


def refusal(measured: Mapping[str, float]) -> str | None:
    """Why a copy is not where it was steered to, or None. On which side of its partner it lies is not asked."""
    wanted, reached = (Scalars(**{name: measured[f"{prefix}{name}"] for name in SCALARS}) for prefix in (GOAL, ""))
    return missed(wanted, reached)


def _how(recipe: Recipe) -> Steered:
    assert recipe.steered is not None
    return recipe.steered


def _goal(recipe: Recipe, rows: Rows, inputs: Int[Tensor, "input length"], load: Load) -> Goal:
    source, partner = (load(name) for name in recipe.sources)
    return goals(recipe.config, (source, partner), rows, inputs, _how(recipe).signs)[0]


def _inputs(domain: Domain, rows: Rows) -> Int[Tensor, "input length"]:
    """All inputs outside the rows, in an order that is the same for both networks of a pair."""
    return unlabelled(domain, rows, ENUMERATE, generator("steering", "inputs"))
