"""Recipes of the small networks that circuits are made of, as data."""

from pydantic import BaseModel, ConfigDict

from interpbench.models.config import TransformerConfig
from interpbench.models.names import digest
from interpbench.models.train import Training


class Recipe(BaseModel):
    """One network to train. All that its weights depend on is here, beside the task's name and the attempt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    """Of the behaviour."""
    number: int
    """Counts the networks of a behaviour."""
    places: tuple[int, ...]
    """That the behaviour reads."""
    config: TransformerConfig
    training: Training
    tries: int = 3
    """Seeds tried until the gate holds."""

    @property
    def role(self) -> str:
        """Networks of one behaviour count together."""
        return self.name

    @property
    def id(self) -> str:
        """Readable name, unique within a task, with a digest of all that the weights depend on."""
        mark = digest(self.model_dump(mode="json", exclude={"tries"}), size=3)
        return f"{self.name}-{self.number}-{mark}"

    @property
    def stratum(self) -> str:
        """The architecture."""
        return self.config.kind

    @property
    def sources(self) -> tuple[str, ...]:
        """It is made from no other network."""
        return ()
