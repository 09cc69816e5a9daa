"""One task at hand in this process: look at a question, ask a method, judge the answer. For notebooks and examples.

Nothing here is isolated, timed or stored, and keys lie open: what it says is never a result.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from interpbench.bundle.outcome import Limits
from interpbench.bundle.query import Server, client
from interpbench.bundle.tier import Tier
from interpbench.models.names import generator
from interpbench.plugins.discovery import find_suite, find_task, load_task
from interpbench.plugins.manifest import PluginError, Suite, nearest
from interpbench.plugins.method import Method
from interpbench.plugins.task import Task
from interpbench.tracks import presented
from interpbench.tracks.context import Context
from interpbench.tracks.instance import Ref, ScoredCell
from interpbench.tracks.registry import TRACKS
from interpbench.tracks.track import Track


@dataclass(frozen=True)
class Workbench:
    """Instances of a task as a suite asks them.

    Attributes:
        name: `track/task`.
        suite: whose instances; one that names the task.

    Examples:
        >>> bench = Workbench("circuits/merged")
        >>> ref = bench.refs[0]
        >>> bench.score(ref, bench.oracle(ref)).values["nodes"]
        1.0
    """

    name: str
    suite: str = "smoke"

    @cached_property
    def refs(self) -> list[Ref]:
        """The instances; each has one unit or more, which are asked about one at a time.

        Raises:
            PluginError: the suite does not ask about this task.
        """
        if self.name not in self._suite.tasks:
            raise PluginError(f"suite {self.suite}: no task {self.name!r}{nearest(self.name, self._suite.tasks)}")
        return self.task.refs(self._suite.seed, self._suite.tasks[self.name])

    @cached_property
    def task(self) -> Task:
        """The plug-in."""
        return load_task(find_task(self.name))

    @cached_property
    def track(self) -> Track:
        """Its track."""
        return TRACKS[self.name.partition("/")[0]].load()

    def question(self, unit: str) -> Any:
        """All of a question, as it is before it is cut to a tier."""
        return self.task.question(unit, self._suite.seed)

    def key(self, ref: Ref) -> Any:
        """The truth."""
        return self.task.key(ref)

    def ask(self, method: Method, ref: Ref) -> dict[str, BaseModel]:
        """What a method answers about each unit of an instance, cut to its tier as in a cell."""
        return {unit: self._asked(method, unit) for unit in ref.units}

    def oracle(self, ref: Ref) -> dict[str, BaseModel]:
        """The answers of one who knows the key."""
        return {
            unit: self.track.read_answer(self.track.oracle(self.task, unit, self._suite.seed)) for unit in ref.units
        }

    def score(
        self, ref: Ref, answers: Mapping[str, BaseModel | None], calibration: BaseModel | None = None
    ) -> ScoredCell:
        """What answers to an instance are worth.

        Args:
            ref: the instance.
            answers: unit -> answer.
            calibration: scale of the method, where its track has one; only presence and probabilities need it.
        """
        return self.track.judge(ref, self.track.opened(self.task, ref, self.key(ref)), answers, calibration)

    def _asked(self, method: Method, unit: str) -> BaseModel:
        question, ctx = self.question(unit), self._context(method, unit)
        if "study" in vars(type(method)):
            ctx.study = presented.study(method, self.track.study_bundle(question), self._context(method, "study"))
        bundle = self.track.bundle(question, method.tier, None)
        served = method.tier is Tier.BEHAVIOUR
        logits = client(Server(question.served(), Limits().queries)) if served else None
        return self.track.read_answer(TRACKS[self.track.name].within()(method, bundle, logits, ctx))

    def _context(self, method: Method, unit: str) -> Context:
        return Context(rng=generator(self._suite.seed, method.name, unit))

    @cached_property
    def _suite(self) -> Suite:
        return find_suite(self.suite)
