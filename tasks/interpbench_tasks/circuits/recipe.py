"""Recipes of the small networks that circuits are made of, as data."""

from pydantic import BaseModel, ConfigDict

from interpbench.models.config import TransformerConfig
from interpbench.models.names import digest
from interpbench.models.train import Training


class NetworkRecipe(BaseModel):
    """One network to make. All that its weights depend on is here, beside the task's name and the attempt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    """Of the behaviour, program or kind."""
    number: int
    """Counts the networks of a name."""
    config: TransformerConfig
    tries: int = 1
    """Attempts until the gate holds."""

    @property
    def role(self) -> str:
        """Networks of one name count together."""
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


class Recipe(NetworkRecipe):
    """One network to train."""

    places: tuple[int, ...]
    """That the behaviour reads."""
    training: Training
    tries: int = 3
