"""The fresh side of a round: its salted suite, networks and keys, in a folder of their own."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from interpbench.models.names import digest, salted
from interpbench.plugins.discovery import ZOOS, MethodInfo, TaskInfo, tasks
from interpbench.plugins.manifest import Suite
from interpbench.rounds.commitment import Commitment, commit, keys_digest
from interpbench.run.plan import Plan, make_plan
from interpbench.run.store import Store
from interpbench.run.zoo import Outcome, build

ZOO_FOLDER, STORE_FOLDER = "zoos", "store"


@contextmanager
def at(folder: Path, salt: str) -> Iterator[None]:
    """Every seed follows from the salt, and every network comes from the round's folder."""
    before = os.environ.get(ZOOS)
    os.environ[ZOOS] = str((folder / ZOO_FOLDER).resolve())
    try:
        with salted(salt):
            yield
    finally:
        if before is None:
            del os.environ[ZOOS]
        else:
            os.environ[ZOOS] = before


def salted_suite(suite: Suite, salt: str) -> Suite:
    """The suite with orders and disguises that follow from the salt."""
    return suite.model_copy(update={"seed": f"{suite.name}-{digest('suite', salt, size=8)}"})


def asked(suite: Suite) -> list[TaskInfo]:
    """The tasks of a suite, in its order."""
    known = tasks()
    return [known[name] for name in suite.tasks]


def train(folder: Path, suite: Suite, jobs: int, progress: Callable[[Outcome, int], None]) -> None:
    """Trains the networks that a suite asks about; to be called within `at`, and again to go on after a stop."""
    (folder / ZOO_FOLDER).mkdir(exist_ok=True)  # worlds that are drawn have none
    build(asked(suite), Store(folder / STORE_FOLDER), jobs, progress, dict(suite.tasks))


def plan_of(suite: Suite, methods: list[MethodInfo]) -> Plan:
    """The round's cells; to be called within `at`."""
    return make_plan(suite, tasks(), methods)


def keys_of(plan: Plan) -> Mapping[str, list[dict[str, object]]]:
    """Task -> its keys as data, derived from the stored weights."""
    found: dict[str, list[dict[str, object]]] = {}
    for task in plan.tasks:
        found[task.name] = [task.task.key(ref).model_dump(mode="json") for ref in task.refs]
    return found


def committed(
    salt: str, plan: Plan, keys: Mapping[str, list[dict[str, object]]], terms: Mapping[str, str]
) -> Commitment:
    """What salt, networks and keys of a plan are bound to, and a round's terms."""
    zoos = {
        task.name: hashlib.sha256((task.info.zoo / "zoo.json").read_bytes()).hexdigest()
        for task in plan.tasks
        if task.info.card.networks
    }
    return commit(salt, zoos, {name: keys_digest(of) for name, of in keys.items()}, terms)
