"""A task of this track: worlds with planted variables. What worlds drawn from names (`toy`) and worlds in trained
networks (`network`) share.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, final

from interpbench.models.forward import Params
from interpbench.models.names import digest, generator, numpy_generator
from interpbench.models.zoo import Manifest
from interpbench.toolkit.random_dictionary import random_codes
from interpbench.tracks.features.key import FeatureKey, Kind
from interpbench.tracks.features.question import World
from interpbench.tracks.features.score import recovered
from interpbench.tracks.instance import Instance, Problem, Ref

DICTIONARIES = 20
"""Random dictionaries whose mean score is the floor of a world."""
APART = 0.02
"""A disguise changes float32 sums, and so floors and ceilings a little; by more than this a key is wrong."""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A world, by name.

    Attributes:
        id: unique within the task.
        kind: what was planted.
        group: worlds of one design, which intervals resample together.
    """

    id: str
    kind: Kind
    group: str


class FeaturesTask(ABC):
    """Worlds with planted variables. Derive from `ToyTask` or `NetworkTask`."""

    track: ClassVar[str] = "features"
    name: ClassVar[str]
    version: ClassVar[str]

    manifest: Manifest
    load: Callable[[str], Params]

    def __init__(self, manifest: Manifest | None = None, load: Callable[[str], Params] | None = None) -> None:
        """A task without manifest has no networks, or can only be trained."""
        if manifest is not None and load is not None:
            self.manifest, self.load = manifest, load
        self._keys: dict[str, FeatureKey] = {}

    @abstractmethod
    def units(self, size: str) -> list[Unit]:
        """The worlds of a size, told without drawing or loading one."""

    @abstractmethod
    def question(self, unit: str, suite_seed: str) -> World:
        """What a method is asked about one world."""

    @abstractmethod
    def derive(self, unit: str) -> FeatureKey:
        """The truth about one world, from named streams and stored weights."""

    @abstractmethod
    def faults(self, unit: str, question: World, key: FeatureKey) -> list[str]:
        """What of a question or a key is not what it should be, derived from what a method sees and what is planted."""

    @final
    def refs(self, suite_seed: str, size: str) -> list[Ref]:
        """One instance a world, in an order that carries nothing."""
        found = sorted(self.units(size), key=lambda unit: unit.id)
        order = numpy_generator(self.track, self.name, suite_seed, "order").permutation(len(found))
        return [
            Ref(
                task=f"{self.track}/{self.name}",
                suite_seed=suite_seed,
                index=index,
                kind=found[place].kind.value,
                units=(found[place].id,),
                group=found[place].group,
                members=(("null" if found[place].kind is Kind.NULL else "planted", digest(found[place].id)),),
            )
            for index, place in enumerate(order.tolist())
        ]

    @final
    def key(self, ref: Ref) -> FeatureKey:
        """The truth about an instance."""
        return self.truth(ref.units[0])

    @final
    def truth(self, unit: str) -> FeatureKey:
        """The same by the name of the world, derived once."""
        if unit not in self._keys:
            self._keys[unit] = self.derive(unit)
        return self._keys[unit]

    @final
    def build(self, ref: Ref) -> Instance:
        """Question and key."""
        unit = ref.units[0]
        return Instance(ref=ref, questions={unit: self.question(unit, ref.suite_seed)}, key=self.key(ref))

    @final
    def check(self, instance: Instance) -> list[Problem]:
        """Derives the key again, and compares the question with what was planted."""
        ((unit, question),) = instance.questions.items()
        what = self.faults(unit, question, instance.key)
        again = self.derive(unit)
        what += differences(again, instance.key)
        return [Problem(where=instance.ref.id, what=fault) for fault in what]

    @final
    def floored(self, unit: str, key: FeatureKey, question: World) -> FeatureKey:
        """The key with what random dictionaries reach on the world's own activations."""
        found = []
        for number in range(DICTIONARIES):
            rng = generator(self.track, self.name, unit, "random dictionary", number)
            codes = random_codes(question.shown, question.asked, key.size, key.active, rng)
            found.append(recovered(key, codes.double().numpy()))

        def mean(name: str) -> float:
            return sum(values.get(name, 0.0) for values in found) / len(found)

        return key.model_copy(update={"floor": mean("correlation"), "parents_floor": mean("kept")})


def differences(again: FeatureKey, key: FeatureKey) -> list[str]:
    """Where a key departs from one that was derived again."""
    what = []
    for name, wanted in again.model_dump().items():
        got = getattr(key, name)
        if isinstance(wanted, float):
            if abs(wanted - got) > APART:
                what.append(f"the key's {name} is {got:.3f}, derived again {wanted:.3f}")
        elif got != wanted:
            what.append(f"the key's {name} differs from what is derived again")
    return what
