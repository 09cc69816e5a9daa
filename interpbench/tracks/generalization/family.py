"""A family of this track: a rule on a domain, strata of architectures, and the recipes that plant the truth.

An author gives the rule and a table of recipes; everything else (row sets, training, gates, pairs, disguise, keys and
their verification) is here, once for all families.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Bool, Int
from torch import Tensor

from interpbench.models.data import Domain, Rows
from interpbench.models.disguise import disguise
from interpbench.models.forward import Params, logits
from interpbench.models.names import digest, generator, numpy_generator
from interpbench.models.train import Trained, train
from interpbench.models.zoo import Manifest, ModelRecord
from interpbench.tracks.generalization import developmental, steering
from interpbench.tracks.generalization.accuracy import balanced_accuracy
from interpbench.tracks.generalization.checking import Rights, check_instance, question_faults
from interpbench.tracks.generalization.design import SIZES, Stratum
from interpbench.tracks.generalization.key import GradedKey, PairKey, RunKey
from interpbench.tracks.generalization.pairing import Candidate, refs, spare
from interpbench.tracks.generalization.question import Question
from interpbench.tracks.generalization.recipe import Kind, Recipe, Verdict, verdict
from interpbench.tracks.generalization.rowsets import RowSets, seen
from interpbench.tracks.generalization.splits import Split, Universe, dense
from interpbench.tracks.instance import Instance, Problem, Ref


def _meets(first: str, second: str) -> bool:
    """Whether networks of two roles can stand in one pair, with different rows."""
    if {"seed", "run"} & {first, second}:
        return False
    if "shortcut" in {first, second}:
        return first == second
    return (first == "generaliser") != (second == "generaliser")


UNIVERSE_LIMIT = 20_000
"""A domain with more inputs is represented by a fixed sample of this many."""
AT_ONCE = 2048
"""Inputs in one forward pass: what lies between layers then stays in a processor's cache (twice as fast as all)."""


def _right(recipe: Recipe, params: Params, rows: Rows) -> Bool[Tensor, " row"]:
    with torch.no_grad():
        parts = [
            (logits(recipe.config, params, tokens).argmax(-1) == labels).all(1)
            for tokens, labels in zip(torch.split(rows.tokens, AT_ONCE), torch.split(rows.labels, AT_ONCE), strict=True)
        ]
    return torch.cat(parts)


@dataclass(frozen=True, kw_only=True, eq=False)
class Loaded:
    """A network with its recipe; what it gets right is computed when a key asks, since questions never do.

    Attributes:
        universe: all inputs of its family.
        trained_on: (row,) of these, whether it saw them.
    """

    recipe: Recipe
    params: Params
    universe: Rows
    trained_on: Bool[Tensor, " row"]

    @cached_property
    def right(self) -> Bool[Tensor, " row"]:
        """Of all inputs, whether it answers every position of them rightly."""
        return _right(self.recipe, self.params, self.universe)


