"""Networks with several planted programs, beside which there may be a behaviour that any part that is left may carry.

Each network is asked about each of its programs: what carries one is a bystander of the others, so that nothing that
holds whatever is asked, such as the norm of a node's weights, tells by itself which nodes are meant.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar, final

import torch
from jaxtyping import Bool, Float, Int
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.data import Domain
from interpbench.models.forward import Params, initial
from interpbench.models.names import digest, generator, numpy_generator
from interpbench.models.train import Trained, Training
from interpbench.toolkit.circuits.graph import Graph
from interpbench.tracks.circuits.family import CircuitTask, Subject, graph_of
from interpbench.tracks.circuits.key import Rung
from interpbench.tracks.circuits.question import Groups, Pairs
from interpbench_tasks.circuits import behaviours, intervene, programs
from interpbench_tasks.circuits.behaviours import BEHAVIOURS, LENGTH, LETTERS, Places, inputs
from interpbench_tasks.circuits.intervene import Made, fit, run, smoothed
from interpbench_tasks.circuits.programs import values

DEV = 1000
"""Added to the numbers of networks of suite `dev`: others under other seeds."""
UNTRAINED = {"smoke": 1, "quick": 2, "standard": 4, "dev": 1}
PROBE, PROBED = 4_000, 256
"""Inputs, and pairs, on which a network is measured before it is kept."""
RIGHT = 0.999
FINE = 3e-4
"""Relative squared change of logits below which less of it is not worth much."""
AMPLE = 0.5
"""Added to the mean square of logits, which changes are relative to."""


class Task(BaseModel):
    """A behaviour of a network, and the writers of its program's steps; none for the behaviour that is free."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    places: tuple[int, ...]
    nodes: tuple[int, ...] = ()
    backup: int | None = None
    """The writer that takes over from the first step's."""

    @property
    def classes(self) -> int:
        """Its labels."""
        return BEHAVIOURS[self.name].classes

    @property
    def carriers(self) -> tuple[int, ...]:
        """All writers that have to do with it."""
        return self.nodes if self.backup is None else (*self.nodes, self.backup)

    def label(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, " row"]:
        """Of inputs."""
        return BEHAVIOURS[self.name].label(tokens, self.places)


