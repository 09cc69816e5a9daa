"""Which networks a size of a task holds, and how inputs are split into shown ones and held-out ones.

No input is both shown and asked about: a variable that is known of every shown input has to be known of others.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.models.names import generator
from interpbench.tracks.features.key import Kind
from interpbench.tracks.features.network import NetworkTask
from interpbench.tracks.features.recipe import Recipe

Tokens = Int[Tensor, "row length"]
Null = Literal["", "untrained", "shuffled", "unused"]
_DRAWS = 60
"""Draws after which there are taken to be no more distinct inputs."""
_EACH = 4096
"""Inputs of a draw."""


class PlannedTask(NetworkTask):
    """Networks by a table of sizes. Subclasses give `kind`, `sizes`, `planned`, `draw` and what `NetworkTask` wants."""

    kind: ClassVar[Kind]
    """What is planted."""
    sizes: ClassVar[Mapping[str, Sequence[tuple[str, Null]]]]
    """Size -> worlds, each with how it is a null, or nothing."""

    @abstractmethod
    def planned(self, world: str, null: Null) -> Recipe:
        """The recipe of a world."""

    @abstractmethod
    def draw(self, recipe: Recipe, count: int, rng: torch.Generator) -> Tokens:
        """Inputs of a network as it meets them."""

    def role(self, null: Null) -> Kind:
        """What an instance counts as."""
        return Kind.NULL if null else self.kind

    def recipes(self, size: str) -> list[Recipe]:
        """As the table says."""
        return [self.planned(world, null) for world, null in self.sizes[size]]

    def within(self, recipe: Recipe, size: str) -> bool:
        """As the table says."""
        return (recipe.name, recipe.null) in self.sizes[size]

    def part(self, recipe: Recipe, role: str) -> Tokens:
        """The inputs of a role, none of which is in another role.

        Args:
            recipe: of the network; nulls share the inputs of their world.
            role: `shown`, `asked`, or `reference` for as many again as are asked about.
        """
        counts = {"shown": recipe.shown, "asked": recipe.asked, "reference": recipe.asked}
        start = sum(counts[earlier] for earlier in list(counts)[: list(counts).index(role)])
        wanted = recipe.shown + recipe.asked * (2 if role == "reference" else 1)
        rng = generator(self.track, self.name, recipe.name, recipe.number, "inputs")
        found = distinct(lambda: self.draw(recipe, _EACH, rng), wanted)
        return found[start : start + counts[role]]


def distinct(draw: Callable[[], Tokens], count: int) -> Tokens:
    """Different inputs, in the order in which they were met first.

    Args:
        draw: draws some, among which the same may come again.
        count: how many are wanted.

    Raises:
        ValueError: there are fewer, as far as can be seen.
    """
    found = draw()[:0].numpy()
    for _ in range(_DRAWS):
        found = np.concatenate([found, draw().numpy()])
        _, first = np.unique(found, axis=0, return_index=True)
        found = found[np.sort(first)]
        if len(found) >= count:
            return torch.from_numpy(found[:count])
    raise ValueError(f"got {len(found)} different inputs, wanted {count}: ask for fewer or lengthen them")
