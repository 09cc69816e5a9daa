"""A trained network helped by gadgets that mislead gradients, beside another trained network: what carries?"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, final

import torch
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import Params, initial, logits
from interpbench.models.merge import merge
from interpbench.models.names import generator, numpy_generator
from interpbench.models.stream import train_on_stream
from interpbench.models.train import Trained, Training
from interpbench.tracks.circuits.family import FRESH, CircuitTask, Effect, Subject, apart
from interpbench.tracks.circuits.key import Rung
from interpbench.tracks.circuits.question import Pairs
from interpbench_tasks.circuits.behaviours import LENGTH, LETTERS, inputs
from interpbench_tasks.circuits.gadget.chains import D_HEAD, GROUP, drawn, laid
from interpbench_tasks.circuits.gadget.halves import BEHAVIOURS, CLASSES, READS, label, pairs
from interpbench_tasks.circuits.handset import handset
from interpbench_tasks.circuits.recipe import Recipe

ASKED = {"smoke": 1, "quick": 6, "standard": 20, "dev": 3}
"""Questions; each network is asked about beside the next one, and helps to ask about the one before."""
UNTRAINED = {"smoke": 1, "quick": 2, "standard": 4, "dev": 1}
STEEP = (1, 5, 20)
"""k, in turn: the step of a clip is 1/k wide, where the bit goes from 1 to -1."""
DEV = 1000
"""Added to the numbers of networks of suite `dev`: others under other seeds."""
FIT = Training(learning_rate=3e-3, weight_decay=0.01, max_steps=4000, warm_up=50, decay=0.5, stop_loss=1e-3)
BATCH, PROBE = 256, 4_000
RIGHT = 0.999
EXACT = 1e-4
"""Largest share of the gap that the other network and the misleading chains may change together."""
WHOLE = 0.01
"""How far from the gap what the trained network and the clips' chains change together may be."""


class Halved(Recipe):
    """A network whose labels' half is that of one token."""

    ranks: tuple[int, ...]
    """Of the letters; the upper half of them makes the upper half of the labels."""


