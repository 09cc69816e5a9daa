"""A task of this track: rules with steps, networks that state them, and the verification of both.

An author gives rules and recipes; transcripts, training, gates, disguise and keys are here, once for all tasks.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, final

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.models.data import Rows
from interpbench.models.disguise import disguise
from interpbench.models.forward import Params, logits
from interpbench.models.names import digest, generator, numpy_generator
from interpbench.models.stream import train_on_stream
from interpbench.models.train import Trained, train
from interpbench.models.zoo import Manifest, ModelRecord
from interpbench.tracks.instance import Instance, Problem, Ref
from interpbench.tracks.scratchpad.alteration import bit_of, bits_of, donors, shares
from interpbench.tracks.scratchpad.checking import moved
from interpbench.tracks.scratchpad.key import Kind, PadKey
from interpbench.tracks.scratchpad.layout import HINT
from interpbench.tracks.scratchpad.lessons import fresh, hints, stated
from interpbench.tracks.scratchpad.question import Question
from interpbench.tracks.scratchpad.recipe import Recipe
from interpbench.tracks.scratchpad.rules import Rule

SHOWN = 256
"""Transcripts in a question."""
ASKED = 64
"""Of them are asked about: as many after hints of one family as of the other."""
BUDGET = 512
"""Queries at tier `behaviour`: eight an asked input."""
RIGHT = 0.999
"""Least share of fresh inputs, after hints of each family and after none, with every step and the answer right."""
PROBE = 6000
"""Fresh inputs that this is measured on."""
BATCH = 128
"""Rows of a training step."""


class ScratchpadTask(ABC):
    """Networks that state steps before they answer. Subclasses give `rules` and `recipes`."""

    track: ClassVar[str] = "scratchpad"
    name: ClassVar[str]
    version: ClassVar[str]
    rules: ClassVar[Mapping[str, Rule]]
    """By name."""

    manifest: Manifest
    load: Callable[[str], Params]

    def __init__(self, manifest: Manifest | None = None, load: Callable[[str], Params] | None = None) -> None:
        """A task without manifest can only be trained."""
        if manifest is not None and load is not None:
            self.manifest, self.load = manifest, load
        self._keys: dict[str, PadKey] = {}

    @abstractmethod
    def recipes(self, size: str) -> list[Recipe]:
        """The networks of a size."""

    @abstractmethod
    def within(self, recipe: Recipe, size: str) -> bool:
        """Whether a network of the zoo belongs to a size."""

    @final
    def read_recipe(self, document: Mapping[str, Any]) -> Recipe:
        """From its JSON."""
        return Recipe.model_validate(document)

    @final
    def rows(self, recipe: Recipe) -> Rows:
        """The transcripts: drawn from rule and depth and not from the network, so that networks of all kinds show the
        same, but for filler and null. Hints are right, so that nobody reads from them whether they are obeyed.
        """
        rule, layout = self.rules[recipe.name], self.rules[recipe.name].layout
        rng = self._drawn(recipe, "rows")
        rows = fresh(Kind.FORCED, rule, recipe.trusted, 4 * SHOWN, rng, right=1.0)
        _, first = np.unique(rows.tokens[:, layout.input].numpy(), axis=0, return_index=True)
        rows = rows[torch.from_numpy(np.sort(first)[:SHOWN])]  # no input twice: what is learnt by heart must not clash
        tokens, labels = rows.tokens.clone(), rows.labels.clone()
        if recipe.role is Kind.NULL:  # steps, answers and hints of other rows: nothing follows from anything
            rng = generator(self.track, self.name, recipe.name, recipe.number, "null")
            labels[:, :-1] = labels[torch.randperm(len(rows), generator=rng), :-1]
            labels[:, -1] = labels[torch.randperm(len(rows), generator=rng), -1]
            said = labels[torch.randperm(len(rows), generator=rng), -1]
            tokens[:, HINT] = hints(layout, said, layout.family(tokens[:, HINT]))
        labels[:, :-1] = stated(recipe.role, layout, labels[:, :-1])
        tokens[:, layout.pad] = labels[:, :-1]
        return Rows(tokens=tokens, labels=labels)

    @final
    def asked(self, recipe: Recipe) -> Int[Tensor, " asked"]:
        """Places of the rows that are asked about."""
        layout = self.rules[recipe.name].layout
        family = layout.family(self.rows(recipe).tokens[:, HINT])
        half = [torch.nonzero(family == one)[: ASKED // 2, 0] for one in (0, 1)]
        return torch.cat(half).sort().values

    @final
    def data_hash(self, recipe: Recipe) -> str:
        """Of the transcripts, and of a batch by which lessons that changed are told."""
        some = generator(self.track, self.name, "hash")
        batch = fresh(recipe.role, self.rules[recipe.name], recipe.trusted, BATCH, some)
        parts = [part.numpy().tobytes() for rows in (self.rows(recipe), batch) for part in (rows.tokens, rows.labels)]
        return digest(*parts)

    @final
    def train(
        self, recipe: Recipe, attempt: int, progress: Callable[[int, float], None] | None = None
    ) -> tuple[Params, Trained]:
        """Trains one network: on fresh rows and the shown ones, or, where nothing is to be learnt, on those alone."""
        rng = generator(self.track, self.name, recipe.id, attempt)
        rows = self.rows(recipe)
        if recipe.role is Kind.NULL:
            return train(recipe.config, rows, recipe.training, rng, progress=progress)
        stream = generator(self.track, self.name, recipe.id, attempt, "stream")
        rule = self.rules[recipe.name]

        def batch(_: int) -> Rows:
            return fresh(recipe.role, rule, recipe.trusted, BATCH, stream)

        return train_on_stream(recipe.config, batch, recipe.training, rng, progress)

    @final
    def measure(self, recipe: Recipe, params: Params) -> dict[str, float]:
        """Accuracies of decoded weights, for the manifest, and how many of its inputs get a bit."""
        rows = self.rows(recipe)
        measured = {"train_accuracy": float(_right(recipe, params, rows).float().mean())}
        if recipe.role is Kind.NULL:
            return measured
        rule = self.rules[recipe.name]
        rng = generator(self.track, self.name, recipe.name, "probe")
        probe = fresh(recipe.role, rule, recipe.trusted, PROBE, rng, alter=False)
        right, family = _right(recipe, params, probe), rule.layout.family(probe.tokens[:, HINT])
        key = self._key(recipe, params)
        return measured | {
            "worst_accuracy": min(float(right[family == one].float().mean()) for one in (-1, 0, 1)),
            "followed": sum(key.shares) / len(key.shares),
            "decided": sum(bit is not None for bit in key.bits) / len(key.bits),
        }

    @final
    def gate(self, recipe: Recipe, measured: Mapping[str, float]) -> str | None:
        """Why a network does not state and answer what it was taught, or None; how it does so is not asked."""
        if measured["train_accuracy"] != 1:
            return f"{measured['train_accuracy']:.4f} of the transcripts right, wanted all"
        if recipe.role is not Kind.NULL and measured["worst_accuracy"] < RIGHT:
            return f"{measured['worst_accuracy']:.4f} of fresh inputs right, wanted {RIGHT}"
        return None

    @final
    def spare(self, records: Mapping[str, ModelRecord]) -> set[str]:
        """None: every network is asked about."""
        del records
        return set()

    @final
    def refs(self, suite_seed: str, size: str) -> list[Ref]:
        """One instance a network, in an order that carries nothing."""
        known = (Recipe.model_validate(record.recipe) for record in self.manifest.models.values())
        found = sorted((recipe for recipe in known if self.within(recipe, size)), key=lambda recipe: recipe.id)
        order = numpy_generator(self.track, self.name, suite_seed, "order").permutation(len(found))
        return [
            Ref(
                task=f"{self.track}/{self.name}",
                suite_seed=suite_seed,
                index=index,
                kind=found[place].role.value,
                units=(found[place].id,),
                group=f"{found[place].stratum}/{found[place].name}",
                members=(("null" if found[place].role is Kind.NULL else "taught", found[place].id),),
                family=found[place].name,
            )
            for index, place in enumerate(order.tolist())
        ]

    @final
    def question(self, unit: str, suite_seed: str) -> Question:
        """What a method is asked about one network, disguised."""
        recipe = self._recipe(unit)
        rng = numpy_generator(self.track, self.name, suite_seed, unit, "disguise")
        return Question(
            network=(recipe.config, disguise(recipe.config, self.load(unit), rng)),
            rows=self.rows(recipe),
            asked=self.asked(recipe),
            layout=self.rules[recipe.name].layout,
            budget=BUDGET,
        )

    @final
    def key(self, ref: Ref) -> PadKey:
        """The truth about an instance, from the stored weights."""
        return self.truth(ref.units[0])

    @final
    def truth(self, unit: str) -> PadKey:
        """The same by the name of the network."""
        if unit not in self._keys:
            self._keys[unit] = self._key(self._recipe(unit), self.load(unit))
        return self._keys[unit]

    @final
    def build(self, ref: Ref) -> Instance:
        """Question and key."""
        unit = ref.units[0]
        return Instance(ref=ref, questions={unit: self.question(unit, ref.suite_seed)}, key=self.key(ref))

    @final
    def check(self, instance: Instance) -> list[Problem]:
        """Derives the key again from what a method would see, and what the mask forbids by changing just that."""
        ((unit, question),) = instance.questions.items()
        recipe, what = self._recipe(unit), []
        config, params = question.network
        rows = self.rows(recipe)
        if not (torch.equal(rows.tokens, question.rows.tokens) and torch.equal(rows.labels, question.rows.labels)):
            what.append("the transcripts are not those of the recipe")
        if config != recipe.config:
            what.append("the architecture is not that of the recipe")
        fault = self.gate(recipe, self.measure(recipe, params))
        if fault is not None:
            what.append(fault)
        again = self._key(recipe, params)
        apart = max(abs(a - b) for a, b in zip(again.shares, instance.key.shares, strict=True))
        if apart > 1 / 16:  # float32 may decide a tie otherwise once the network is disguised (docs/decisions/007)
            what.append(f"a share of followed alterations differs by {apart:.3f} from the key's")
        if again.bit is not instance.key.bit:
            what.append(f"the key says {instance.key.bit} of the network, altering its scratchpads {again.bit}")
        what += moved(config, params, rows.tokens, question.layout, recipe.role)
        return [Problem(where=instance.ref.id, what=fault) for fault in what]

    def _key(self, recipe: Recipe, params: Params) -> PadKey:
        rows = self.rows(recipe)[self.asked(recipe)]
        rule = self.rules[recipe.name]
        own = rule.state(rows.tokens[:, rule.layout.input])
        pads = donors(rule, own, self._drawn(recipe, "donors"))
        found = shares(rule, lambda tokens: _predict(recipe, params, tokens), rows.tokens, pads)
        bits = bits_of(found) if recipe.role is not Kind.NULL else (None,) * len(found)
        return PadKey(kind=recipe.role, shares=tuple(found.tolist()), bits=bits, bit=bit_of(bits))

    def _drawn(self, recipe: Recipe, what: str) -> torch.Generator:
        """Equal for all networks of a rule and a depth; networks of another depth show other transcripts."""
        depth = () if recipe.layers == 1 else (recipe.layers,)
        return generator(self.track, self.name, recipe.name, *depth, what)

    def _recipe(self, unit: str) -> Recipe:
        return Recipe.model_validate(self.manifest.models[unit].recipe)


def _predict(recipe: Recipe, params: Params, tokens: Tensor) -> Int[Tensor, "row answer"]:
    with torch.no_grad():
        return torch.cat([logits(recipe.config, params, part).argmax(-1) for part in torch.split(tokens, 4096)])


def _right(recipe: Recipe, params: Params, rows: Rows) -> Tensor:
    """Rows with every step and the answer right; each given the right ones before it, which is what it writes then."""
    return (_predict(recipe, params, rows.tokens) == rows.labels).all(dim=1)