class GeneralizationTask(ABC):
    """One family. Subclasses give `domain`, `label`, `strata`, and `orbit` or `atoms` where they are not trivial."""

    track: ClassVar[str] = "generalization"
    name: ClassVar[str]
    version: ClassVar[str]
    splits: ClassVar[int] = 2

    manifest: Manifest
    load: Callable[[str], Params]

    def __init__(self, manifest: Manifest | None = None, load: Callable[[str], Params] | None = None) -> None:
        """A task without manifest can only be trained."""
        if manifest is not None and load is not None:
            self.manifest, self.load = manifest, load
        self._loaded: dict[str, Loaded] = {}
        self._rights: Rights = {}

    # what an author gives

    @property
    @abstractmethod
    def domain(self) -> Domain:
        """All inputs."""

    @abstractmethod
    def label(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row answer"]:
        """The planted rule."""

    @property
    @abstractmethod
    def strata(self) -> tuple[Stratum, ...]:
        """Architectures with their recipes."""

    def orbit(self, tokens: Int[Tensor, "row length"]) -> Int[Tensor, "row width"]:
        """Inputs with equal rows here are shown or held out together; by default each input is alone."""
        return tokens

    def atoms(self, tokens: Int[Tensor, "row length"], orbits: Int[Tensor, " row"]) -> Int[Tensor, "row answer"]:
        """What determines each label (see `Universe`); by default the orbit, for a single answer."""
        del tokens
        return orbits[:, None]

    # the rest

    @final
    @cached_property
    def universe(self) -> Universe:
        """All labelled inputs, or a fixed sample of them."""
        if self.domain.size <= UNIVERSE_LIMIT:
            tokens = self.domain.everything()
        else:
            draw = self.domain.full(2 * UNIVERSE_LIMIT, generator(self.name, "universe"))
            tokens = torch.unique(draw, dim=0)  # sorted: shuffle before cutting, or one end of the domain is lost
            order = numpy_generator(self.name, "universe").permutation(len(tokens))[:UNIVERSE_LIMIT]
            tokens = tokens[torch.from_numpy(order)]
        orbits = dense(self.orbit(tokens))
        return Universe(
            domain=self.domain,
            rows=Rows(tokens=tokens, labels=self.label(tokens)),
            orbits=orbits,
            atoms=self.atoms(tokens, orbits),
        )

    @final
    @property
    def chance(self) -> float:
        """Balanced accuracy of the best constant answer."""
        return 1 / self.domain.classes if len(self.domain.positions) == 1 else 0.0

    def first(self, rng: np.random.Generator) -> Bool[Tensor, " row"] | None:
        """Inputs that the row sets begin with; by default any order of the orbits is as likely.

        Args:
            rng: belongs to the split.
        """
        del rng
        return None

    @final
    def split(self, number: int) -> Split:
        """One of the family's random orders of orbits."""
        names = (self.track, self.name, "split", number)
        return Split(universe=self.universe, names=names, first=self.first(numpy_generator(*names, "first")))

    @final
    def rowsets(self, recipe: Recipe) -> RowSets:
        """What a network is shown, trained on, and has seen."""
        return RowSets(split=self.split(recipe.split), recipe=recipe)

    @final
    def read_recipe(self, document: Mapping[str, Any]) -> Recipe:
        """From its JSON."""
        return Recipe.model_validate(document)

    @final
    def recipes(self, size: str) -> list[Recipe]:
        """The networks to train for a size of the task."""
        extent = SIZES[size]
        out = []
        for stratum in self.strata:
            config = stratum.architecture(self.domain)
            for number in range(min(extent.splits, self.splits)):
                for pool in stratum.pools:
                    if pool.role == "run" and number:
                        continue
                    limit = extent.seeds if pool.role in {"seed", "run", "shortcut"} else extent.per_pool
                    out += [
                        Recipe(
                            role=pool.role,  # type: ignore[arg-type]  # pydantic checks it
                            name=pool.name,
                            stratum=stratum.name,
                            config=config,
                            split=number,
                            fraction=pool.fraction,
                            training=pool.training,
                            random_labels=pool.random_labels,
                            poison=pool.poison,
                            hidden=pool.hidden,
                            wide_start=pool.wide_start,
                            labels=pool.labels,  # type: ignore[arg-type]  # pydantic checks it
                            step=step,
                            replicate=replicate,
                            tries=pool.tries,
                        )
                        for replicate in range(pool.count if limit is None else min(limit, pool.count))
                        for step in (*pool.checkpoints, None)
                    ]
                if stratum.matched and extent.matched:
                    here = [one for one in out if (one.stratum, one.split) == (stratum.name, number)]
                    out += steering.copies(here, stratum.matched, self.domain, self.track, self.name)
        return out

    @final
    def data_hash(self, recipe: Recipe) -> str:
        """Of all rows that training a network uses, phase by phase."""
        phases = self.rowsets(recipe).phases
        return digest(*(part.numpy().tobytes() for rows, _ in phases for part in (rows.tokens, rows.labels)))

    @final
    def train(
        self, recipe: Recipe, attempt: int, progress: Callable[[int, float], None] | None = None
    ) -> tuple[Params, Trained]:
        """Trains one network, or steers a copy of one; the same recipe and attempt give the same weights."""
        rng = generator(self.track, self.name, recipe.run, attempt)
        if recipe.steered is not None:
            return steering.copy(recipe, self.rowsets(recipe).shown, self.domain, self.load, rng)
        params: Params | None = None
        spent = 0.0
        for rows, training in self.rowsets(recipe).phases:
            params, trained = train(recipe.config, rows, training, rng, start=params, progress=progress)
            spent += trained.seconds
        assert params is not None
        return params, trained.model_copy(update={"seconds": round(spent, 3)})

    @final
    def measure(self, recipe: Recipe, params: Params) -> dict[str, float]:
        """Accuracies and covariates of decoded weights, for the manifest."""
        loaded = self._of(recipe, params)
        labels = self.universe.rows.labels
        shown, training = self.rowsets(recipe).shown, self.rowsets(recipe).training
        fitted = _right(recipe, params, shown)
        with torch.no_grad():
            out = logits(recipe.config, params, training.tokens)
            loss = float(F.cross_entropy(out.flatten(0, 1).double(), training.labels.flatten()))
        together = [balanced_accuracy(loaded.right, labels, unseen) for unseen in self._unseen(loaded)]
        steered = steering.measure(recipe, params, shown, self.domain, self.load) if recipe.steered else {}
        return {
            "train_accuracy": float(fitted.double().mean()),
            "test_accuracy": balanced_accuracy(loaded.right, labels, ~loaded.trained_on),
            "test_lowest": min(together),
            "test_highest": max(together),
            "log_norm": math.log(math.sqrt(sum(float(p.double().square().sum()) for p in params.values()))),
            "log_loss": math.log(max(loss, 1e-30)),
            "n_train": float(len(training)),
            **steered,
        }

    @final
    def gate(self, recipe: Recipe, measured: Mapping[str, float]) -> str | None:
        """Why a trained network is not what its recipe wants, or None."""
        if measured["train_accuracy"] != 1:
            return f"train accuracy {measured['train_accuracy']:.4f}, wanted exactly 1"
        if recipe.role == "run":
            return developmental.refusal(recipe, measured["test_accuracy"], self.chance)
        became = self.verdict(measured)
        if recipe.wanted is not None and became is not recipe.wanted:
            low, high = measured["test_lowest"], measured["test_highest"]
            return f"test accuracy {low:.3f} to {high:.3f}: {became}, wanted {recipe.wanted}"
        return steering.refusal(measured) if recipe.steered else None

    @final
    def verdict(self, measured: Mapping[str, float]) -> Verdict:
        """What a network has become, on every test set that it can meet in a pair."""
        verdicts = {verdict(measured[end], self.chance) for end in ("test_lowest", "test_highest")}
        return verdicts.pop() if len(verdicts) == 1 else Verdict.BETWEEN

    @final
    def candidates(self, size: str) -> dict[str, Candidate]:
        """The networks of the zoo that a size uses, by name; from the manifest alone."""
        records = {recipe.id: self.manifest.models.get(recipe.id) for recipe in self.recipes(size)}
        return self._candidates({name: record for name, record in records.items() if record is not None})

    def _candidates(self, records: Mapping[str, ModelRecord]) -> dict[str, Candidate]:
        return {
            name: Candidate(
                model=name,
                recipe=Recipe.model_validate(record.recipe),
                verdict=self.verdict(record.measured),
                test=record.measured["test_accuracy"],
                rows=int(record.measured["n_train"]),
            )
            for name, record in records.items()
        }

    @final
    def refs(self, suite_seed: str, size: str) -> list[Ref]:
        """The instances of a size."""
        found = self.candidates(size)
        meeting = {name: one for name, one in found.items() if one.recipe.role != "run"}
        early = developmental.checkpoints(found, self.chance)
        return refs(f"{self.track}/{self.name}", suite_seed, meeting, early)

    @final
    def spare(self, records: Mapping[str, ModelRecord]) -> set[str]:
        """Networks that passed their gate and that no instance rests on."""
        found = self._candidates(records)
        return developmental.spare(found, self.chance) | spare(found)

    @final
    def question(self, unit: str, suite_seed: str) -> Question:
        """What a method is asked about one unit: the network, disguised, with the rows shown."""
        model, _, fraction = unit.rpartition("@")
        recipe = self._network(model).recipe
        rotate = next(stratum.rotate for stratum in self.strata if stratum.name == recipe.stratum)

        def shown(name: str) -> Params:
            rng = numpy_generator(self.track, self.name, suite_seed, model, "disguise")
            return disguise(recipe.config, self._network(name).params, rng, rotate=rotate)

        path = sorted(self._path(recipe).items()) if recipe.step else []
        return Question(
            config=recipe.config,
            params=shown(model),
            rows=self.rowsets(recipe).beginning(float(fraction)),
            domain=self.domain,
            earlier=[shown(name) for step, name in path if recipe.step and step < recipe.step],
        )

    @final
    def key(self, ref: Ref) -> PairKey | GradedKey | RunKey:
        """The truth about an instance, from the stored weights."""
        if ref.kind == Kind.DEVELOPMENTAL:
            recipe = self._network(ref.units[0].rpartition("@")[0]).recipe
            path = {step: self._accuracy(model) for step, model in self._path(recipe).items()}
            return developmental.run_key(recipe, path, self.chance)
        networks = [self._network(unit.rpartition("@")[0]) for unit in ref.units]
        labels = self.universe.rows.labels
        unseen = torch.stack([~network.trained_on for network in networks]).all(dim=0)
        accuracies = [balanced_accuracy(network.right, labels, unseen) for network in networks]
        if ref.kind != Kind.GRADED:
            return PairKey(kind=Kind(ref.kind), test_a=accuracies[0], test_b=accuracies[1])
        measured = self.manifest.models[networks[0].recipe.id].measured
        return GradedKey(
            test=accuracies[0],
            log_norm=measured["log_norm"],
            log_loss=measured["log_loss"],
            n_train=measured["n_train"],
        )

    @final
    def accuracy(self, model: str) -> float:
        """Balanced accuracy of a network, or of the end of its run, on all inputs that it did not train on."""
        return self._accuracy(self._network(model).recipe.run)

    def _accuracy(self, model: str) -> float:
        network = self._network(model)
        return balanced_accuracy(network.right, self.universe.rows.labels, ~network.trained_on)

    @final
    def build(self, ref: Ref) -> Instance:
        """Questions and key of an instance."""
        return Instance(
            ref=ref,
            questions={unit: self.question(unit, ref.suite_seed) for unit in ref.units},
            key=self.key(ref),
        )

    @final
    def check(self, instance: Instance) -> list[Problem]:
        """Re-derives the key from the questions themselves and the planted rule; see `checking`.

        The future of a run is in no question: the key of a checkpoint is derived again from the stored weights.
        """
        if instance.ref.kind == Kind.DEVELOPMENTAL:
            return self._check_checkpoint(instance)
        recipes = {unit: self._network(unit.rpartition("@")[0]).recipe for unit in instance.ref.units}
        sets = {unit: self.rowsets(recipe) for unit, recipe in recipes.items()}
        seen = {unit: rowsets.seen for unit, rowsets in sets.items()}
        random = {unit: rowsets.labels for unit, rowsets in sets.items() if rowsets.recipe.labels == "random"}
        return check_instance(instance, self.universe, self.label, seen, self.chance, random, self._rights)

    def _check_checkpoint(self, instance: Instance) -> list[Problem]:
        ((unit, question),) = instance.questions.items()
        recipe = self._network(unit.rpartition("@")[0]).recipe
        seen = self.rowsets(recipe).seen
        networks = {step: self.load(model) for step, model in self._path(recipe).items()}
        assert recipe.step is not None
        networks[recipe.step] = question.params
        ends = {name: self.load(name) for name in {recipe.run, *self._siblings(recipe)}}
        what = [
            *question_faults(question, self.universe, self.label, seen, None),
            *developmental.check_run(
                instance.key, instance.ref.members[0], recipe, networks, self.universe, seen, self.chance
            ),
            *developmental.check_kinship(recipe.run, self.load(recipe.id), ends),
        ]
        return [Problem(where=instance.ref.id, what=fault) for fault in what]

    def _path(self, recipe: Recipe) -> dict[int, str]:
        """Step -> network, of all that is stored of a run, its end included."""
        return {one.step or one.training.max_steps: one.id for one in self._recipes if one.run == recipe.run}

    def _siblings(self, recipe: Recipe) -> list[str]:
        """Ends of the runs that differ from that of a checkpoint in nothing but the seed."""
        alike = {"step": None, "replicate": recipe.replicate}
        mine = recipe.model_copy(update=alike)
        return [one.id for one in self._recipes if one.step is None and one.model_copy(update=alike) == mine]

    @cached_property
    def _recipes(self) -> list[Recipe]:
        return [Recipe.model_validate(record.recipe) for record in self.manifest.models.values()]

    def _unseen(self, network: Loaded) -> list[Bool[Tensor, " row"]]:
        """The test sets that a network can meet: what neither it nor a partner in a pair has seen."""
        recipe = network.recipe
        split = self.split(recipe.split)
        pools = next(stratum.pools for stratum in self.strata if stratum.name == recipe.stratum)
        partners = [recipe.steered.partner] if recipe.steered else [p for p in pools if _meets(p.role, recipe.role)]
        others = [seen(split, partner) for partner in partners]
        return [~network.trained_on, *(~network.trained_on & ~other for other in others)]

    def _network(self, model: str) -> Loaded:
        if model not in self._loaded:
            record: ModelRecord = self.manifest.models[model]
            self._loaded[model] = self._of(Recipe.model_validate(record.recipe), self.load(model))
        return self._loaded[model]

    def _of(self, recipe: Recipe, params: Params) -> Loaded:
        seen_rows = self.rowsets(recipe).seen
        return Loaded(recipe=recipe, params=params, universe=self.universe.rows, trained_on=seen_rows)
