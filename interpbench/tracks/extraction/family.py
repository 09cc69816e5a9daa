"""A task of this track: rules, networks that learnt them, and the verification of both.

An author gives the recipes; rows, training, gates, disguise and keys are here, once for all tasks.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, ClassVar, final

import numpy as np
import torch
from jaxtyping import Int

from interpbench.models.config import ModelConfig, weighted
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
from interpbench.tracks.extraction.question import LabelsOnly, Question
from interpbench.tracks.extraction.recipe import Recipe
from interpbench.tracks.extraction.regions import alike, apart, around
from interpbench.tracks.extraction.rules.guard import Guard
from interpbench.tracks.instance import Instance, Problem, Ref

Tokens = Int[np.ndarray, "input length"]

IMPLEMENTS = 0.999
"""Least accuracy of a network on each branch of its rule, around its guard, and where its rule departs from a twin."""
PROBE = 20_000
"""Inputs on which branches, and departures of the network from its rule, are looked for."""
EACH = 1_000
"""Inputs of a branch that its accuracy is measured on, at least; a branch that is met less often has too little."""
INSIDE = 8_000
"""Inputs inside a guard, and as many near misses, that a gate looks at."""
APART = 2_000
"""Inputs that tell twins apart: as many for gates, half as many for keys."""
POOL = 8_000
"""Inputs that tell rare twins apart, from which a network learns what it is steered to."""
BATCH = (128, 384)
"""Shown and fresh rows of a training step."""
STOCK = 50
"""Steps for which fresh rows are made at a time."""
DEPARTURES = 200
"""Departures that a key lists at most."""


class ExtractionTask(ABC):
    """Networks that learnt planted rules. Subclasses give `recipes` and `kinds`.

    Networks that are not trained here need more: how they answer (`predict`), what of them is shown, and their own
    training, measurements and gate.
    """

    track: ClassVar[str] = "extraction"
    name: ClassVar[str]
    version: ClassVar[str]
    fresh: ClassVar[int] = FRESH
    """Inputs that a key gives the network's answers to."""

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
    def kinds(self, recipe: Recipe, size: str) -> tuple[Kind, ...]:
        """What a size asks about a network of the zoo, nothing if it is not part of it; told from the recipe alone."""

    @final
    def read_recipe(self, document: Mapping[str, Any]) -> Recipe:
        """From its JSON."""
        return Recipe.model_validate(document)

    @final
    def domain(self, recipe: Recipe) -> Domain:
        """Where inputs come from; the answer is read at the last token."""
        return Domain(alphabets=recipe.alphabets, positions=(len(recipe.alphabets) - 1,), classes=recipe.classes)

    @final
    def rows(self, recipe: Recipe) -> Rows:
        """The shown rows, from the names of the rule and not of the network, without repetition.

        They are drawn uniformly: of twins where all of them agree, of guarded rules outside of the guard.
        """
        rng = numpy_generator(self.track, self.name, *recipe.world, "rows")
        found = np.zeros((0, len(recipe.alphabets)), dtype=np.int64)
        while len(found) < recipe.shown:
            tokens = drawn(recipe.alphabets, 2 * recipe.shown, rng)
            if recipe.rivals:
                tokens = tokens[alike([self._theory(text) for text in recipe.rivals], tokens)]
            if recipe.guard:
                tokens = tokens[~_guard(recipe).holds(tokens)]
            found = np.unique(np.concatenate([found, tokens]), axis=0)
        tokens = found[rng.permutation(len(found))[: recipe.shown]]
        labels = self._answers(recipe, tokens)
        return _rows(tokens, rng.permutation(labels) if recipe.role is Kind.NULL else labels)

    def data_hash(self, recipe: Recipe) -> str:
        """Of the shown rows; fresh ones follow from the recipe and the attempt."""
        rows = self.rows(recipe)
        return digest(rows.tokens.numpy().tobytes(), rows.labels.numpy().tobytes(), BATCH)

    def train(
        self, recipe: Recipe, attempt: int, progress: Callable[[int, float], None] | None = None
    ) -> tuple[Params, Trained]:
        """Trains one network: on shown and fresh rows, or, where there is no rule, on the shown ones alone."""
        assert recipe.training is not None
        config, rng = weighted(recipe.config), generator(self.track, self.name, recipe.id, attempt)
        rows = self.rows(recipe)
        if recipe.role is Kind.NULL:
            return train(config, rows, recipe.training, rng, progress=progress)
        stream = numpy_generator(self.track, self.name, recipe.id, attempt, "stream")
        shown, fresh = BATCH
        stock: list[Rows] = []
        pool = self._apart(recipe, POOL, "learnt") if recipe.role is Kind.TWIST_RARE else None

        def batch(_: int) -> Rows:
            if not stock:  # many at once: a theory's answers cost by the call
                tokens = _fresh(recipe, fresh * STOCK, pool, stream)
                made = _rows(tokens, self._answers(recipe, tokens))
                stock.extend(made[slice(start, start + fresh)] for start in range(0, len(made), fresh))
            some, new = rows[torch.from_numpy(stream.integers(len(rows), size=shown))], stock.pop()
            return Rows(tokens=torch.cat([some.tokens, new.tokens]), labels=torch.cat([some.labels, new.labels]))

        return train_on_stream(config, batch, recipe.training, rng, progress)

    def predict(self, recipe: Recipe, params: Params, tokens: Tokens) -> Int[np.ndarray, " input"]:
        """The network's own answers."""
        with torch.no_grad():
            parts = [
                logits(weighted(recipe.config), params, part)[:, 0].argmax(-1)
                for part in torch.split(torch.from_numpy(tokens), 4096)
            ]
        return torch.cat(parts).numpy()

    def shown(self, recipe: Recipe, suite_seed: str) -> tuple[ModelConfig, Params] | LabelsOnly:
        """The network as a question shows it: disguised."""
        config = weighted(recipe.config)
        rng = numpy_generator(self.track, self.name, suite_seed, recipe.id, "disguise")
        return config, disguise(config, self.load(recipe.id), rng)

    def measure(self, recipe: Recipe, params: Params) -> dict[str, float]:
        """Accuracies of decoded weights, for the manifest: on the shown rows, on all inputs, on the worst branch."""
        rows = self.rows(recipe)
        measured = {
            "train_accuracy": float(
                (self.predict(recipe, params, rows.tokens.numpy()) == rows.labels[:, 0].numpy()).mean()
            )
        }
        if recipe.role is Kind.NULL:
            return measured
        regions = self._regions(recipe)
        tokens = np.concatenate([*regions.values()])
        found = self._theory(recipe.theory).run_many(tokens, FUEL)
        right = self.predict(recipe, params, tokens) == found.integers()
        place = branches(found.taken)
        counts = np.bincount(place)
        shares = np.bincount(place, weights=right) / counts
        ends = np.cumsum([len(region) for region in regions.values()])[:-1]
        return (
            measured
            | {name: float(part.mean()) for name, part in zip(regions, np.split(right, ends), strict=True)}
            | {
                "worst_branch": float(shares.min()),
                "branches": float(len(counts)),
                "rarest_branch": float(counts.min()),
            }
        )

    def gate(self, recipe: Recipe, measured: Mapping[str, float]) -> str | None:
        """Why a trained network does not implement its rule, or None."""
        if measured["train_accuracy"] != 1:
            return f"train accuracy {measured['train_accuracy']:.4f}, wanted exactly 1"
        if recipe.role is Kind.NULL:
            return None
        if measured["rarest_branch"] < EACH:
            return f"a branch was met by {measured['rarest_branch']:.0f} of {PROBE} inputs, wanted {EACH}"
        for name in ("worst_branch", *self._regions(recipe, 0)):
            if measured[name] < IMPLEMENTS:
                return f"{name} is {measured[name]:.4f}, wanted an accuracy of {IMPLEMENTS}"
        return None

    @final
    def spare(self, records: Mapping[str, ModelRecord]) -> set[str]:
        """Twins of which one is missing: only all together are they fair."""
        known = [Recipe.model_validate(record.recipe) for record in records.values()]
        return {recipe.id for recipe in known} - {recipe.id for recipe in _complete(known)}

    @final
    def refs(self, suite_seed: str, size: str) -> list[Ref]:
        """One instance a network and kind of question, in an order that carries nothing."""
        known = _complete([self._recipe(unit) for unit in self.manifest.models])
        found = sorted(
            ((recipe, kind) for recipe in known for kind in self.kinds(recipe, size)),
            key=lambda one: (one[0].id, one[1]),
        )
        order = numpy_generator(self.track, self.name, suite_seed, "order").permutation(len(found))
        return [
            Ref(
                task=f"{self.track}/{self.name}",
                suite_seed=suite_seed,
                index=index,
                kind=_counted(*found[place]).value,
                units=(_unit(*found[place]),),
                group=found[place][0].stratum,
                members=((found[place][0].role.value, digest(found[place][0].world, found[place][0].stratum)),),
                family=found[place][0].name,
            )
            for index, place in enumerate(order.tolist())
        ]

    @final
    def question(self, unit: str, suite_seed: str) -> Question:
        """What a method is asked about one network, disguised: the network, its rows, or both."""
        recipe, kind = self._asked(unit)
        rows = self.rows(recipe)
        return Question(
            network=None if kind is Kind.DATA_ONLY else self.shown(recipe, suite_seed),
            rows=rows[:0] if kind is Kind.MODEL_ONLY else rows,
            domain=self.domain(recipe),
            budget=recipe.budget,
        )

    @final
    def key(self, ref: Ref) -> TheoryKey:
        """The planted rule, and the stored network's own answers."""
        return self.truth(ref.units[0])

    @final
    def truth(self, unit: str) -> TheoryKey:
        """The same by the name of the unit."""
        recipe, kind = self._asked(unit)
        if recipe.id not in self._keys:
            self._keys[recipe.id] = self._key(recipe, self.load(recipe.id))
        return self._keys[recipe.id].model_copy(update={"kind": _counted(recipe, kind)})

    @final
    def build(self, ref: Ref) -> Instance:
        """Question and key."""
        unit = ref.units[0]
        return Instance(ref=ref, questions={unit: self.question(unit, ref.suite_seed)}, key=self.key(ref))

    @final
    def check(self, instance: Instance) -> list[Problem]:
        """Derives the key again from what a method would see, and the planted rule."""
        ((unit, question),) = instance.questions.items()
        (recipe, kind), what = self._asked(unit), []
        shown = question.network
        config, params = shown if isinstance(shown, tuple) else (recipe.config, self.load(recipe.id))
        rows = self.rows(recipe)[:0] if kind is Kind.MODEL_ONLY else self.rows(recipe)
        if not (torch.equal(rows.tokens, question.rows.tokens) and torch.equal(rows.labels, question.rows.labels)):
            what.append("the shown rows are not those of the recipe")
        if (question.network is None) is not (kind is Kind.DATA_ONLY):
            what.append("the question shows a network that it should not, or none")
        fault = self.gate(recipe, self.measure(recipe, params))
        if fault is not None:
            what.append(fault)
        if config != recipe.config:
            what.append("the architecture is not that of the recipe")
        again = self._key(recipe, params).model_copy(update={"kind": _counted(recipe, kind)})
        differ = int((np.array(again.model) != np.array(instance.key.model)).sum())
        if differ > 1:  # float32 may decide a tie otherwise once the network is disguised (docs/decisions/007)
            what.append(f"{differ} of {self.fresh} answers differ from the key's")
        of_the_network: dict[str, Any] = {"model": (), "departures": (), "departing": ()}
        if again.model_copy(update=of_the_network) != instance.key.model_copy(update=of_the_network):
            what.append("the key's rule is not that of the recipe")
        return [Problem(where=instance.ref.id, what=fault) for fault in what]

    def probed(self, recipe: Recipe) -> Tokens:
        """Inputs among which departures of the network from its rule are looked for."""
        return np.concatenate([*self._regions(recipe).values()])

    def _key(self, recipe: Recipe, params: Params) -> TheoryKey:
        key = TheoryKey(
            kind=recipe.role,
            theory=recipe.theory,
            alphabets=recipe.alphabets,
            classes=recipe.classes,
            names=(self.track, self.name, *recipe.world),
            model=(),
            rivals=recipe.rivals,
            guard=recipe.guard,
        )
        fresh = fresh_inputs(key.alphabets, key.names)[: self.fresh]
        found: dict[str, Any] = {"model": tuple(self.predict(recipe, params, fresh).tolist())}
        if recipe.role is Kind.NULL:
            common = int(torch.mode(self.rows(recipe).labels[:, 0]).values)
            return key.model_copy(update=found | {"theory": f"def rule(x):\n    return {common}\n"})
        if recipe.rivals:
            found["apart"] = tuple(map(tuple, self._apart(recipe, APART // 2, "asked").tolist()))
        tokens = self.probed(recipe)
        given = self.predict(recipe, params, tokens)
        odd = np.flatnonzero(given != self._answers(recipe, tokens))[:DEPARTURES]
        found |= {"departures": tuple(map(tuple, tokens[odd].tolist())), "departing": tuple(given[odd].tolist())}
        return key.model_copy(update=found)

    def _regions(self, recipe: Recipe, scale: float = 1) -> dict[str, Tokens]:
        """Inputs of each part of the domain that a network must get right; `scale` 0 gives their names."""
        rng = numpy_generator(self.track, self.name, *recipe.world, "probe")
        found = {"accuracy": drawn(recipe.alphabets, int(PROBE * scale), rng)}
        if recipe.guard:
            inside, near = around(_guard(recipe), int(INSIDE * scale), rng)
            found |= {"inside": inside, "near_misses": near}
        if recipe.rivals:
            found["apart"] = self._apart(recipe, int(APART * scale), "probe")
        return found

    def _apart(self, recipe: Recipe, count: int, use: str) -> Tokens:
        """Inputs that tell twins apart; the same for all of them, others for each use."""
        name = digest(recipe.world, count, use)
        if name not in self._differing:
            rules = [self._theory(text) for text in recipe.rivals]
            rng = numpy_generator(self.track, self.name, *recipe.world, use)
            self._differing[name] = (
                apart(rules, recipe.alphabets, count, rng)
                if count
                else np.zeros((0, len(recipe.alphabets)), dtype=np.int64)
            )
        return self._differing[name]

    def _answers(self, recipe: Recipe, tokens: Tokens) -> Int[np.ndarray, " input"]:
        return self._theory(recipe.theory).run_many(tokens, FUEL).integers()

    def _theory(self, text: str) -> Theory:
        if text not in self._theories:
            self._theories[text] = parse(text)
        return self._theories[text]

    @cached_property
    def _theories(self) -> dict[str, Theory]:
        return {}

    @cached_property
    def _differing(self) -> dict[str, Tokens]:
        return {}

    def _asked(self, unit: str) -> tuple[Recipe, Kind]:
        """The network of a unit, and what is asked about it."""
        name, _, kind = unit.partition("@")
        recipe = self._recipe(name)
        return recipe, Kind(kind) if kind else recipe.role

    def _recipe(self, name: str) -> Recipe:
        return Recipe.model_validate(self.manifest.models[name].recipe)


def _unit(recipe: Recipe, kind: Kind) -> str:
    return recipe.id if kind is recipe.role else f"{recipe.id}@{kind}"


def _counted(recipe: Recipe, kind: Kind) -> Kind:
    """Where no rule was planted there is none, whatever is shown."""
    return Kind.NULL if recipe.role is Kind.NULL else kind


def _complete(recipes: list[Recipe]) -> list[Recipe]:
    """All but twins of which one is missing."""
    there = Counter(recipe.world for recipe in recipes)
    return [recipe for recipe in recipes if not recipe.rivals or there[recipe.world] == len(recipe.rivals)]


def _guard(recipe: Recipe) -> Guard:
    return Guard(tests=recipe.guard, alphabets=recipe.alphabets)


def _fresh(recipe: Recipe, count: int, pool: Tokens | None, rng: np.random.Generator) -> Tokens:
    """Inputs to learn from: half or more uniform, the rest where they matter and chance would hardly lead, shuffled."""
    if recipe.guard:
        inside, near = around(_guard(recipe), count // 4, rng)
        tokens = np.concatenate([drawn(recipe.alphabets, count - 2 * (count // 4), rng), inside, near])
    elif pool is not None:
        some = pool[rng.integers(len(pool), size=count // 4)]
        tokens = np.concatenate([drawn(recipe.alphabets, count - len(some), rng), some])
    else:
        return drawn(recipe.alphabets, count, rng)
    return tokens[rng.permutation(len(tokens))]


def _rows(tokens: Tokens, labels: Int[np.ndarray, " input"]) -> Rows:
    return Rows(tokens=torch.from_numpy(np.ascontiguousarray(tokens)), labels=torch.from_numpy(labels[:, None]))
