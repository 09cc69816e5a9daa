"""Three networks side by side in one: which parts carry the behaviour of one of them?"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, final

import torch

from interpbench.models.config import TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import Params, initial, logits
from interpbench.models.merge import merge
from interpbench.models.names import generator, numpy_generator
from interpbench.models.stream import train_on_stream
from interpbench.models.train import Trained, Training
from interpbench.models.zoo import ModelRecord
from interpbench.tracks.circuits.family import CircuitTask, Effect, Subject, apart
from interpbench.tracks.circuits.key import Rung
from interpbench.tracks.circuits.question import Groups, Pairs
from interpbench_tasks.circuits.behaviours import BEHAVIOURS, LENGTH, LETTERS, inputs, pairs, places
from interpbench_tasks.circuits.recipe import Recipe

MERGES = {"smoke": 1, "quick": 2, "standard": 7, "dev": 1}
"""Merged networks; each is asked about each of its three behaviours."""
DEV = 1000
"""Added to the numbers of networks of suite `dev`: others under other seeds."""
PARTS = 3
GROUP = 16
"""Neurons of a group."""
UNTRAINED = {"smoke": 1, "quick": 2, "standard": 4, "dev": 1}
FIT = Training(learning_rate=3e-3, weight_decay=0.01, max_steps=4000, warm_up=50, decay=0.5, stop_loss=1e-3)
BATCH, PROBE = 256, 4_000
RIGHT = 0.999
EXACT = 1e-6
"""Largest share of the gap that the other networks may change together."""


@final
class Merged(CircuitTask):
    """Networks trained apart on behaviours of the same tokens, concatenated; two of them are bystanders."""

    name = "merged"
    version = "1.0"

    def recipes(self, size: str) -> list[Recipe]:
        """Three networks for each merged one; behaviours take turns."""
        names, first = list(BEHAVIOURS), DEV if size == "dev" else 0
        places = range(PARTS * MERGES[size])
        return [self._recipe(names[place % len(names)], first + place // len(names)) for place in places]

    def read_recipe(self, document: Mapping[str, Any]) -> Recipe:
        """From its JSON."""
        return Recipe.model_validate(document)

    def data_hash(self, recipe: Recipe) -> str:
        """Inputs follow from the recipe and the attempt."""
        return f"{recipe.name} {recipe.places} {BATCH}"

    def train(
        self, recipe: Recipe, attempt: int, progress: Callable[[int, float], None] | None = None
    ) -> tuple[Params, Trained]:
        """Trains one network on fresh inputs."""
        stream = generator(self.track, self.name, recipe.id, attempt, "stream")

        def batch(_: int) -> Rows:
            tokens = inputs(BATCH, stream)
            return Rows(tokens=tokens, labels=BEHAVIOURS[recipe.name].label(tokens, recipe.places)[:, None])

        rng = generator(self.track, self.name, recipe.id, attempt)
        return train_on_stream(recipe.config, batch, recipe.training, rng, progress)

    def measure(self, recipe: Recipe, params: Params) -> dict[str, float]:
        """Accuracy of decoded weights on fresh inputs."""
        tokens = inputs(PROBE, generator(self.track, self.name, recipe.id, "probe"))
        with torch.no_grad():
            given = torch.cat(
                [logits(recipe.config, params, part)[:, 0].argmax(-1) for part in torch.split(tokens, 4096)]
            )
        return {"accuracy": float((given == BEHAVIOURS[recipe.name].label(tokens, recipe.places)).float().mean())}

    def gate(self, recipe: Recipe, measured: Mapping[str, float]) -> str | None:
        """Why a network does not have its behaviour, or None."""
        del recipe
        return None if measured["accuracy"] >= RIGHT else f"accuracy {measured['accuracy']:.4f}, wanted {RIGHT}"

    def spare(self, records: Mapping[str, ModelRecord]) -> set[str]:
        """What is left over when networks stand in threes."""
        names = sorted(records, key=lambda name: (records[name].recipe["number"], name))
        return set(names[len(names) - len(names) % PARTS :])

    def units(self, size: str) -> list[str]:
        """Each merged network asked about each of its behaviours, and untrained ones."""
        of = "dev" if size == "dev" else "merge"
        merges = min(MERGES[size], len(self._threes(of)))
        asked = [f"{of}-{number}:{place}" for number in range(merges) for place in range(PARTS)]
        return [*asked, *(f"untrained-{of}-{number}:0" for number in range(UNTRAINED[size]))]

    def rung(self, unit: str) -> Rung:
        """Told by the name."""
        return Rung.NULL if unit.startswith("untrained") else Rung.MERGED

    def members(self, unit: str) -> tuple[str, ...]:
        """The network that has the behaviour; those beside it have no part in what is scored."""
        three, place = self._of(unit)
        return (three[place].id,)

    def subject(self, unit: str) -> Subject:
        """The three, merged; untrained ones have the architecture of the first three."""
        config, params = self._merged(unit.partition(":")[0])
        return Subject(config=config, params=params, groups=groups_of(config))

    def elsewhere(self, unit: str, use: str, count: int) -> list[Pairs]:
        """Of the two other behaviours."""
        number, _, place = unit.partition(":")
        return [self.pairs(f"{number}:{other}", use, count) for other in range(PARTS) if str(other) != place]

    def planted(self, unit: str, nodes: Sequence[int | None], effect: Effect) -> list[str]:
        """Nothing crosses from one network to another."""
        own = self._own(unit)
        found = apart(effect, [place for place, mine in enumerate(own) if not mine], EXACT)
        if any(node == 1 and not mine for node, mine in zip(nodes, own, strict=True)):
            found.append("a carrier is part of another network")
        return found

    def _own(self, unit: str) -> list[bool]:
        """Heads and neurons of the network that has the behaviour, and the embedding, which all three share."""
        three, place = self._of(unit)
        own = [True]
        for _ in range(three[0].config.n_layers):
            for width, each in (("n_heads", 1), ("d_mlp", GROUP)):
                for number, one in enumerate(three):
                    own += [number == place] * (getattr(one.config, width) // each)
        return own

    def pairs(self, unit: str, use: str, count: int) -> Pairs:
        """Of the behaviour that is asked about."""
        three, place = self._of(unit)
        first = sum(recipe.config.classes for recipe in three[:place])
        rng = generator(self.track, self.name, unit, use)
        return pairs(three[place].name, three[place].places, count, rng, first)

    def domain(self, unit: str) -> Domain:
        """All sequences; logits are those of all three."""
        config = self.subject(unit).config
        return Domain(alphabets=(tuple(range(LETTERS)),) * LENGTH, positions=config.positions, classes=config.classes)

    def _recipe(self, name: str, number: int) -> Recipe:
        where = places(name, numpy_generator(self.track, self.name, name, number, "places"))
        return Recipe(name=name, number=number, places=where, config=small(BEHAVIOURS[name].classes), training=FIT)

    def _threes(self, of: str) -> list[list[Recipe]]:
        """The zoo's networks in threes of different behaviours, in the order of their numbers."""
        known = [Recipe.model_validate(record.recipe) for record in self.manifest.models.values()]
        known = [recipe for recipe in known if (recipe.number >= DEV) == (of == "dev")]
        order = list(BEHAVIOURS)
        known.sort(key=lambda recipe: (recipe.number, order.index(recipe.name)))
        return [known[start : start + PARTS] for start in range(0, len(known) - PARTS + 1, PARTS)]

    def _of(self, unit: str) -> tuple[list[Recipe], int]:
        name, _, place = unit.partition(":")
        of, number = name.split("-")[-2:]
        return self._threes(of)[int(number)], int(place)

    @lru_cache(maxsize=32)  # noqa: B019  (a task lives as long as the run)
    def _merged(self, name: str) -> tuple[TransformerConfig, Params]:
        three, _ = self._of(f"{name}:0")
        if name.startswith("untrained"):
            rng = generator(self.track, self.name, name)
            return merge([(one.config, initial(one.config, rng, one.training.init_scale)) for one in three])
        return merge([(one.config, self.load(one.id)) for one in three])


def small(classes: int) -> TransformerConfig:
    """Two layers of four heads and 64 neurons."""
    return TransformerConfig(
        vocabulary=LETTERS,
        length=LENGTH,
        positions=(LENGTH - 1,),
        classes=classes,
        n_layers=2,
        d_model=32,
        n_heads=4,
        d_mlp=64,
    )


def groups_of(config: TransformerConfig) -> Groups:
    """Neurons in groups of equal size; none has neurons of two parts."""
    layer = tuple(tuple(range(start, start + GROUP)) for start in range(0, config.d_mlp, GROUP))
    return (layer,) * config.n_layers
