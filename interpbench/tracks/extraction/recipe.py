"""Recipes: which rule is planted in which network, as data."""

from pydantic import BaseModel, ConfigDict

from interpbench.models.config import ModelConfig
from interpbench.models.names import digest
from interpbench.models.train import Training
from interpbench.tracks.extraction.key import Kind


class Recipe(BaseModel):
    """One network to train. All that its weights depend on is here, beside the task's name and the attempt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Kind
    """What is planted."""
    name: str
    """Kind of rule, e.g. `modular`."""
    stratum: str
    config: ModelConfig
    number: int
    """Counts the rules of a kind and stratum."""
    theory: str
    """The planted rule, canonical; of rows without a rule the best constant."""
    alphabets: tuple[tuple[int, ...], ...]
    classes: int
    shown: int
    """Rows that are shown."""
    training: Training
    tries: int = 2
    """Seeds tried until the gate holds."""

    @property
    def id(self) -> str:
        """Readable name, unique within a task, with a digest of all that the weights depend on."""
        mark = digest(self.model_dump(mode="json", exclude_defaults=True, exclude={"tries"}), size=3)
        return f"{self.stratum}-{self.role}-{self.name}-{self.number}-{mark}"

    @property
    def sources(self) -> tuple[str, ...]:
        """It is made from no other network."""
        return ()
