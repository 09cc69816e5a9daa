"""Recipes: which rule is taught with which scratchpad, as data."""

from pydantic import BaseModel, ConfigDict

from interpbench.models.config import TransformerConfig
from interpbench.models.names import digest
from interpbench.models.train import Training
from interpbench.tracks.scratchpad.key import Kind


class Recipe(BaseModel):
    """One network to train. All that its weights depend on is here, beside the task's rules and the attempt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Kind
    name: str
    """Of the rule."""
    config: TransformerConfig
    number: int = 0
    """Counts networks of a kind and rule."""
    trusted: int = 0
    """The family of hints that is obeyed, or that switches; of no meaning for other kinds."""
    training: Training
    tries: int = 4
    """Seeds tried until the gate holds."""

    @property
    def stratum(self) -> str:
        """The architecture, and its depth where that is not one layer."""
        return self.config.kind if self.layers == 1 else f"{self.config.kind} of {self.layers} layers"

    @property
    def layers(self) -> int:
        """Of the transformer."""
        return self.config.n_layers

    @property
    def id(self) -> str:
        """Readable name, unique within a task, with a digest of all that the weights depend on."""
        mark = digest(self.model_dump(mode="json", exclude_defaults=True, exclude={"tries"}), size=3)
        return f"{self.name}-{self.role}-{self.number}-{mark}"

    @property
    def sources(self) -> tuple[str, ...]:
        """It is made from no other network."""
        return ()
