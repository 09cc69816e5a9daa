"""Worlds in trained networks: what variables their activations hold, beyond what an untrained twin's hold."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.models.data import Domain, Rows
from interpbench.models.disguise import disguise
from interpbench.models.forward import Params, initial, logits
from interpbench.models.names import digest, generator, numpy_generator
from interpbench.models.stream import train_on_stream
from interpbench.models.subject import Network
from interpbench.models.train import Trained
from interpbench.models.zoo import ModelRecord
from interpbench.tracks.features.family import FeaturesTask, Unit
from interpbench.tracks.features.gain import LEAST, r_squared, ridge, ridge_r_squared
from interpbench.tracks.features.key import FeatureKey
from interpbench.tracks.features.question import Wants, World
from interpbench.tracks.features.recipe import Recipe

BUDGET = 2000
"""Inputs that a network may be asked at tier `behaviour`."""
PROBE = 2000
"""Fresh rows that accuracy is measured on."""
CHUNK = 4096


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """Inputs of a network with the variables that are planted at one position each.

    Attributes:
        tokens: (row, length).
        at: position of each row at which the activation is read.
        variables: their values there, (row, variable); 0 is off where codes are wanted.
        unseen: rows with a combination that the shown ones never hold; None where there is no such thing.
    """

    tokens: Int[Tensor, "row length"]
    at: Int[Tensor, " row"]
    variables: Float[Tensor, "row v"]
    unseen: Tensor | None = None


class NetworkTask(FeaturesTask):
    """Worlds in trained networks. Subclasses give `recipes`, `within`, `batch`, `inputs` and `variables`.

    Rows, training, gates, disguise, the untrained twin and keys are here, once for all tasks.
    """

    @abstractmethod
    def recipes(self, size: str) -> list[Recipe]:
        """The networks of a size."""

    @abstractmethod
    def within(self, recipe: Recipe, size: str) -> bool:
        """Whether a network of the zoo belongs to a size."""

    @abstractmethod
    def batch(self, recipe: Recipe, count: int, rng: torch.Generator) -> Rows:
        """Fresh training rows."""

    @abstractmethod
    def inputs(self, recipe: Recipe, role: str, count: int, rng: torch.Generator) -> Inputs:
        """Inputs with their variables; role `shown` (of which the first are labelled) or `asked` (held-out ones)."""

    @abstractmethod
    def variables(self, recipe: Recipe) -> tuple[str, ...]:
        """Names of the variables."""

    def domain(self, recipe: Recipe) -> Domain:
        """Where inputs come from; every token everywhere, unless a task says otherwise."""
        config = recipe.config
        return Domain(
            alphabets=(tuple(range(config.vocabulary)),) * config.length,
            positions=config.positions,
            classes=config.classes,
        )

    def reference(self, recipe: Recipe) -> Inputs:
        """Labelled rows that the ceiling is fitted on, those of each position for themselves.

        All shown rows, of which a method gets the labels of some, unless a task says otherwise.
        """
        return self.given(recipe, "shown")

    def more(self, recipe: Recipe, params: Params) -> dict[str, float]:
        """What the manifest says beside accuracy and gain. Not defined: nothing."""
        del recipe, params
        return {}

    def refusal(self, recipe: Recipe, measured: Mapping[str, float]) -> str | None:
        """Why a network is not what it should be, beside the gain. Not defined: nothing."""
        del recipe, measured
        return None

    @final
    def read_recipe(self, document: Mapping[str, Any]) -> Recipe:
        """From its JSON."""
        return Recipe.model_validate(document)

    @final
    def data_hash(self, recipe: Recipe) -> str:
        """Of a batch and of the inputs, by which a task that changed is told."""
        rows = self.batch(recipe, 64, generator(self.track, self.name, "hash"))
        parts = [rows.tokens, rows.labels]
        for role in ("shown", "asked"):
            inputs = self.given(recipe, role)
            parts += [inputs.tokens, inputs.at, inputs.variables]
        return digest(*(part.numpy().tobytes() for part in parts))

    @final
    def train(
        self, recipe: Recipe, attempt: int, progress: Callable[[int, float], None] | None = None
    ) -> tuple[Params, Trained]:
        """Trains one network on fresh rows; a null that is untrained stays as it is drawn."""
        rng = generator(self.track, self.name, recipe.id, attempt)
        if recipe.null == "untrained":
            return initial(recipe.config, rng, recipe.training.init_scale), Trained(steps=0, loss=0.0, seconds=0.0)
        stream = generator(self.track, self.name, recipe.id, attempt, "stream")
        return train_on_stream(
            recipe.config, lambda _: self.batch(recipe, recipe.batch, stream), recipe.training, rng, progress
        )

    @final
    def measure(self, recipe: Recipe, params: Params) -> dict[str, float]:
        """Accuracy on fresh rows; and R^2 at the asked inputs, of the twin and of the network."""
        rows = self.batch(recipe, PROBE, generator(self.track, self.name, recipe.id, "probe"))
        with torch.no_grad():
            said = torch.cat(
                [logits(recipe.config, params, part).argmax(-1) for part in torch.split(rows.tokens, CHUNK)]
            )
        measured = {"accuracy": float((said == rows.labels).float().mean())}
        if recipe.null != "shuffled":
            measured |= {
                "untrained": self.untrained(recipe),
                "ceiling": self.ceiling(recipe, params),
            }
        return measured | self.more(recipe, params)

    @final
    def gate(self, recipe: Recipe, measured: Mapping[str, float]) -> str | None:
        """Why a world is not handed out, or None: where predictions are wanted, training must have gained enough."""
        if not recipe.null and recipe.wants is Wants.PREDICTIONS:
            gained = measured["ceiling"] - measured["untrained"]
            if gained < LEAST:
                return (
                    f"R^2 {measured['untrained']:.3f} untrained, {measured['ceiling']:.3f} trained; wanted {LEAST} more"
                )
        return self.refusal(recipe, measured)

    @final
    def spare(self, records: Mapping[str, ModelRecord]) -> set[str]:
        """None: every network is asked about."""
        del records
        return set()

    @final
    def twin(self, recipe: Recipe) -> Params:
        """An untrained network of the same architecture."""
        rng = generator(self.track, self.name, recipe.id, "untrained twin")
        return initial(recipe.config, rng, recipe.training.init_scale)

    @final
    def units(self, size: str) -> list[Unit]:
        """One a network of the zoo."""
        known = (Recipe.model_validate(record.recipe) for record in self.manifest.models.values())
        return [
            Unit(id=recipe.id, kind=recipe.role, group=recipe.name) for recipe in known if self.within(recipe, size)
        ]

    @final
    def question(self, unit: str, suite_seed: str) -> World:
        """What a method is asked about one network, disguised."""
        recipe = self._recipe(unit)
        rng = numpy_generator(self.track, self.name, suite_seed, unit, "disguise")
        return self._question(recipe, disguise(recipe.config, self.load(unit), rng))

    @final
    def derive(self, unit: str) -> FeatureKey:
        """The variables at the asked inputs, and what twin, ridge regression or random dictionaries make of them."""
        recipe = self._recipe(unit)
        asked = self.given(recipe, "asked")
        key = FeatureKey(
            kind=recipe.role, wants=recipe.wants, asked=recipe.asked, size=recipe.size, active=recipe.active
        )
        if recipe.wants is Wants.PREDICTIONS:
            found: dict[str, Any] = {"truths": _rounded(asked.variables)}
            if not recipe.null:
                found |= {
                    "untrained": self.untrained(recipe),
                    "ceiling": self.ceiling(recipe, self.load(unit)),
                }
            return key.model_copy(update=found)
        on = tuple(tuple(row.nonzero()[:, 0].tolist()) for row in asked.variables)
        values = tuple(row[row != 0] for row in asked.variables)
        key = key.model_copy(
            update={
                "planted": asked.variables.shape[1],
                "on": on,
                "values": tuple(_rounded(row[None])[0] for row in values),
                "unseen": () if asked.unseen is None else tuple(bool(one) for one in asked.unseen),
            }
        )
        if recipe.null:
            return key
        return self.floored(unit, key, self._question(recipe, self.load(unit)))

    @final
    def faults(self, unit: str, question: World, key: FeatureKey) -> list[str]:
        """Whether the shown network computes the shown activations and passes its gate, and labels are the recipe's."""
        recipe, what = self._recipe(unit), []
        if question.network is None:
            return ["the question shows no network"]
        config, params = question.network
        if config != recipe.config:
            what.append("the architecture is not that of the recipe")
        again = self._question(recipe, params)
        for name in ("shown", "asked"):
            got, wanted = getattr(question, name), getattr(again, name)
            if not torch.allclose(got, wanted, atol=1e-3 * float(wanted.abs().max())):
                what.append(f"the {name} activations are not those of the shown network")
        if not torch.equal(again.labels, question.labels):
            what.append("the labels are not those of the recipe")
        fault = self.gate(recipe, self.measure(recipe, params))
        if fault is not None:
            what.append(fault)
        if (question.size, question.active, question.wants) != (key.size, key.active, key.wants):
            what.append("question and key differ in what is asked")
        return what

    @final
    def activations(
        self, recipe: Recipe, params: Params, tokens: Int[Tensor, "row length"], at: Int[Tensor, " row"]
    ) -> Float[Tensor, "row d"]:
        """What a network holds at the recipe's site, one position a row, heads side by side."""
        network, found = Network(recipe.config, params), []
        for some, where in zip(torch.split(tokens, CHUNK), torch.split(at, CHUNK), strict=True):
            values = network.activations(some, [recipe.site])[recipe.site].flatten(2)  # (row, position, d)
            found.append(values[torch.arange(len(some)), where])
        return torch.cat(found)

    @final
    def given(self, recipe: Recipe, role: str) -> Inputs:
        """The inputs of a role, the same for a world and the nulls made from it."""
        count = recipe.shown if role == "shown" else recipe.asked
        return self.inputs(recipe, role, count, generator(self.track, self.name, recipe.name, recipe.number, role))

    @final
    def untrained(self, recipe: Recipe) -> float:
        """R^2 at the asked inputs that is to be had without training: of the mean, 0, or of a ridge on the twin."""
        return max(0.0, self.reached(recipe, self.twin(recipe)))

    @final
    def reached(self, recipe: Recipe, params: Params) -> float:
        """R^2 at the asked inputs of one ridge regression fitted on all shown rows."""
        shown, asked = self.given(recipe, "shown"), self.given(recipe, "asked")
        x = self.activations(recipe, params, shown.tokens, shown.at)
        at_asked = self.activations(recipe, params, asked.tokens, asked.at)
        return ridge_r_squared(x, shown.variables, at_asked, asked.variables)

    @final
    def ceiling(self, recipe: Recipe, params: Params) -> float:
        """R^2 at the asked inputs of ridge regressions fitted on the reference, one a position that is asked about."""
        known, asked = self.reference(recipe), self.given(recipe, "asked")
        x = self.activations(recipe, params, known.tokens, known.at)
        at_asked = self.activations(recipe, params, asked.tokens, asked.at)
        predicted = torch.zeros_like(asked.variables, dtype=torch.float64)
        for position in sorted(set(asked.at.tolist())):
            fitted, wanted = known.at == position, asked.at == position
            predicted[wanted] = ridge(x[fitted], known.variables[fitted], at_asked[wanted])
        return r_squared(predicted.numpy(), asked.variables.double().numpy())

    def _question(self, recipe: Recipe, params: Params) -> World:
        shown, asked = self.given(recipe, "shown"), self.given(recipe, "asked")
        labels = shown.variables[: recipe.labelled].float()
        if recipe.null == "shuffled":
            rng = generator(self.track, self.name, recipe.id, "shuffled")
            labels = labels[torch.randperm(len(labels), generator=rng)]
        fixed = bool((torch.cat([shown.at, asked.at]) == shown.at[0]).all())
        return World(
            wants=recipe.wants,
            size=recipe.size,
            active=recipe.active,
            shown=self.activations(recipe, params, shown.tokens, shown.at).half().float(),
            asked=self.activations(recipe, params, asked.tokens, asked.at).half().float(),
            variables=self.variables(recipe) if recipe.labelled else (),
            labels=labels,
            network=(recipe.config, params),
            domain=self.domain(recipe),
            site=recipe.site,
            position=int(shown.at[0]) if fixed else None,
            shown_tokens=shown.tokens,
            asked_tokens=asked.tokens,
            shown_at=None if fixed else shown.at,
            asked_at=None if fixed else asked.at,
            budget=BUDGET,
        )

    def _recipe(self, unit: str) -> Recipe:
        return Recipe.model_validate(self.manifest.models[unit].recipe)


def _rounded(values: Float[Tensor, "row v"]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(f"{value:.6g}") for value in row) for row in values.tolist())
