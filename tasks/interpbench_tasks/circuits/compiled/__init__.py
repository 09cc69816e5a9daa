"""Programs set by hand: one answers, others compute as much and nobody reads it. Which parts carry the answer?"""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, final

import torch

from interpbench.models.data import Domain
from interpbench.models.forward import Params, initial, logits
from interpbench.models.names import digest, generator, numpy_generator
from interpbench.models.train import Trained
from interpbench.tracks.circuits.family import CircuitTask, Effect, Subject, apart
from interpbench.tracks.circuits.key import Rung
from interpbench.tracks.circuits.question import Pairs
from interpbench_tasks.circuits.compiled.programs import PROGRAMS, WIDE, Variant, Written, at, letter
from interpbench_tasks.circuits.handset import Sketch, handset
from interpbench_tasks.circuits.recipe import NetworkRecipe

ASKED = {"smoke": 1, "quick": 6, "standard": 20, "dev": 3}
"""Questions, each of a network of its own; programs take turns."""
UNTRAINED = {"smoke": 1, "quick": 2, "standard": 4, "dev": 1}
DEV = 1000
"""Added to the numbers of networks of suite `dev`: other variants."""
D_HEAD = {"induction": 32, "brackets": 16, "largest": 16}
GROUP = 8
PROBE = 4_000
RIGHT = 0.999
EXACT = 1e-5
"""Largest share of the gap that what nobody reads may change together."""
WHOLE = 0.01
"""How far from the gap what the answering program's parts change together may be."""


class Compiled(NetworkRecipe):
    """One network to write."""

    unread: int
    """Further variants of the program whose results nobody reads."""


