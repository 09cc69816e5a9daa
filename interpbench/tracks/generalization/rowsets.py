"""The row sets of a recipe: what is shown, what each phase of training gets, and what the network has seen at all."""

from dataclasses import dataclass
from typing import Protocol

from jaxtyping import Bool, Int
from torch import Tensor

from interpbench.models.data import Rows
from interpbench.models.train import Training
from interpbench.tracks.generalization.recipe import Recipe
from interpbench.tracks.generalization.splits import Split


class Fed(Protocol):
    """A pool or a recipe: what decides which inputs a network meets."""

    @property
    def fraction(self) -> float:
        """Share of the orbits in the shown rows."""

    @property
    def poison(self) -> float:
        """Share of the held-out orbits, the reserve left out, with wrong labels."""

    @property
    def hidden(self) -> float:
        """Share of them with true labels."""

    @property
    def wide_start(self) -> float:
        """Held-out orbits in the first phase, as a multiple of the shown ones."""

    @property
    def random_labels(self) -> Training | None:
        """The first phase, on random labels."""


def shown(split: Split, fed: Fed) -> Bool[Tensor, " row"]:
    """Inputs that a question may show as training rows."""
    return split.shown(fed.fraction)


def started(split: Split, fed: Fed) -> Bool[Tensor, " row"]:
    """Inputs of the first phase: the shown ones and, in a wide start, held-out ones outside the reserve."""
    count = int(split.shown(fed.fraction).sum()) * fed.wide_start
    held_out = split.poisoned(fed.fraction, 1.0)
    share = min(1.0, count / max(1, int(held_out.sum())))
    return shown(split, fed) | split.poisoned(fed.fraction, share)


def seen(split: Split, fed: Fed) -> Bool[Tensor, " row"]:
    """Inputs that a network has met in any phase, with whatever label."""
    met = shown(split, fed) | split.poisoned(fed.fraction, max(fed.poison, fed.hidden))
    return met if fed.random_labels is None else met | started(split, fed)


@dataclass(frozen=True, kw_only=True, eq=False)
class RowSets:
    """Rows of one network; every label is drawn from names."""

    split: Split
    recipe: Recipe

    @property
    def labels(self) -> Int[Tensor, "row answer"]:
        """What the network is taught about the shown inputs: the rule, or random labels."""
        if self.recipe.labels == "random":
            return self.split.relabelled(False, None, "rule", self.recipe.id)
        return self.split.universe.rows.labels

    @property
    def shown(self) -> Rows:
        """The rows that a question shows, all of them or a beginning."""
        return self.beginning(self.recipe.shown)

    def beginning(self, fraction: float) -> Rows:
        """The rows of the nested set with this share of the orbits."""
        return self._rows(self.split.shown(fraction), self.labels)

    @property
    def training(self) -> Rows:
        """Its whole training set: the shown rows, and beside them wrong or true ones that nobody is shown."""
        split, recipe = self.split, self.recipe
        extra = split.poisoned(recipe.fraction, max(recipe.poison, recipe.hidden))
        labels = self.labels
        if recipe.poison:
            labels = split.relabelled(True, shown(split, recipe), "poison", recipe.id)
        return self._rows(shown(split, recipe) | extra, labels)

    @property
    def phases(self) -> list[tuple[Rows, Training]]:
        """What training consists of, in order."""
        last = (self.training, self.recipe.cut)
        if self.recipe.random_labels is None:
            return [last]
        labels = self.split.relabelled(False, None, "start", self.recipe.id)
        return [(self._rows(started(self.split, self.recipe), labels), self.recipe.random_labels), last]

    @property
    def seen(self) -> Bool[Tensor, " row"]:
        """Inputs that the network has met."""
        return seen(self.split, self.recipe)

    def _rows(self, mask: Bool[Tensor, " row"], labels: Int[Tensor, "row answer"]) -> Rows:
        return Rows(tokens=self.split.universe.rows.tokens[mask], labels=labels[mask])
