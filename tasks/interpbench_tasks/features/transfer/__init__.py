"""A running variable, labelled at some positions and asked about at others: does what holds there hold here?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Int
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.data import Rows
from interpbench.models.forward import Params
from interpbench.models.train import Training
from interpbench.tracks.features.key import Kind
from interpbench.tracks.features.network import Inputs
from interpbench.tracks.features.recipe import Recipe
from interpbench_tasks.features.networks import Null, PlannedTask, Tokens

LENGTH = 9
ACCURATE = 0.99
CARRIES_OVER, BREAKS = 0.5, 0.0
"""R^2 elsewhere of a ridge regression on labelled positions: at least this where a variable is the same everywhere, and
at most that where it is bound to positions."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """The variable is the sum of the last tokens, modulo m. Of two tokens, products of pairs would give it away.

    Attributes:
        modulus: m; tokens are 0 ... m - 1.
        window: how many tokens are added.
        bound: whether the answer is the variable plus its position, so that the same state means something else
            everywhere; or the variable itself.
    """

    modulus: int
    window: int
    bound: bool = False


_FREE: Mapping[str, Running] = {
    "last3_of5": Running(modulus=5, window=3),
    "last3_of6": Running(modulus=6, window=3),
    "last3_of7": Running(modulus=7, window=3),
    "last4_of5": Running(modulus=5, window=4),
    "last4_of6": Running(modulus=6, window=4),
    "dev_last3_of4": Running(modulus=4, window=3),
    "dev_last4_of4": Running(modulus=4, window=4),
}
RUNNING: Mapping[str, Running] = {
    **_FREE,
    **{f"{name}_bound": Running(modulus=one.modulus, window=one.window, bound=True) for name, one in _FREE.items()},
}
FIT = Training(learning_rate=3e-3, weight_decay=0.01, max_steps=1500, warm_up=50, decay=0.5)


@final
class TransferTask(PlannedTask):
    """One layer answers at every position. Labels are of positions 2, 4, 6 and 8; positions 3, 5 and 7 are asked about.

    In pairs of networks, of which one answers with the variable itself and one with the variable plus the position.
    """

    name = "transfer"
    version = "1.0"
    kind: ClassVar[Kind] = Kind.TRANSFER
    sizes: ClassVar[Mapping[str, Sequence[tuple[str, Null]]]] = {
        "smoke": (("last3_of5", ""),),
        "dev": (*((name, "") for name in RUNNING if name.startswith("dev")), ("dev_last3_of4", "untrained")),
        "quick": (
            ("last3_of5", ""),
            ("last3_of5_bound", ""),
            ("last3_of6", ""),
            ("last3_of6_bound", ""),
            ("last3_of5", "untrained"),
        ),
        "standard": (
            *((name, "") for name in RUNNING if not name.startswith("dev")),
            ("last3_of5", "untrained"),
            ("last3_of6_bound", "untrained"),
            ("last4_of5", "shuffled"),
        ),
    }

    def planned(self, world: str, null: Null) -> Recipe:
        """One variable a value."""
        modulus = RUNNING[world].modulus
        return Recipe(
            role=self.role(null),
            null=null,
            name=world,
            config=TransformerConfig(
                vocabulary=modulus,
                length=LENGTH,
                positions=tuple(range(2, LENGTH)),
                classes=modulus,
                d_model=48,
                d_mlp=144,
            ),
            training=FIT,
            batch=128,
            site="blocks.0.hook_resid_post",
            shown=1200,
            labelled=400,
            asked=600,
        )

    def draw(self, recipe: Recipe, count: int, rng: torch.Generator) -> Tokens:
        """Uniformly drawn tokens."""
        return torch.randint(RUNNING[recipe.name].modulus, (count, LENGTH), generator=rng)

    def batch(self, recipe: Recipe, count: int, rng: torch.Generator) -> Rows:
        """Sequences, answered from position 2 on."""
        tokens = self.draw(recipe, count, rng)
        return Rows(tokens=tokens, labels=answers(RUNNING[recipe.name], tokens)[:, 2:])

    def inputs(self, recipe: Recipe, role: str, count: int, rng: torch.Generator) -> Inputs:
        """Sequences, each read at one position; its variables say which value the sum has."""
        del count, rng
        rule, tokens = RUNNING[recipe.name], self.part(recipe, role)
        places = torch.arange(2, LENGTH, 2) if role == "shown" else torch.arange(3, LENGTH, 2)
        at = places[torch.arange(len(tokens)) % len(places)]
        here = sums(rule, tokens).gather(1, at[:, None])[:, 0]
        return Inputs(tokens=tokens, at=at, variables=F.one_hot(here, rule.modulus).double())

    def variables(self, recipe: Recipe) -> tuple[str, ...]:
        """The values."""
        return tuple(f"sum is {value}" for value in range(RUNNING[recipe.name].modulus))

    def reference(self, recipe: Recipe) -> Inputs:
        """Further sequences, read at the positions that are asked about: the ceiling knows labels there."""
        return self.given(recipe, "reference")

    def more(self, recipe: Recipe, params: Params) -> dict[str, float]:
        """What a ridge regression on the labelled positions makes of the others."""
        return {"transferred": self.reached(recipe, params)}

    def refusal(self, recipe: Recipe, measured: Mapping[str, float]) -> str | None:
        """It answers; and its variable is the same everywhere, or bound to positions, as planted."""
        if recipe.null == "untrained":
            return None
        if measured["accuracy"] < ACCURATE:
            return f"{measured['accuracy']:.3f} of answers right, wanted {ACCURATE}"
        bound, transferred = RUNNING[recipe.name].bound, measured["transferred"]
        if bound and transferred > BREAKS:
            return f"R^2 {transferred:.3f} at other positions of a variable that should be bound to its own"
        if not bound and transferred < CARRIES_OVER:
            return f"R^2 {transferred:.3f} at other positions of a variable that should be the same everywhere"
        return None


def sums(rule: Running, tokens: Tokens) -> Int[Tensor, "row length"]:
    """The sum of the last tokens at each position; of fewer where there are not so many."""
    upto = F.pad(tokens.cumsum(dim=1), (rule.window, 0))
    return (upto[:, rule.window :] - upto[:, : -rule.window]) % rule.modulus


def answers(rule: Running, tokens: Tokens) -> Int[Tensor, "row length"]:
    """What the network says at each position."""
    found = sums(rule, tokens)
    return (found + torch.arange(tokens.shape[1])) % rule.modulus if rule.bound else found
