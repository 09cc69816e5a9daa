"""The suite as it is installed here: what a bundle's questions are held against and its answers are judged with."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from interpbench.plugins.discovery import find_suite, suites, tasks
from interpbench.plugins.manifest import PluginError, Suite, nearest
from interpbench.run.giver import Giver
from interpbench.run.judge import Keys
from interpbench.run.plan import PlannedTask, make_plan
from interpbench.run.store import Store
from interpbench.run.watcher import UNWATCHED, Watcher
from interpbench.run.zoo_hash import zoo_hash
from interpbench.submissions.archive import Refused, SubmissionError
from interpbench.submissions.manifest import MANIFEST, Manifest, SuiteStamp, suite_stamp
from interpbench.tracks.instance import Problem


@dataclass(frozen=True, kw_only=True, eq=False)
class Installed:
    """A suite with its questions and keys, derived here and kept in a store of their own.

    Attributes:
        suite: as its YAML says.
        tasks: by name.
        store: where question hashes and keys are kept; nothing in it comes from a bundle.
        watcher: is told of instances that are judged.
    """

    suite: Suite
    tasks: Mapping[str, PlannedTask]
    store: Store
    watcher: Watcher = UNWATCHED
    _givers: dict[str, Giver] = field(default_factory=dict)

    @cached_property
    def stamp(self) -> SuiteStamp:
        """What a manifest must say of the suite."""
        return suite_stamp(self.suite, list(self.tasks.values()))

    def of_tracks(self, tracks: tuple[str, ...]) -> list[PlannedTask]:
        """Tasks of some tracks, in the suite's order."""
        return [task for task in self.tasks.values() if task.info.track in tracks]

    def giver(self, task: str) -> Giver:
        """Questions of a task, and their hashes."""
        if task not in self._givers:
            self._givers[task] = Giver(self.store, self.tasks[task])
        return self._givers[task]

    def release(self, task: str) -> None:
        """Lets a task's questions go; their hashes stay in the store."""
        if task in self._givers:
            self._givers.pop(task).save_index()

    def keys(self, task: str) -> Keys:
        """Keys of a task: derived at the first use."""
        planned = self.tasks[task]
        return Keys(self.store, planned, zoo_hash(planned.info), self.watcher)


@contextmanager
def installed(suite: str, store: Path | None = None, watcher: Watcher = UNWATCHED) -> Iterator[Installed]:
    """A suite of this installation, by name.

    Args:
        suite: its name; a path would let a bundle choose its own questions.
        store: a folder for derived keys and question hashes; a temporary one when left out.
        watcher: is told of instances that are judged.

    Raises:
        SubmissionError: there is no such suite, or a task of it is missing.
    """
    if suite not in suites():
        raise SubmissionError(f"suite {suite!r} is not installed here{nearest(suite, suites())}")
    found = find_suite(suite)
    try:
        plan = make_plan(found, tasks(), [])
    except PluginError as error:
        raise SubmissionError(str(error)) from error
    with tempfile.TemporaryDirectory(prefix="interpbench-verify-") as folder:
        known = {task.name: task for task in plan.tasks}
        yield Installed(suite=found, tasks=known, store=Store(store or Path(folder)), watcher=watcher)


def same_suite(manifest: Manifest, here: Installed) -> None:
    """Whether a bundle is about the suite, tasks and networks that are installed here.

    Raises:
        Refused: with what the bundle says and what is installed, for each difference.
    """
    problems = list(_differences(manifest.suite, here.stamp))
    if problems:
        raise Refused(problems)


def _differences(said: SuiteStamp, here: SuiteStamp) -> Iterator[Problem]:
    for name in ("name", "version", "seed"):
        yield from _differs(f"suite's {name}", getattr(said, name), getattr(here, name))
    yield from _differs("suite's tasks", sorted(said.tasks), sorted(here.tasks))
    for task in sorted(said.tasks.keys() & here.tasks.keys()):
        for name in ("version", "size", "zoo"):
            yield from _differs(f"{name} of {task}", getattr(said.tasks[task], name), getattr(here.tasks[task], name))


def _differs(what: str, got: Any, wanted: Any) -> Iterator[Problem]:
    if got != wanted:
        advice = "install the version that it was made with, or run the suite again with this one"
        yield Problem(where=MANIFEST, what=f"{what}: got {got!r}, wanted {wanted!r} as installed here; {advice}")
