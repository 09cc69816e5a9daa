"""Recipes: which network is trained, where its activations are read, and what is asked about them, as data."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from interpbench.models.config import TransformerConfig
from interpbench.models.names import digest
from interpbench.models.train import Training
from interpbench.tracks.features.key import Kind
from interpbench.tracks.features.question import Wants


class Recipe(BaseModel):
    """One network to train. All that its weights depend on is here, beside the task's source and the attempt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Kind
    """What is planted, or `null`."""
    name: str
    """Of the world."""
    config: TransformerConfig
    number: int = 0
    """Counts networks of a world."""
    null: Literal["", "untrained", "shuffled", "unused"] = ""
    """How a null is one: weights as they were drawn, labels of other rows, or a variable without use in training."""
    training: Training
    batch: int = 256
    """Fresh rows of a training step."""
    tries: int = 4
    """Seeds tried until the gate holds."""
    site: str
    """TransformerLens' name of the hook."""
    wants: Wants = Wants.PREDICTIONS
    size: int = 64
    """Latents that a dictionary may have."""
    active: int = 8
    """Codes that may differ from 0 at an input."""
    shown: int = 4000
    """Rows of activations."""
    labelled: int = 1000
    """Of these, the first ones; 0 where codes are wanted."""
    asked: int = 1000

    @model_validator(mode="after")
    def _null(self) -> "Recipe":
        if (self.role is Kind.NULL) != bool(self.null):
            raise ValueError(f"wanted `null` with role null, and only with it; got {self.role.value} and {self.null!r}")
        return self

    @property
    def stratum(self) -> str:
        """The architecture."""
        return self.config.kind

    @property
    def id(self) -> str:
        """Readable name, unique within a task, with a digest of all that the weights depend on."""
        mark = digest(self.model_dump(mode="json", exclude_defaults=True, exclude={"tries"}), size=3)
        return f"{self.name}-{self.role}-{self.number}-{mark}"

    @property
    def sources(self) -> tuple[str, ...]:
        """It is made from no other network."""
        return ()