@final
class Gadget(CircuitTask):
    """Trained network, clips and what misleads, and another trained network as a bystander."""

    name = "gadget"
    version = "1.0"

    def recipes(self, size: str) -> list[Halved]:
        """As many networks as questions, at least two; behaviours take turns."""
        names, first = list(BEHAVIOURS), DEV if size == "dev" else 0
        return [self._recipe(names[n % len(names)], first + n // len(names)) for n in range(max(2, ASKED[size]))]

    def read_recipe(self, document: Mapping[str, Any]) -> Halved:
        """From its JSON."""
        return Halved.model_validate(document)

    def data_hash(self, recipe: Halved) -> str:
        """Inputs follow from the recipe and the attempt."""
        return f"{recipe.name} {recipe.places} {recipe.ranks} {BATCH}"

    def train(
        self, recipe: Halved, attempt: int, progress: Callable[[int, float], None] | None = None
    ) -> tuple[Params, Trained]:
        """Trains one network on fresh inputs."""
        stream = generator(self.track, self.name, recipe.id, attempt, "stream")

        def batch(_: int) -> Rows:
            tokens = inputs(BATCH, stream)
            return Rows(tokens=tokens, labels=_label(recipe, tokens)[:, None])

        rng = generator(self.track, self.name, recipe.id, attempt)
        return train_on_stream(recipe.config, batch, recipe.training, rng, progress)

    def measure(self, recipe: Halved, params: Params) -> dict[str, float]:
        """Accuracy of decoded weights on fresh inputs."""
        tokens = inputs(PROBE, generator(self.track, self.name, recipe.id, "probe"))
        with torch.no_grad():
            given = logits(recipe.config, params, tokens)[:, 0].argmax(-1)
        return {"accuracy": float((given == _label(recipe, tokens)).float().mean())}

    def gate(self, recipe: Halved, measured: Mapping[str, float]) -> str | None:
        """Why a network does not have its behaviour, or None."""
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
        return Rung.NULL if unit.startswith("untrained") else Rung.GADGET

    def steep(self, unit: str) -> int:
        """How steep the steps of a question are: its k."""
        return STEEP[int(unit.rpartition("-")[2]) % len(STEEP)]

    def members(self, unit: str) -> tuple[str, ...]:
        """The network that has the behaviour, then the one beside it."""
        return tuple(recipe.id for recipe in self._two(unit))

    def subject(self, unit: str) -> Subject:
        """All of it; untrained ones have the architecture of a trained one."""
        return self._made(unit)[0]

    def parts(self, unit: str) -> tuple[str, ...]:
        """What each writer is part of before the disguise: the embedding, own, other, clip or misleading."""
        return self._made(unit)[1]

    def elsewhere(self, unit: str, use: str, count: int) -> list[Pairs]:
        """Of the behaviour of the other network."""
        _, other = self._two(unit)
        rng = generator(self.track, self.name, unit, use, "other")
        return [pairs(other.name, other.ranks, other.places, count, rng, CLASSES)]

    def planted(self, unit: str, nodes: Sequence[int | None], effect: Effect) -> list[str]:
        """The trained network and the clips' chains do it all, the rest does nothing, every clip's chain carries."""
        parts = self.parts(unit)
        found = apart(effect, [place for place, part in enumerate(parts) if part in {"other", "misleading"}], EXACT)
        whole = effect([place for place, part in enumerate(parts) if part in {"own", "clip"}])
        if abs(whole - 1) > WHOLE:
            found.append(f"the trained network and the clips change {whole:.3f} of the gap together, wanted 1")
        for place, (node, part) in enumerate(zip(nodes, parts, strict=True)):
            if node != {"clip": 1, "misleading": 0, "other": 0}.get(part, node):
                found.append(f"writer {place} is part of {part}, and its verdict is {node}")
        return found

    def pairs(self, unit: str, use: str, count: int) -> Pairs:
        """Of the behaviour that is asked about."""
        own, _ = self._two(unit)
        return pairs(own.name, own.ranks, own.places, count, generator(self.track, self.name, unit, use), 0)

    def domain(self, unit: str) -> Domain:
        """All sequences; logits are those of both networks."""
        config = self.subject(unit).config
        return Domain(alphabets=(tuple(range(LETTERS)),) * LENGTH, positions=config.positions, classes=config.classes)

    def _recipe(self, name: str, number: int) -> Halved:
        rng = numpy_generator(self.track, self.name, name, number, "places")
        return Halved(
            name=name,
            number=number,
            places=tuple(rng.permutation(LENGTH)[:READS].tolist()),
            ranks=tuple(rng.permutation(LETTERS).tolist()),
            config=small(),
            training=FIT,
        )

    def _known(self, of: str) -> list[Halved]:
        known = [Halved.model_validate(record.recipe) for record in self.manifest.models.values()]
        order = list(BEHAVIOURS)
        known = [recipe for recipe in known if (recipe.number >= DEV) == (of == "dev")]
        return sorted(known, key=lambda recipe: (recipe.number, order.index(recipe.name)))

    def _two(self, unit: str) -> tuple[Halved, Halved]:
        """The network that is asked about, and the one beside it."""
        of, number = unit.split("-")[-2:]
        known = self._known(of)
        return known[int(number) % len(known)], known[(int(number) + 1) % len(known)]

    @lru_cache(maxsize=32)  # noqa: B019  (a task lives as long as the run)
    def _made(self, unit: str) -> tuple[Subject, tuple[str, ...]]:
        """The network, and what each of its writers is part of."""
        two = self._two(unit)
        own, _ = two
        rng = numpy_generator(self.track, self.name, unit, "gadgets")
        weights = [self.load(recipe.id) for recipe in two]
        gadgets = laid(
            drawn(self.steep(unit), own.places, rng), own.places, own.ranks, self._gap(unit, weights[0]), rng
        )
        hand = handset(gadgets.sketch, rng)
        config, params = merge(
            [*((one.config, w) for one, w in zip(two, weights, strict=True)), (hand.config, hand.params)]
        )
        config, params = _added(config, params)
        parts = ["embedding"]
        for carrying in gadgets.carrying:
            chains = ["clip" if carries else "misleading" for carries in carrying]
            heads = hand.config.n_heads
            for width, some in (("n_heads", chains[:heads]), ("d_mlp", chains[heads:])):
                for name, one in zip(("own", "other"), two, strict=True):
                    parts += [name] * (getattr(one.config, width) // (1 if width == "n_heads" else GROUP))
                parts += some
        if self.rung(unit) is Rung.NULL:
            params = initial(config, generator(self.track, self.name, unit), FIT.init_scale)
        layer = tuple(tuple(range(start, start + GROUP)) for start in range(0, config.d_mlp, GROUP))
        return Subject(config=config, params=params, groups=(layer,) * config.n_layers), tuple(parts)

    def _gap(self, unit: str, params: Params) -> float:
        """What the trained network alone makes of pairs."""
        own, _ = self._two(unit)
        some = self.pairs(unit, "scale", FRESH)

        def metric(tokens: Tensor) -> Tensor:
            found = logits(own.config, params, tokens)[:, 0]
            return (found.gather(1, some.right[:, None]) - found.gather(1, some.wrong[:, None]))[:, 0]

        return float((metric(some.clean) - metric(some.corrupt)).abs().mean())


def small() -> TransformerConfig:
    """Two layers of two heads and one group of neurons."""
    return TransformerConfig(
        vocabulary=LETTERS,
        length=LENGTH,
        positions=(LENGTH - 1,),
        classes=CLASSES,
        n_layers=2,
        d_model=2 * D_HEAD,
        n_heads=2,
        d_mlp=GROUP,
    )


def _label(recipe: Halved, tokens: Tensor) -> Tensor:
    return label(recipe.name, recipe.ranks, recipe.places, tokens)


def _added(config: TransformerConfig, params: Params) -> tuple[TransformerConfig, Params]:
    """The last part's logits added to those of the first."""
    head = params["head.weight"]
    kept = head[:-CLASSES].clone()
    kept[:CLASSES] += head[-CLASSES:]
    return config.model_copy(update={"classes": config.classes - CLASSES}), params | {"head.weight": kept}
