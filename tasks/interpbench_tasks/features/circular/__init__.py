"""A sum modulo p, read where the network answers: at which angle of a circle does it lie?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import ClassVar, final

import torch

from interpbench.models.config import TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.train import Training
from interpbench.tracks.features.key import Kind
from interpbench.tracks.features.network import Inputs
from interpbench.tracks.features.recipe import Recipe
from interpbench_tasks.features.networks import Null, PlannedTask, Tokens

USED, UNUSED = 0.5, 0.05
"""R^2 of the ceiling from which on a frequency counts as used, and up to which as unused."""
ACCURATE = 0.99


@dataclass(frozen=True, kw_only=True)
class Sum:
    """What a network adds up.

    Attributes:
        modulus: p; tokens are 0 ... p - 1, and p itself marks the place of the answer.
        factors: of each term.
        frequency: k of the variables cos and sin of 2 pi k sum / p.
    """

    modulus: int
    factors: tuple[int, ...]
    frequency: int

    @property
    def combinations(self) -> int:
        """Of terms."""
        return prod(self.modulus for _ in self.factors)


SUMS: Mapping[str, Sum] = {
    "sums23": Sum(modulus=23, factors=(1, 1), frequency=3),
    "triples11": Sum(modulus=11, factors=(1, 1, 1), frequency=2),
    "weighted17": Sum(modulus=17, factors=(1, 2), frequency=5),
    "sums19": Sum(modulus=19, factors=(1, 1), frequency=4),
    "differences23": Sum(modulus=23, factors=(1, -1), frequency=7),
    "triples13": Sum(modulus=13, factors=(1, 1, 1), frequency=5),
    "weighted19": Sum(modulus=19, factors=(2, 3), frequency=1),
    "sums17": Sum(modulus=17, factors=(1, 1), frequency=2),
    "weighted11": Sum(modulus=11, factors=(1, 2, 3), frequency=4),
    "sums29": Sum(modulus=29, factors=(1, 1), frequency=6),
    "alternating13": Sum(modulus=13, factors=(1, -1, 1), frequency=2),
    "dev_sums31": Sum(modulus=31, factors=(1, 1), frequency=5),
    "dev_alternating11": Sum(modulus=11, factors=(1, 1, -1), frequency=3),
    "dev_weighted23": Sum(modulus=23, factors=(1, 3), frequency=9),
}
_QUICK: Sequence[tuple[str, Null]] = (("sums23", ""), ("triples11", ""), ("weighted17", ""), ("sums23", "unused"))
FIT = Training(learning_rate=5e-3, weight_decay=0.1, max_steps=1000, warm_up=50, decay=0.5)


@final
class CircularTask(PlannedTask):
    """One layer adds two or three terms. The angle is asked for at combinations whose angle was never shown."""

    name = "circular"
    version = "1.0"
    kind: ClassVar[Kind] = Kind.CIRCULAR
    sizes: ClassVar[Mapping[str, Sequence[tuple[str, Null]]]] = {
        "smoke": (("triples11", ""),),
        "dev": (*((name, "") for name in SUMS if name.startswith("dev")), ("dev_sums31", "unused")),
        "quick": _QUICK,
        "standard": (
            *((name, "") for name in SUMS if not name.startswith("dev")),
            ("sums23", "unused"),
            ("sums29", "unused"),
            ("weighted19", "untrained"),
        ),
    }

    def planned(self, world: str, null: Null) -> Recipe:
        """A third of the combinations is asked about, at most 500; of a quarter, at most 200, labels are shown."""
        rule = SUMS[world]
        asked = min(500, rule.combinations // 3)
        shown = min(1000, rule.combinations - asked)
        length = len(rule.factors) + 1
        return Recipe(
            role=self.role(null),
            null=null,
            name=world,
            config=TransformerConfig(
                vocabulary=rule.modulus + 1,
                length=length,
                positions=(length - 1,),
                classes=rule.modulus,
                d_model=48,
                d_mlp=96,
            ),
            training=FIT,
            tries=16,
            site="blocks.0.hook_resid_post",
            shown=shown,
            labelled=min(200, rule.combinations // 4),
            asked=asked,
        )

    def domain(self, recipe: Recipe) -> Domain:
        """Terms, then the place of the answer."""
        modulus = SUMS[recipe.name].modulus
        config = recipe.config
        terms = (tuple(range(modulus)),) * (config.length - 1)
        return Domain(alphabets=(*terms, (modulus,)), positions=config.positions, classes=config.classes)

    def draw(self, recipe: Recipe, count: int, rng: torch.Generator) -> Tokens:
        """Uniformly drawn terms."""
        return self.domain(recipe).full(count, rng)

    def batch(self, recipe: Recipe, count: int, rng: torch.Generator) -> Rows:
        """Sums of fresh terms; all combinations are met, since it is the probe that must generalise."""
        tokens = self.draw(recipe, count, rng)
        return Rows(tokens=tokens, labels=total(SUMS[recipe.name], tokens)[:, None])

    def inputs(self, recipe: Recipe, role: str, count: int, rng: torch.Generator) -> Inputs:
        """Combinations, with the place on the circle of their sum."""
        del count, rng
        tokens = self.part(recipe, role)
        rule = SUMS[recipe.name]
        angle = 2 * torch.pi * rule.frequency * total(rule, tokens).double() / rule.modulus
        return Inputs(
            tokens=tokens,
            at=torch.full((len(tokens),), recipe.config.length - 1),
            variables=torch.stack([angle.cos(), angle.sin()], dim=1),
        )

    def variables(self, recipe: Recipe) -> tuple[str, ...]:
        """The two coordinates."""
        del recipe
        return ("cos", "sin")

    def refusal(self, recipe: Recipe, measured: Mapping[str, float]) -> str | None:
        """It adds up, and it uses the frequency or does not; which ones it uses is a matter of the seed."""
        if recipe.null != "untrained" and measured["accuracy"] < ACCURATE:
            return f"{measured['accuracy']:.3f} of sums right, wanted {ACCURATE}"
        if not recipe.null and measured["ceiling"] < USED:
            return f"R^2 {measured['ceiling']:.3f} of the frequency, wanted {USED}"
        if recipe.null == "unused" and measured["ceiling"] > UNUSED:
            return f"R^2 {measured['ceiling']:.3f} of a frequency that should be unused, wanted at most {UNUSED}"
        return None


def total(rule: Sum, tokens: Tokens) -> torch.Tensor:
    """The weighted sum of the terms, modulo p, (row,)."""
    terms = tokens[:, : len(rule.factors)]
    return (terms * torch.tensor(rule.factors)).sum(dim=1) % rule.modulus
