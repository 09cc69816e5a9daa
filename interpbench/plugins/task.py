"""The contract of tasks: recipes to train, refs to plan with, instances to ask, and a check of every key."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from interpbench.models.forward import Params
from interpbench.models.train import Trained
from interpbench.models.zoo import Manifest, ModelRecord
from interpbench.tracks.instance import Instance, Problem, Ref


class TrainingRecipe(Protocol):
    """What the zoo builder must know of a recipe."""

    @property
    def id(self) -> str:
        """Unique within the task."""

    @property
    def tries(self) -> int:
        """Attempts until the gate holds."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Networks of the same zoo that it is made from, by id; they are handed to `train` by way of `Task.load`."""

    @property
    def role(self) -> str:
        """The group whose yield is counted together."""

    @property
    def config(self) -> Any:
        """The architecture."""

    def model_dump(self, *, mode: str) -> dict[str, Any]:
        """As JSON-able data."""


class Task(Protocol):
    """A family of instances for one track. The framework trains its recipes, gates them and packs the zoo."""

    track: str
    name: str
    version: str
    manifest: Manifest
    load: Callable[[str], Params]
    """Decoded weights by id: of the zoo, or, while a network is made from others, of those."""

    def recipes(self, size: str) -> Sequence[Any]:
        """The networks that a size needs."""

    def read_recipe(self, document: Mapping[str, Any]) -> Any:
        """A recipe from its JSON."""

    def data_hash(self, recipe: Any) -> str:
        """Of all data that training it uses; with the recipe and the trainer's source it names the result."""

    def train(
        self, recipe: Any, attempt: int, progress: Callable[[int, float], None] | None = None
    ) -> tuple[Params, Trained]:
        """Trains one of them; deterministic in recipe and attempt."""

    def measure(self, recipe: Any, params: Params) -> dict[str, float]:
        """What the manifest says about decoded weights."""

    def gate(self, recipe: Any, measured: Mapping[str, float]) -> str | None:
        """Why a network is not what its recipe wants, or None."""

    def spare(self, records: Mapping[str, ModelRecord]) -> set[str]:
        """Networks that passed their gate and that no instance rests on; the zoo leaves them out."""

    def refs(self, suite_seed: str, size: str) -> list[Ref]:
        """The instances, from the manifest alone."""

    def question(self, unit: str, suite_seed: str) -> Any:
        """What a method is asked about one unit."""

    def key(self, ref: Ref) -> Any:
        """The truth, from the stored weights."""

    def build(self, ref: Ref) -> Instance:
        """Questions and key."""

    def check(self, instance: Instance) -> list[Problem]:
        """Re-derives the key from the questions and the planted rule."""