@final
class CompiledPrograms(CircuitTask):
    """A program among variants of itself that do the same work for nobody."""

    name = "compiled"
    version = "1.0"

    def recipes(self, size: str) -> list[Compiled]:
        """One network a question."""
        names, first = list(PROGRAMS), DEV if size == "dev" else 0
        return [_recipe(names[n % len(names)], first + n // len(names)) for n in range(ASKED[size])]

    def read_recipe(self, document: Mapping[str, Any]) -> Compiled:
        """From its JSON."""
        return Compiled.model_validate(document)

    def data_hash(self, recipe: Compiled) -> str:
        """No data is used; the weights follow from what is written."""
        made, _ = _written(recipe.name, recipe.number)
        return digest(*(value.half().numpy().tobytes() for _, value in sorted(made.params.items())))

    def train(
        self, recipe: Compiled, attempt: int, progress: Callable[[int, float], None] | None = None
    ) -> tuple[Params, Trained]:
        """Writes the weights; nothing is trained."""
        del attempt, progress
        began = time.perf_counter()
        made, _ = _written(recipe.name, recipe.number)
        return made.params, Trained(steps=0, loss=0.0, seconds=time.perf_counter() - began)

    def measure(self, recipe: Compiled, params: Params) -> dict[str, float]:
        """Accuracy of decoded weights on the program's inputs."""
        program, variant = PROGRAMS[recipe.name], _variants(recipe.name, recipe.number)[0]
        tokens = program.inputs(variant, PROBE, generator(self.track, self.name, recipe.id, "probe"))
        with torch.no_grad():
            given = logits(recipe.config, params, tokens)[:, 0].argmax(-1)
        return {"accuracy": float((given == program.label(variant, tokens)).float().mean())}

    def gate(self, recipe: Compiled, measured: Mapping[str, float]) -> str | None:
        """Why a network does not compute its program, or None."""
        del recipe
        return None if measured["accuracy"] >= RIGHT else f"accuracy {measured['accuracy']:.4f}, wanted {RIGHT}"

    def units(self, size: str) -> list[str]:
        """One question a network, and untrained ones."""
        of = "dev" if size == "dev" else "net"
        asked = min(ASKED[size], len(self._known(of)))
        return [
            *(f"{of}-{number}" for number in range(asked)),
            *(f"untrained-{of}-{number}" for number in range(UNTRAINED[size])),
        ]

    def rung(self, unit: str) -> Rung:
        """Told by the name."""
        return Rung.NULL if unit.startswith("untrained") else Rung.COMPILED

    def members(self, unit: str) -> tuple[str, ...]:
        """The network."""
        return (self.recipe(unit).id,)

    def recipe(self, unit: str) -> Compiled:
        """Of a question's network; an untrained one has its architecture."""
        of, number = unit.split("-")[-2:]
        known = self._known(of)
        return known[int(number) % len(known)]

    @lru_cache(maxsize=32)  # noqa: B019  (a task lives as long as the run)
    def subject(self, unit: str) -> Subject:
        """As it is stored."""
        recipe = self.recipe(unit)
        if self.rung(unit) is Rung.NULL:
            params = initial(recipe.config, generator(self.track, self.name, unit))
        else:
            params = self.load(recipe.id)
        layer = tuple(tuple(range(start, start + GROUP)) for start in range(0, recipe.config.d_mlp, GROUP))
        return Subject(config=recipe.config, params=params, groups=(layer,) * recipe.config.n_layers)

    def own(self, unit: str) -> list[bool]:
        """For each writer before the disguise whether it is of the program that answers; so is the embedding."""
        recipe = self.recipe(unit)
        _, carrying = _written(recipe.name, recipe.number)
        return [True, *carrying]

    def planted(self, unit: str, nodes: Sequence[int | None], effect: Effect) -> list[str]:
        """The program that answers does it all, and none of its parts is idle; what nobody reads does nothing."""
        own = self.own(unit)
        found = apart(effect, [place for place, mine in enumerate(own) if not mine], EXACT)
        whole = effect([place for place, mine in enumerate(own) if mine and place])
        if abs(whole - 1) > WHOLE:
            found.append(f"the program's parts change {whole:.3f} of the gap together, wanted 1")
        for place, (node, mine) in enumerate(zip(nodes[1:], own[1:], strict=True)):
            if node == (0 if mine else 1):
                found.append(f"writer {place + 1} is {'' if mine else 'not '}of the program, and its verdict is {node}")
        return found

    def pairs(self, unit: str, use: str, count: int) -> Pairs:
        """Inputs with different labels, drawn apart."""
        recipe = self.recipe(unit)
        program, variant = PROGRAMS[recipe.name], _variants(recipe.name, recipe.number)[0]
        rng = generator(self.track, self.name, unit, use)
        clean, corrupt = program.inputs(variant, count, rng), program.inputs(variant, count, rng)
        while True:
            right, wrong = program.label(variant, clean), program.label(variant, corrupt)
            same = right == wrong
            if not same.any():
                return Pairs(clean=clean, corrupt=corrupt, right=right, wrong=wrong)
            corrupt[same] = program.inputs(variant, count, rng)[: int(same.sum())]

    def domain(self, unit: str) -> Domain:
        """All sequences."""
        config = self.recipe(unit).config
        letters = tuple(range(config.vocabulary))
        return Domain(alphabets=(letters,) * config.length, positions=config.positions, classes=config.classes)

    def _known(self, of: str) -> list[Compiled]:
        known = [Compiled.model_validate(record.recipe) for record in self.manifest.models.values()]
        order = list(PROGRAMS)
        known = [recipe for recipe in known if (recipe.number >= DEV) == (of == "dev")]
        return sorted(known, key=lambda recipe: (recipe.number, order.index(recipe.name)))


def _recipe(name: str, number: int) -> Compiled:
    made, _ = _written(name, number)
    return Compiled(name=name, number=number, unread=len(_variants(name, number)) - 1, config=made.config)


def _variants(name: str, number: int) -> list[Variant]:
    """Of one alphabet and length; the first is that which answers."""
    rng = numpy_generator("circuits", "compiled", name, number, "variants")
    letters, length = PROGRAMS[name].shape(rng)
    return [PROGRAMS[name].varied(letters, length, rng) for _ in range(1 + int(rng.integers(2, 4)))]


@lru_cache(maxsize=64)
def _written(name: str, number: int) -> tuple[Subject, list[bool]]:
    """The network, and for each writer but the embedding whether it is of the program that answers."""
    variants = _variants(name, number)
    written = [PROGRAMS[name].write(one, f"program {place}") for place, one in enumerate(variants)]
    rng = numpy_generator("circuits", "compiled", name, number, "weights")
    carrying: list[bool] = []
    for layer in range(2):
        for parts in ([one.heads[layer] for one in written], [one.groups[layer] for one in written]):
            carrying += [place == 0 for place, some in enumerate(parts) for _ in some]
    return handset(_sketch(variants[0], written, D_HEAD[name]), rng), carrying


def _sketch(variant: Variant, written: Sequence[Written], d_head: int) -> Sketch:
    return Sketch(
        positions=(variant.length - 1,),
        d_head=d_head,
        tokens=[{letter(one): WIDE} for one in range(variant.letters)],
        places=[{at(place): WIDE} for place in range(variant.length)],
        heads=[[head for one in written for head in one.heads[layer]] for layer in range(2)],
        groups=[[group for one in written for group in one.groups[layer]] for layer in range(2)],
        constants=[
            {key: value for one in written for key, value in one.constants[layer].items()} for layer in range(2)
        ],
        answers=written[0].answers,
        size=GROUP,
    )
