"""A task of this track: rules, networks that learnt them, and the verification of both.

An author gives the recipes; rows, training, gates, disguise and keys are here, once for all tasks.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import ClassVar, final

import numpy as np
import torch
from jaxtyping import Int

from interpbench.models.data import Domain, Rows
from interpbench.models.disguise import disguise
from interpbench.models.forward import Params, logits
from interpbench.models.names import digest, generator, numpy_generator
from interpbench.models.stream import train_on_stream
from interpbench.models.train import Trained, train
from interpbench.models.zoo import Manifest, ModelRecord
from interpbench.theory import Theory, parse
from interpbench.theory.cover import branches
from interpbench.theory.domain import drawn
from interpbench.theory.limits import FUEL
from interpbench.tracks.extraction.agree import FRESH, fresh_inputs
from interpbench.tracks.extraction.key import Kind, TheoryKey
from interpbench.tracks.extraction.question import Question
from interpbench.tracks.extraction.recipe import Recipe
from interpbench.tracks.instance import Instance, Problem, Ref

Tokens = Int[np.ndarray, "input length"]

IMPLEMENTS = 0.999
"""Least accuracy of a network on each branch of its rule."""
PROBE = 20_000
"""Inputs on which branches, and departures of the network from its rule, are looked for."""
EACH = 1_000
"""Inputs of a branch that its accuracy is measured on, at least; a branch that is met less often has too little."""
BATCH = (128, 384)
"""Shown and fresh rows of a training step."""
STOCK = 50
"""Steps for which fresh rows are made at a time."""
BUDGET = 2_000
"""Queries at tier `behaviour`."""
DEPARTURES = 200
"""Departures that a key lists at most."""


class ExtractionTask(ABC):
    """Networks that learnt planted rules. Subclasses give `recipes`."""

    track: ClassVar[str] = "extraction"
    name: ClassVar[str]
    version: ClassVar[str]

    manifest: Manifest
    load: Callable[[str], Params]

    def __init__(self, manifest: Manifest | None = None, load: Callable[[str], Params] | None = None) -> None:
        """A task without manifest can only be trained."""
        if manifest is not None and load is not None:
            self.manifest, self.load = manifest, load
        self._keys: dict[str, TheoryKey] = {}

    @abstractmethod
    def recipes(self, size: str) -> list[Recipe]:
        """The networks of a size."""

    @abstractmethod
    def within(self, recipe: Recipe, size: str) -> bool:
        """Whether a network of the zoo belongs to a size; told from its recipe, without drawing rules again."""

    @final
    def domain(self, recipe: Recipe) -> Domain:
        """Where inputs come from; the answer is read at the last token."""
        return Domain(alphabets=recipe.alphabets, positions=(len(recipe.alphabets) - 1,), classes=recipe.classes)

    @final
    def rows(self, recipe: Recipe) -> Rows:
        """The shown rows: drawn uniformly, without repetition, from the names of the rule and not of the network."""
        rng = numpy_generator(self.track, self.name, recipe.theory, recipe.number, "rows")
        tokens = np.unique(drawn(recipe.alphabets, 2 * recipe.shown, rng), axis=0)
        tokens = tokens[rng.permutation(len(tokens))[: recipe.shown]]
        if recipe.role is Kind.NULL:
            return _rows(tokens, rng.integers(recipe.classes, size=len(tokens)))
        return _rows(tokens, self._answers(recipe, tokens))

    @final
    def data_hash(self, recipe: Recipe) -> str:
        """Of the shown rows; fresh ones follow from the recipe and the attempt."""
        rows = self.rows(recipe)
        return digest(rows.tokens.numpy().tobytes(), rows.labels.numpy().tobytes(), BATCH)

    @final
    def train(
        self, recipe: Recipe, attempt: int, progress: Callable[[int, float], None] | None = None
    ) -> tuple[Params, Trained]:
        """Trains one network: on shown and fresh rows, or, where there is no rule, on the shown ones alone."""
        rng = generator(self.track, self.name, recipe.id, attempt)
        rows = self.rows(recipe)
        if recipe.role is Kind.NULL:
            return train(recipe.config, rows, recipe.training, rng, progress=progress)
        stream = numpy_generator(self.track, self.name, recipe.id, attempt, "stream")
        shown, fresh = BATCH
        stock: list[Rows] = []

        def batch(_: int) -> Rows:
            if not stock:  # many at once: a theory's answers cost by the call
                tokens = drawn(recipe.alphabets, fresh * STOCK, stream)
                made = _rows(tokens, self._answers(recipe, tokens))
                stock.extend(made[slice(start, start + fresh)] for start in range(0, len(made), fresh))
            some, new = rows[torch.from_numpy(stream.integers(len(rows), size=shown))], stock.pop()
            return Rows(tokens=torch.cat([some.tokens, new.tokens]), labels=torch.cat([some.labels, new.labels]))

        return train_on_stream(recipe.config, batch, recipe.training, rng, progress)

    @final
    def measure(self, recipe: Recipe, params: Params) -> dict[str, float]:
        """Accuracies of decoded weights, for the manifest: on the shown rows, on all inputs, on the worst branch."""
        rows = self.rows(recipe)
        measured = {
            "train_accuracy": float((_predict(recipe, params, rows.tokens.numpy()) == rows.labels[:, 0].numpy()).mean())
        }
        if recipe.role is Kind.NULL:
            return measured
        tokens = self._probe(recipe)
        found = parse(recipe.theory).run_many(tokens, FUEL)
        right = _predict(recipe, params, tokens) == found.integers()
        place = branches(found.taken)
        counts = np.bincount(place)
        shares = np.bincount(place, weights=right) / counts
        return measured | {
            "accuracy": float(right.mean()),
            "worst_branch": float(shares.min()),
            "branches": float(len(counts)),
            "rarest_branch": float(counts.min()),
        }

    @final
    def gate(self, recipe: Recipe, measured: Mapping[str, float]) -> str | None:
        """Why a trained network does not implement its rule, or None."""
        if measured["train_accuracy"] != 1:
            return f"train accuracy {measured['train_accuracy']:.4f}, wanted exactly 1"
        if recipe.role is Kind.NULL:
            return None
        if measured["rarest_branch"] < EACH:
            return f"a branch was met by {measured['rarest_branch']:.0f} of {PROBE} inputs, wanted {EACH}"
        if measured["worst_branch"] < IMPLEMENTS:
            return f"accuracy {measured['worst_branch']:.4f} on a branch of the rule, wanted {IMPLEMENTS}"
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
                members=((found[place].role.value, found[place].id),),
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
            domain=self.domain(recipe),
            budget=BUDGET,
        )

    @final
    def key(self, ref: Ref) -> TheoryKey:
        """The truth about an instance, from the stored weights."""
        return self.truth(ref.units[0])

    @final
    def truth(self, unit: str) -> TheoryKey:
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
        """Derives the key again from what a method would see, and the planted rule."""
        ((unit, question),) = instance.questions.items()
        recipe, what = self._recipe(unit), []
        assert question.network is not None
        config, params = question.network
        rows = self.rows(recipe)
        if not (torch.equal(rows.tokens, question.rows.tokens) and torch.equal(rows.labels, question.rows.labels)):
            what.append("the shown rows are not those of the recipe")
        fault = self.gate(recipe, self.measure(recipe, params))
        if fault is not None:
            what.append(fault)
        if config != recipe.config:
            what.append("the architecture is not that of the recipe")
        again = self._key(recipe, params)
        differ = int((np.array(again.model) != np.array(instance.key.model)).sum())
        if differ > 1:  # float32 may decide a tie otherwise once the network is disguised (docs/decisions/007)
            what.append(f"{differ} of {FRESH} answers differ from the key's")
        if again.model_copy(update={"model": (), "departures": (), "departing": ()}) != instance.key.model_copy(
            update={"model": (), "departures": (), "departing": ()}
        ):
            what.append("the key's rule is not that of the recipe")
        return [Problem(where=instance.ref.id, what=fault) for fault in what]

    def _key(self, recipe: Recipe, params: Params) -> TheoryKey:
        key = TheoryKey(
            kind=recipe.role,
            theory=recipe.theory,
            alphabets=recipe.alphabets,
            classes=recipe.classes,
            names=(self.track, self.name, recipe.id),
            model=(),
        )
        found = {"model": tuple(_predict(recipe, params, fresh_inputs(key)).tolist())}
        if recipe.role is Kind.NULL:
            return key.model_copy(update=found)
        tokens = self._probe(recipe)
        given = _predict(recipe, params, tokens)
        odd = np.flatnonzero(given != self._answers(recipe, tokens))[:DEPARTURES]
        departures = {
            "departures": tuple(tuple(row) for row in tokens[odd].tolist()),
            "departing": tuple(given[odd].tolist()),
        }
        return key.model_copy(update=found | departures)

    def _probe(self, recipe: Recipe) -> Tokens:
        return drawn(recipe.alphabets, PROBE, numpy_generator(self.track, self.name, recipe.theory, "probe"))

    def _answers(self, recipe: Recipe, tokens: Tokens) -> Int[np.ndarray, " input"]:
        return self._theory(recipe.theory).run_many(tokens, FUEL).integers()

    def _theory(self, text: str) -> Theory:
        if text not in self._theories:
            self._theories[text] = parse(text)
        return self._theories[text]

    @cached_property
    def _theories(self) -> dict[str, Theory]:
        return {}

    def _recipe(self, unit: str) -> Recipe:
        return Recipe.model_validate(self.manifest.models[unit].recipe)


def _rows(tokens: Tokens, labels: Int[np.ndarray, " input"]) -> Rows:
    return Rows(tokens=torch.from_numpy(np.ascontiguousarray(tokens)), labels=torch.from_numpy(labels[:, None]))


def _predict(recipe: Recipe, params: Params, tokens: Tokens) -> Int[np.ndarray, " input"]:
    with torch.no_grad():
        parts = [
            logits(recipe.config, params, part)[:, 0].argmax(-1) for part in torch.split(torch.from_numpy(tokens), 4096)
        ]
    return torch.cat(parts).numpy()
