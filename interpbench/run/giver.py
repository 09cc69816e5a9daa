"""The giver: makes the bundle of a cell, and knows its hash without making it when it was made before."""

import threading
from functools import cached_property
from pathlib import Path
from typing import Any

from interpbench.bundle.folder import files_hash
from interpbench.bundle.query import Served
from interpbench.bundle.tier import Tier
from interpbench.models.names import digest
from interpbench.run.plan import PlannedTask
from interpbench.run.provenance import environment
from interpbench.run.reach import task_hash
from interpbench.run.store import Store
from interpbench.run.zoo_hash import zoo_hash
from interpbench.tracks.registry import TRACKS


class Giver:
    """Questions of one task, cut to tiers and written once.

    `identity` answers from a small index when zoo, task source and framework are unchanged, so that a finished run
    repeats without loading a weight.
    """

    def __init__(self, store: Store, task: PlannedTask) -> None:
        self._store = store
        self._task = task
        self._lock = threading.RLock()
        self._questions: dict[str, Any] = {}
        self._fresh = False

    @cached_property
    def _track(self) -> Any:
        return TRACKS[self._task.info.track].load()

    @cached_property
    def _index_name(self) -> str:
        info = self._task.info
        return digest(info.name, self._task.seed, zoo_hash(info), task_hash(info), environment())

    @cached_property
    def _index(self) -> dict[str, dict[str, str]]:
        found = self._store.document("units", self._index_name)
        return found if isinstance(found, dict) else {}

    def question(self, unit: str) -> Any:
        """The question of a unit, kept while the run lasts."""
        with self._lock:
            if unit not in self._questions:
                self._questions[unit] = self._task.task.question(unit, self._task.seed)
            return self._questions[unit]

    def identity(self, unit: str) -> dict[str, str]:
        """Hashes of a unit's whole question (`full`) and of what may be studied (`rows`)."""
        with self._lock:
            if unit not in self._index:
                question = self.question(unit)
                self._index[unit] = {
                    "full": files_hash(self._track.bundle(question, Tier.WEIGHTS, None).files()),
                    "rows": files_hash(self._track.study_bundle(question).files()),
                }
                self._fresh = True
            return self._index[unit]

    def save_index(self) -> None:
        """Keeps the hashes for the next run."""
        with self._lock:
            if self._fresh:
                self._store.put_document("units", self._index_name, self._index)
                self._fresh = False

    def bundle(self, unit: str, tier: Tier, study: bytes | None) -> Path:
        """The folder of a unit's bundle, written if need be."""
        files = self._track.bundle(self.question(unit), tier, study).files()
        return self._store.put_bundle(files)

    def study_bundle(self, unit: str) -> Path:
        """The folder of what may be studied."""
        return self._store.put_bundle(self._track.study_bundle(self.question(unit)).files())

    def server(self, unit: str) -> Served:
        """What is behind the query socket."""
        served: Served = self.question(unit).served()
        return served

    def oracle(self, unit: str) -> bytes:
        """The answer of one who knows the key."""
        with self._lock:
            answer: bytes = self._track.oracle(self._task.task, unit, self._task.seed)
            return answer