class PlantedRecipe(BaseModel):
    """One network to train, with all that its weights depend on beside the task's name and the attempt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: int
    tasks: tuple[Task, Task, Task]
    """Planted programs, then a free behaviour if there is one; logits stand in this order."""
    config: TransformerConfig
    group: int
    """Neurons of a group."""
    training: Training
    batch: int
    smoothing: float = 0.05
    """Of labels, which keeps logits small."""
    stay: float
    """Weight of the change of logits that were to stay."""
    free: int
    """Steps in which bystanders may do anything; held back from the start, a pilot learnt one behaviour less."""
    begin: int
    """Steps until answers beside replaced bystanders are to be right in full. Then probes are taken away, and
    the change of logits begins to count."""
    ramp: int
    """Steps over which its weight then grows."""
    tries: int = 2

    @property
    def name(self) -> str:
        """Of its programs."""
        return "+".join(task.name for task in self.programs)

    @property
    def programs(self) -> tuple[Task, ...]:
        """The planted ones."""
        return tuple(task for task in self.tasks if task.nodes)

    @property
    def role(self) -> str:
        """Networks of all programs count together."""
        return "planted"

    @property
    def id(self) -> str:
        """Readable name, unique within a task, with a digest of all that the weights depend on."""
        return f"{self.name}-{self.number}-{digest(self.model_dump(mode='json', exclude={'tries'}), size=3)}"

    @property
    def stratum(self) -> str:
        """The architecture."""
        return self.config.kind

    @property
    def sources(self) -> tuple[str, ...]:
        """It is made from no other network."""
        return ()

    @property
    def groups(self) -> Groups:
        """Neurons in groups of equal size."""
        width = self.config.d_mlp
        layer = tuple(tuple(range(start, start + self.group)) for start in range(0, width, self.group))
        return (layer,) * self.config.n_layers

    @property
    def graph(self) -> Graph:
        """Of its nodes."""
        return graph_of(self.config, self.groups)

    def outside(self, number: int) -> list[int]:
        """Writers, but the embedding, that have nothing to do with a program."""
        return [node for node in range(1, len(self.graph.writers)) if node not in self.tasks[number].carriers]

    def right(self, step: int) -> float:
        """Weight of being right where bystanders are replaced, at a step."""
        return min(1.0, max(0.0, (step - self.free) / (self.begin - self.free)))

    def weight(self, step: int) -> float:
        """Of the change of logits that were to stay, at a step."""
        return self.stay * min(1.0, max(0.0, (step - self.begin) / self.ramp))

    def parts(self, logits: Float[Tensor, "row k"]) -> tuple[Tensor, ...]:
        """Logits by behaviour."""
        return torch.split(logits, [task.classes for task in self.tasks], dim=1)


Loss = Callable[[Params, int], Tensor]


class PlantedTask(CircuitTask):
    """Trained networks with planted programs. Subclasses say which, how they are trained, and what must hold."""

    kind: ClassVar[Rung]
    networks: ClassVar[Mapping[str, int]]
    """Size -> networks; each is asked about each of its programs."""

    @abstractmethod
    def recipe(self, number: int) -> PlantedRecipe:
        """The network of a number."""

    @abstractmethod
    def loss(self, recipe: PlantedRecipe, rng: torch.Generator) -> Loss:
        """What training minimises; draws its own rows."""

    def recipes(self, size: str) -> list[PlantedRecipe]:
        """Numbered from 0; those of `dev` apart."""
        first = DEV if size == "dev" else 0
        return [self.recipe(number) for number in range(first, first + self.networks[size])]

    @final
    def read_recipe(self, document: Mapping[str, Any]) -> PlantedRecipe:
        """From its JSON."""
        return PlantedRecipe.model_validate(document)

    @final
    def data_hash(self, recipe: PlantedRecipe) -> str:
        """Inputs follow from the recipe and the attempt; labels and losses from the source."""
        del recipe
        files = [Path(str(module.__file__)) for module in (behaviours, intervene, programs)]
        return digest([sha256(file.read_bytes()).hexdigest() for file in files], self.version)

    @final
    def train(
        self, recipe: PlantedRecipe, attempt: int, progress: Callable[[int, float], None] | None = None
    ) -> tuple[Params, Trained]:
        """Trains one network on fresh inputs and interventions."""
        stream = generator(self.track, self.name, recipe.id, attempt, "stream")
        rng = generator(self.track, self.name, recipe.id, attempt)
        begin = initial(recipe.config, rng, recipe.training.init_scale)
        params, trained = fit(begin | probes(recipe), self.loss(recipe, stream), recipe.training, progress)
        return {name: params[name] for name in begin}, trained

    def units(self, size: str) -> list[str]:
        """Each network asked about each of its programs, in the order of the numbers, and untrained ones."""
        of = "dev" if size == "dev" else "net"
        known = self._known(of)[: self.networks[size]]
        asked = [
            f"{of}-{place}:{number}" for place, recipe in enumerate(known) for number in range(len(recipe.programs))
        ]
        asked = asked[:1] if size == "smoke" else asked
        return [*asked, *(f"untrained-{of}-{place}:0" for place in range(UNTRAINED[size]))]

    def rung(self, unit: str) -> Rung:
        """Told by the name."""
        return Rung.NULL if unit.startswith("untrained") else self.kind

    def members(self, unit: str) -> tuple[str, ...]:
        """The one network."""
        return (self._of(unit)[0].id,)

    def subject(self, unit: str) -> Subject:
        """The network, or untrained weights of its shape."""
        recipe, _ = self._of(unit)
        return Subject(config=recipe.config, params=self._params(unit.partition(":")[0]), groups=recipe.groups)

    def pairs(self, unit: str, use: str, count: int) -> Pairs:
        """Of the program that is asked about."""
        recipe, number = self._of(unit)
        return _pairs(recipe, number, count, generator(self.track, self.name, unit, use))

    def elsewhere(self, unit: str, use: str, count: int) -> list[Pairs]:
        """Of the other behaviours."""
        recipe, number = self._of(unit)
        rng = generator(self.track, self.name, unit, use, "elsewhere")
        return [_pairs(recipe, other, count, rng) for other in range(len(recipe.tasks)) if other != number]

    def domain(self, unit: str) -> Domain:
        """All sequences; logits are those of all behaviours."""
        config = self._of(unit)[0].config
        return Domain(alphabets=(tuple(range(LETTERS)),) * LENGTH, positions=config.positions, classes=config.classes)

    def accuracies(self, recipe: PlantedRecipe, params: Params) -> list[float]:
        """Of the behaviours, on fresh inputs."""
        tokens = inputs(PROBE, generator(self.track, self.name, recipe.id, "probe"))
        with torch.no_grad():
            given = recipe.parts(run(recipe.config, recipe.graph, params, tokens)[0])
        return [
            float((one.argmax(-1) == task.label(tokens)).float().mean())
            for one, task in zip(given, recipe.tasks, strict=True)
        ]

    def _known(self, of: str) -> list[PlantedRecipe]:
        known = [PlantedRecipe.model_validate(record.recipe) for record in self.manifest.models.values()]
        known = [recipe for recipe in known if (recipe.number >= DEV) == (of == "dev")]
        return sorted(known, key=lambda recipe: recipe.number)

    def _of(self, unit: str) -> tuple[PlantedRecipe, int]:
        """The recipe of a question, and which of its programs is asked about."""
        name, _, number = unit.partition(":")
        of, place = name.split("-")[-2:]
        known = self._known(of)
        return known[int(place) % len(known)], int(number)

    @lru_cache(maxsize=32)  # noqa: B019  (a task lives as long as the run)
    def _params(self, name: str) -> Params:
        recipe, _ = self._of(f"{name}:0")
        if name.startswith("untrained"):
            return initial(recipe.config, generator(self.track, self.name, name), recipe.training.init_scale)
        return self.load(recipe.id)


def probed(recipe: PlantedRecipe, number: int, rng: torch.Generator) -> Pairs:
    """Pairs on which a network is measured before it is kept."""
    return _pairs(recipe, number, PROBED, rng)


def _pairs(recipe: PlantedRecipe, number: int, count: int, rng: torch.Generator) -> Pairs:
    first = sum(task.classes for task in recipe.tasks[:number])
    return behaviours.pairs(recipe.tasks[number].name, recipe.tasks[number].places, count, rng, first)


def probes(recipe: PlantedRecipe) -> Params:
    """For each planted node a linear readout of the variable that it is to hold; not part of the network."""
    widths = {0: recipe.group, 1: recipe.config.d_head}
    nodes = [node for task in recipe.tasks for node in task.nodes]
    return {f"probe.{node}": torch.zeros(LETTERS, widths[recipe.graph.writers[node].stage % 2]) for node in nodes}


def probe_loss(recipe: PlantedRecipe, params: Params, tokens: Int[Tensor, "row length"], made: Made) -> Tensor:
    """How badly planted nodes hold their variables at the answer position.

    One token of a comparison alone says nothing about its answer, so that without it there is little to begin from.
    """
    total = torch.zeros(())
    for task in recipe.programs:
        for node, wanted in zip(task.nodes, values(task.name, task.places, tokens), strict=True):
            stage = recipe.graph.writers[node].stage
            held, number = made[stage - 1][:, -1], node - recipe.graph.writing(stage).start
            held = held[:, number] if stage % 2 else held[:, list(recipe.groups[stage // 2 - 1][number])]
            total = total + smoothed(held @ params[f"probe.{node}"].T, wanted, recipe.smoothing)
    return total


def some(count: int, size: int, rng: torch.Generator) -> Bool[Tensor, "row part"]:
    """Parts for each row, drawn: none of them, one, each by the toss of a coin, or all."""
    mode = torch.randint(4, (count, 1), generator=rng)
    one = torch.zeros(count, size, dtype=torch.bool)
    one[torch.arange(count), torch.randint(size, (count,), generator=rng)] = True
    coins = torch.rand(count, size, generator=rng) < 0.5
    return torch.where(mode == 1, one, (mode == 2) & coins | (mode == 3))


def stayed(before: Float[Tensor, "row k"], now: Float[Tensor, "row k"]) -> Tensor:
    """How far logits changed: the logarithm of the mean squared change relative to what they are.

    What moves all logits of a row alike does not count. The logarithm bears on small changes and lets large ones go
    slowly; the mean square itself, with a weight that makes it small, made networks give up a behaviour. No gradient
    passes through what the change is relative to, so that small logits alone gain nothing.
    """
    relative = _centred(now - before).square().mean() / (_centred(before.detach()).square().mean() + AMPLE)
    return torch.log1p(relative / FINE)


def _centred(logits: Tensor) -> Tensor:
    return logits - logits.mean(dim=1, keepdim=True)


def drawn_places(name: str, track: str, *names: str | int) -> Places:
    """Places that a behaviour reads; never the answer's own, which the stream there holds without any head."""
    rng = numpy_generator(track, *names, name, "places")
    return tuple(rng.permutation(LENGTH - 1)[: BEHAVIOURS[name].reads].tolist())


def shape(classes: int, norm: str, d_model: int, d_mlp: int) -> TransformerConfig:
    """Two layers of four heads."""
    return TransformerConfig.model_validate(
        {
            "vocabulary": LETTERS,
            "length": LENGTH,
            "positions": (LENGTH - 1,),
            "classes": classes,
            "n_layers": 2,
            "d_model": d_model,
            "n_heads": 4,
            "d_mlp": d_mlp,
            "norm": norm,
        }
    )


def whole(names: Sequence[str]) -> int:
    """Labels of several behaviours."""
    return sum(BEHAVIOURS[name].classes for name in names)
