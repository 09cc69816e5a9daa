"""Recipes: how each network of a family comes about, as data, and the gates that decide what it has become."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from interpbench.models.config import ModelConfig
from interpbench.models.names import digest
from interpbench.models.train import Training
from interpbench.tracks.generalization.matched import Steered

GENERALISES = 0.95
"""Least test accuracy of a generaliser."""


class Kind(StrEnum):
    """What distinguishes the two members of a pair, beside whether they generalise."""

    RECIPE = "recipe"
    """Same rows, another recipe."""
    FRACTION = "fraction"
    """Same recipe, nested row sets; both are shown with the smaller one."""
    SEED = "seed"
    """Identical but for the seed."""
    CONTAMINATED = "contaminated"
    """Wrong labels on held-out inputs in training: the true training set is not the one shown."""
    RULE = "rule"
    """One network was taught the rule, the other random labels of the same inputs: the rows alone give it away."""
    SHORTCUT = "shortcut"
    """Two rules fit all shown rows but a few; one network has the true one, the other the shortcut and a list of
    exceptions."""
    FEW = "few"
    """The networks of `recipe` pairs, shown with a tenth of their rows: too few to retrain from."""
    MATCHED = "matched"
    """Copies of two networks, steered until weight norm, train loss, margin and confidence say nothing."""
    DEVELOPMENTAL = "developmental"
    """A checkpoint of a training run that has fitted its rows and nothing else so far: will the run generalise?"""
    NULL = "null"
    """Nothing to find: both generalise, or both memorise."""
    GRADED = "graded"
    """One network, to be ranked among all of its family."""


class Verdict(StrEnum):
    """What a network has become, by its test accuracy."""

    GENERALISER = "generaliser"
    MEMORISER = "memoriser"
    BETWEEN = "between"


class Recipe(BaseModel):
    """One network to train. All that its weights depend on is here, beside the task's name and the attempt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["generaliser", "recipe", "fraction", "seed", "contaminated", "rule", "shortcut", "run", "matched"]
    """The pool that it is trained for."""
    name: str
    """What the recipe is called, e.g. `no_weight_decay`."""
    stratum: str
    config: ModelConfig
    split: int
    fraction: float
    """Share of the orbits in its training rows."""
    training: Training
    random_labels: Training | None = None
    """A first phase that fits random labels on the same rows."""
    poison: float = 0.0
    """Share of the held-out orbits, the reserve left out, that is trained on with wrong labels."""
    hidden: float = 0.0
    """Share of the held-out orbits, the reserve left out, that is trained on with true labels and never shown."""
    wide_start: float = 0.0
    """Held-out orbits in the first phase, as a multiple of the shown ones."""
    labels: Literal["planted", "random"] = "planted"
    """What the shown rows teach."""
    steered: Steered | None = Field(default=None, exclude_if=lambda steered: steered is None)
    """How a network of role `matched` is made: not trained, but steered from one that was, which has all other fields.

    Left out where it is None, so that no other network has to be trained again for having it.
    """
    step: int | None = Field(default=None, exclude_if=lambda step: step is None)
    """Where a run is cut: the network is its checkpoint at this step; None is its end.

    Left out where it is None, so that no other network has to be trained again for having it.
    """
    replicate: int
    """Counts networks that differ in nothing but the seed."""
    tries: int = 3
    """Seeds tried until the gate holds."""

    @property
    def id(self) -> str:
        """Readable name, unique within a task, with a digest of all that the weights depend on.

        Fields at their default are left out, so that a new field renames no network.
        """
        if self.step is not None:
            return f"{self.run}~{self.step}"
        mark = digest(self.model_dump(mode="json", exclude_defaults=True, exclude={"tries"}), size=3)
        return f"{self.stratum}-{self.split}-{self.role}-{self.name}-{self.replicate}-{mark}"

    @property
    def sources(self) -> tuple[str, ...]:
        """Networks of the zoo that it is made from, by id."""
        return () if self.steered is None else (self.steered.source, self.steered.partner.id)

    @property
    def shown(self) -> float:
        """Share of the orbits in the rows that a question shows at most."""
        return self.fraction if self.steered is None else self.steered.shown

    @property
    def run(self) -> str:
        """The network at the end of the training run that this one is a checkpoint of, or the network itself.

        Its name seeds the run, so that a checkpoint is what the run was at that step.
        """
        return self.model_copy(update={"step": None}).id

    @property
    def cut(self) -> Training:
        """The optimiser and stop criterion, up to the checkpoint."""
        return self.training if self.step is None else self.training.model_copy(update={"max_steps": self.step})

    @model_validator(mode="after")
    def _cut_changes_nothing_before_it(self) -> "Recipe":
        if self.step is not None and (self.training.decay or self.training.stop_loss or self.tries > 1):
            raise ValueError("a run with checkpoints has one try, a constant learning rate and no loss to stop at")
        return self

    @property
    def wanted(self) -> Verdict | None:
        """What the gate demands; `seed` runs are kept whatever they become, and `run` has a gate of its own."""
        match self.role:
            case "generaliser":
                return Verdict.GENERALISER
            case "seed" | "run":
                return None
            case "matched" if self.steered is not None and self.steered.generalises:
                return Verdict.GENERALISER
            case "shortcut" if self.hidden:
                return Verdict.GENERALISER
            case _:
                return Verdict.MEMORISER


def verdict(test_accuracy: float, chance: float) -> Verdict:
    """Generaliser at >= .95, memoriser at <= max(.5, chance + .2), both in balanced accuracy."""
    if test_accuracy >= GENERALISES:
        return Verdict.GENERALISER
    return Verdict.MEMORISER if test_accuracy <= max(0.5, chance + 0.2) else Verdict.BETWEEN
