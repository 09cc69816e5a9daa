"""Worlds without a network: activations are drawn from named streams, and so is what they are made of."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int

from interpbench.models.forward import Params
from interpbench.models.names import numpy_generator
from interpbench.models.train import Trained
from interpbench.models.zoo import ModelRecord
from interpbench.tracks.features.family import FeaturesTask, Unit
from interpbench.tracks.features.key import FeatureKey, Kind
from interpbench.tracks.features.question import Wants, World

Array = Float[np.ndarray, "row d"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Names a world.

    Attributes:
        design: the entry of the task's table of settings.
        number: counts worlds of a design.
        null: whether its rows are replaced by some without structure.
    """

    design: str
    number: int
    null: bool = False

    @property
    def id(self) -> str:
        """Unique within a task."""
        return f"{self.design}-{self.number}{'-null' if self.null else ''}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawn:
    """A world as it was drawn.

    Attributes:
        shown: unlabelled rows.
        asked: rows whose codes, or whose nature, are wanted.
        planted: variables at the asked rows, (asked, variable).
        directions: what each variable adds to a row, (variable, d).
        size: latents that a dictionary may have.
        active: codes that may differ from 0 at a row.
        parents: per variable the one without which it never fires, or -1; empty where there are none.
        unseen: asked rows with a combination that was never shown; empty where there are none.
        superposed: whether rows are sparse sums, where that is asked.
    """

    shown: Array
    asked: Array
    planted: Array
    directions: Float[np.ndarray, "variable d"]
    size: int
    active: int
    parents: Int[np.ndarray, " variable"] | None = None
    unseen: Bool[np.ndarray, " asked"] | None = None
    superposed: bool | None = None


