"""Recipes: which rule is planted in which network, as data."""

from pydantic import BaseModel, ConfigDict

from interpbench.models.config import RecordedConfig
from interpbench.models.names import digest
from interpbench.models.train import Training
from interpbench.tracks.extraction.key import Kind

BUDGET = 2_000
"""Queries at tier `behaviour`, where a recipe does not say otherwise."""


class Recipe(BaseModel):
    """One network to train. All that its weights depend on is here, beside the task's name and the attempt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Kind
    """What is planted."""
    name: str
    """Kind of rule, e.g. `modular`; of twins that of the smallest."""
    stratum: str
    config: RecordedConfig
    number: int
    """Counts the rules of a kind and stratum."""
    theory: str
    """The planted rule, canonical; of rows without a rule the one whose labels were shuffled."""
    alphabets: tuple[tuple[int, ...], ...]
    classes: int
    shown: int
    """Rows that are shown."""
    training: Training | None
    """None where nothing is trained."""
    rivals: tuple[str, ...] = ()
    """All rules that fit the rows, smallest first; of twists alone."""
    guard: tuple[tuple[int, int], ...] = ()
    """(position, token): what the rare branch asks for; of guarded rules alone."""
    salt: str = ""
    """Part of the names that rows, inputs and training are drawn from, where these would let a guess be checked."""
    budget: int = BUDGET
    """Inputs that the network may be asked at tier `behaviour`."""
    tries: int = 2
    """Seeds tried until the gate holds."""

    @property
    def id(self) -> str:
        """Readable name, unique within a task, with a digest of all that the weights depend on."""
        mark = digest(self.model_dump(mode="json", exclude_defaults=True, exclude={"tries", "budget"}), size=3)
        return f"{self.stratum}-{self.role}-{self.name}-{self.number}-{mark}"

    @property
    def world(self) -> tuple[str, ...]:
        """Names that rows and test inputs are drawn from: the same for twins, another for each rule and number."""
        salt = (self.salt,) if self.salt else ()
        return (*(self.rivals or (self.theory,)), str(self.guard), str(self.number), *salt)

    @property
    def sources(self) -> tuple[str, ...]:
        """It is made from no other network."""
        return ()
