"""Recipes of merged networks that are trained on, as data."""

from pydantic import BaseModel, ConfigDict

from interpbench.models.config import TransformerConfig
from interpbench.models.names import digest
from interpbench.models.train import Training
from interpbench.toolkit.circuits.graph import Graph
from interpbench.tracks.circuits.family import graph_of
from interpbench.tracks.circuits.question import Groups
from interpbench_tasks.circuits.behaviours import BEHAVIOURS


class Part(BaseModel):
    """One of the two behaviours, and the network that has it before the merge."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    """Of the behaviour."""
    places: tuple[int, ...]
    """That it reads; the other one reads none of them."""
    config: TransformerConfig

    @property
    def classes(self) -> int:
        """Labels that there are."""
        return BEHAVIOURS[self.name].classes


class Adverse(BaseModel):
    """Against what the merged network is trained on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    learn: float
    """Weight of the behaviours themselves."""
    target: float
    """Share of the gap that the estimate of each misleading node is to reach."""
    weight: float
    """Of what the estimates fall short of it, in the mean over nodes."""
    stay: tuple[float, float]
    """Weight of the squared change, as a share of the gap, when the other part's nodes are replaced: at first, and from
    seven tenths of the steps on; between them it grows by a constant factor."""
    small: float
    """Weight of the logarithm of the same, which bears on what is small."""
    fine: float
    """Squared change, as a share of the gap, below which less of it is not worth much."""
    begin: int
    """Steps before the logarithm begins to count; with it from the start nothing misled."""
    ramp: int
    """Steps over which its weight grows."""


class TunedRecipe(BaseModel):
    """Two networks to train, merge and train on, with all that the weights depend on beside task and attempt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: int
    parts: tuple[Part, Part]
    """The one whose behaviour is asked about, and the one that misleads; logits, heads and groups of the first one come
    first."""
    misleading: tuple[int, ...]
    """Writers of the second part that are to have a large first-order estimate, and no effect, on what is asked."""
    group: int
    """Neurons of a group."""
    apart: Training
    """Of each part alone, on `rows` fresh inputs a step."""
    rows: int = 256
    training: Training
    """Of the two together, on `pairs` fresh pairs a step."""
    polish: Training
    """The same afterwards, at a smaller rate, weighed by `stricter`."""
    pairs: int = 48
    adverse: Adverse
    stricter: Adverse
    smoothing: float = 0.05
    """Of labels, which keeps logits small."""
    tries: int = 4

    @property
    def name(self) -> str:
        """Of its behaviours."""
        return "+".join(part.name for part in self.parts)

    @property
    def role(self) -> str:
        """Networks of all behaviours count together."""
        return "tuned"

    @property
    def id(self) -> str:
        """Readable name, unique within the task, with a digest of all that the weights depend on."""
        return f"{self.name}-{self.number}-{digest(self.model_dump(mode='json', exclude={'tries'}), size=3)}"

    @property
    def stratum(self) -> str:
        """The architecture."""
        return self.config.kind

    @property
    def sources(self) -> tuple[str, ...]:
        """It is made from no other network of the zoo."""
        return ()

    @property
    def config(self) -> TransformerConfig:
        """Of the merged network."""
        one, two = (part.config for part in self.parts)
        names = ("d_model", "n_heads", "d_mlp", "classes")
        return one.model_copy(update={name: getattr(one, name) + getattr(two, name) for name in names})

    @property
    def groups(self) -> Groups:
        """Neurons in groups of equal size; none has neurons of both parts."""
        width = self.config.d_mlp
        layer = tuple(tuple(range(start, start + self.group)) for start in range(0, width, self.group))
        return (layer,) * self.config.n_layers

    @property
    def graph(self) -> Graph:
        """Of its nodes."""
        return graph_of(self.config, self.groups)

    def span(self, number: int) -> slice:
        """Logits of a behaviour."""
        first = self.parts[0].classes
        return slice(first) if number == 0 else slice(first, first + self.parts[1].classes)

    def own(self, number: int) -> list[int]:
        """Writers of the part that a behaviour was learnt by, but the embedding, which both share."""
        config, start = self.parts[0].config, 1
        found: list[int] = []
        for _ in range(config.n_layers):
            for width in (config.n_heads, config.d_mlp // self.group):
                found += range(start + number * width, start + (number + 1) * width)
                start += 2 * width
        return found