class ToyTask(FeaturesTask):
    """Worlds without a network. Subclasses give `kind`, `plans` and `draw`; there is no zoo."""

    _last: tuple[Plan, Drawn] | None = None
    """The world that was drawn last: question, key and check ask for it in a row."""

    kind: ClassVar[Kind]
    """What is planted."""
    wants: ClassVar[Wants] = Wants.CODES
    """What is asked."""
    least: ClassVar[float] = 0.8
    """Share of the variance of asked rows that planted variables, times their directions, account for at least."""

    @abstractmethod
    def plans(self, size: str) -> Sequence[Plan]:
        """The worlds of a size."""

    @abstractmethod
    def draw(self, plan: Plan) -> Drawn:
        """One of them as it was planted; whether it becomes a null is not its business."""

    @final
    def rng(self, plan: Plan, role: str) -> np.random.Generator:
        """A stream of a world, by role; no method draws from any of them."""
        return numpy_generator(self.track, self.name, plan.id, role)

    @final
    def world(self, plan: Plan) -> Drawn:
        """A world as it is shown: a null is stripped of its structure, and rows are what fp16 leaves of them."""
        if self._last is None or self._last[0] != plan:
            self._last = (plan, self._stripped(plan, self.draw(plan)))
        return self._last[1]

    def _stripped(self, plan: Plan, drawn: Drawn) -> Drawn:
        shown, asked = drawn.shown, drawn.asked
        planted = drawn.planted
        if plan.null:
            both = structureless(np.concatenate([shown, asked]), self.rng(plan, "null"))
            shown, asked, planted = both[: len(shown)], both[len(shown) :], np.zeros_like(planted)
        return Drawn(
            shown=shown.astype(np.float16).astype(np.float64),
            asked=asked.astype(np.float16).astype(np.float64),
            planted=planted,
            directions=drawn.directions,
            size=drawn.size,
            active=drawn.active,
            parents=None if plan.null else drawn.parents,
            unseen=None if plan.null else drawn.unseen,
            superposed=None if plan.null else drawn.superposed,
        )

    @final
    def units(self, size: str) -> list[Unit]:
        """One a plan."""
        return [
            Unit(id=plan.id, kind=Kind.NULL if plan.null else self.kind, group=plan.design) for plan in self.plans(size)
        ]

    @final
    def question(self, unit: str, suite_seed: str) -> World:
        """The rows, in a basis that means nothing: directions are drawn without regard to any."""
        del suite_seed
        return self._question(self.world(self._plan(unit)))

    @final
    def derive(self, unit: str) -> FeatureKey:
        """The planted variables, from the named streams."""
        plan = self._plan(unit)
        drawn = self.world(plan)
        key = FeatureKey(
            kind=Kind.NULL if plan.null else self.kind,
            wants=self.wants,
            asked=len(drawn.asked),
            size=drawn.size,
            active=drawn.active,
            superposed=drawn.superposed,
        )
        if self.wants is not Wants.CODES:
            return key
        on = [np.flatnonzero(row) for row in drawn.planted]
        key = key.model_copy(
            update={
                "planted": drawn.planted.shape[1],
                "on": tuple(tuple(places.tolist()) for places in on),
                "values": tuple(
                    tuple(float(f"{value:.6g}") for value in row[places])
                    for row, places in zip(drawn.planted, on, strict=True)
                ),
                "parents": () if drawn.parents is None else tuple(drawn.parents.tolist()),
                "unseen": () if drawn.unseen is None else tuple(drawn.unseen.tolist()),
            }
        )
        return key if plan.null else self.floored(unit, key, self._question(drawn))

    @final
    def faults(self, unit: str, question: World, key: FeatureKey) -> list[str]:
        """Whether the asked rows are the planted variables times their directions, and the key is about these."""
        plan = self._plan(unit)
        drawn, what = self.world(plan), []
        for name, rows in (("shown", drawn.shown), ("asked", drawn.asked)):
            if not np.array_equal(getattr(question, name).double().numpy(), rows):
                what.append(f"the {name} rows are not those of the named streams")
        if (question.size, question.active, question.wants) != (key.size, key.active, key.wants):
            what.append("question and key differ in what is asked")
        if plan.null:
            return what
        found = explained(question.asked.double().numpy(), drawn.planted, drawn.directions)
        if found < self.least:
            what.append(f"planted variables explain {found:.3f} of the asked rows, wanted {self.least}")
        if self.wants is Wants.CODES:
            most = int((key.dense() != 0).sum(axis=1).max())
            if most > key.active:
                what.append(f"{most} variables at an input, more than the {key.active} that codes may have")
        return what

    def _question(self, drawn: Drawn) -> World:
        return World(
            wants=self.wants,
            size=drawn.size,
            active=drawn.active,
            shown=torch.from_numpy(drawn.shown).float(),
            asked=torch.from_numpy(drawn.asked).float(),
        )

    def _plan(self, unit: str) -> Plan:
        design, number, *null = unit.split("-")
        return Plan(design=design, number=int(number), null=bool(null))

    @final
    def recipes(self, size: str) -> list[Any]:
        """None: there is no network."""
        del size
        return []

    @final
    def read_recipe(self, document: Mapping[str, Any]) -> Any:
        """There is none to read."""
        raise LookupError(f"{self.track}/{self.name} has no networks; got a recipe {document}")

    @final
    def data_hash(self, recipe: Any) -> str:
        """There is none to train."""
        raise LookupError(f"{self.track}/{self.name} has no networks; got a recipe {recipe}")

    @final
    def train(
        self, recipe: Any, attempt: int, progress: Callable[[int, float], None] | None = None
    ) -> tuple[Params, Trained]:
        """There is none to train."""
        del attempt, progress
        raise LookupError(f"{self.track}/{self.name} has no networks; got a recipe {recipe}")

    @final
    def measure(self, recipe: Any, params: Params) -> dict[str, float]:
        """There is none to measure."""
        del recipe, params
        return {}

    @final
    def gate(self, recipe: Any, measured: Mapping[str, float]) -> str | None:
        """There is none to refuse."""
        del recipe, measured
        return None

    @final
    def spare(self, records: Mapping[str, ModelRecord]) -> set[str]:
        """There is none."""
        del records
        return set()


def structureless(rows: Array, rng: np.random.Generator) -> Array:
    """Rows of equal mean, covariance and law of Mahalanobis norms, whose directions are uniform in whitened space."""
    mean = rows.mean(axis=0)
    root = _root(np.cov(rows, rowvar=False))
    white = np.linalg.solve(root, (rows - mean).T).T
    direction = rng.standard_normal(rows.shape)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    norms = rng.permutation(np.linalg.norm(white, axis=1))[:, None]
    found: np.ndarray = mean + (norms * direction) @ root.T
    return found


def explained(rows: Array, planted: Array, directions: Float[np.ndarray, "variable d"]) -> float:
    """Share of the variance of rows that the planted variables account for; a constant is free."""
    error = rows - planted @ directions
    error = error - error.mean(axis=0)
    centred = rows - rows.mean(axis=0)
    return 1 - float((error**2).sum() / (centred**2).sum())


def _root(covariance: Float[np.ndarray, "d d"]) -> Float[np.ndarray, "d d"]:
    values, vectors = np.linalg.eigh(covariance)
    found: np.ndarray = (vectors * np.sqrt(np.maximum(values, 1e-12 * values.max()))) @ vectors.T
    return found
