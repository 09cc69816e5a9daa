"""The plan: which cells a suite needs, found without loading a weight or importing a method."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from interpbench.bundle.outcome import Limits
from interpbench.bundle.tier import Tier
from interpbench.models.names import digest
from interpbench.plugins.discovery import MethodInfo, TaskInfo, load_task
from interpbench.plugins.endpoint import Endpoint
from interpbench.plugins.manifest import PluginError, Suite
from interpbench.plugins.task import Task
from interpbench.run.provenance import versions
from interpbench.tracks.instance import Ref

ORACLE = "oracle"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the board: a method variant, or the oracle (`info` is None)."""

    name: str
    info: MethodInfo | None
    variant: str = ""

    @property
    def tier(self) -> Tier:
        """What its cells see."""
        return Tier.WEIGHTS if self.info is None else self.info.tier

    @property
    def inside(self) -> bool:
        """Whether it looks inside: it is given weights, is no rival, and uses more than what the network answers."""
        if self.info is None or self.reference or self.info.family.rival or not self.tier.includes(Tier.WEIGHTS):
            return False
        return (self.variant or "default") not in self.info.card.outputs_only

    @property
    def reference(self) -> bool:
        """Whether it does not keep to what its track grants, and so is compared with nothing."""
        return self.info is not None and not self.info.capped

    @property
    def parameters(self) -> dict[str, object]:
        """Hyper-parameters of the variant."""
        return {} if self.info is None else self.info.card.variants[self.variant]

    @property
    def limits(self) -> Limits:
        """Of each of its cells."""
        if self.info is None or self.info.card.wall_seconds is None:
            return Limits()
        return Limits(wall_seconds=self.info.card.wall_seconds)

    @cached_property
    def endpoint(self) -> Endpoint | None:
        """What its cells may reach, if the method declares a network and somebody says where."""
        if self.info is None or not self.info.card.network:
            return None
        return Endpoint.of(self.parameters, os.environ)

    @cached_property
    def identity(self) -> dict[str, object]:
        """What of the method its answers depend on."""
        if self.info is None:
            return {"method": ORACLE}
        identity: dict[str, object] = {
            "method": self.info.name,
            "version": self.info.version,
            "source": self.info.source_hash,
            "parameters": self.parameters,
        }
        if self.info.card.requires:
            identity["packages"] = versions(self.info.card.requires)
        return identity


@dataclass(frozen=True, kw_only=True, eq=False)
class PlannedTask:
    """A task of the suite with its instances."""

    info: TaskInfo
    size: str
    seed: str
    task: Task
    refs: Sequence[Ref]

    @cached_property
    def units(self) -> list[str]:
        """Distinct units, sorted by a hash of their names: the order tells nothing."""
        return sorted({unit for ref in self.refs for unit in ref.units}, key=lambda unit: digest(self.seed, unit))

    @property
    def name(self) -> str:
        """`track/task`."""
        return self.info.name


@dataclass(frozen=True, kw_only=True, eq=False)
class Cell:
    """One method variant x one unit."""

    row: Row
    task: PlannedTask
    unit: str

    @property
    def id(self) -> str:
        """Readable: `why` takes it."""
        return f"{self.row.name}:{self.task.name}:{self.unit}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """All cells of a run, rows in the board's order."""

    suite: Suite
    tasks: Sequence[PlannedTask]
    rows: Sequence[Row]
    partial: bool = field(default=False)
    """Whether some tasks of a track were left out by name: what is said of the track is then not the suite's."""

    def cells(self) -> Iterator[Cell]:
        """Every cell: all rows about a unit before the next unit.

        Rows differ a hundredfold in what they take, so this is what makes the time left be worth showing from the first
        units on; and a run that is interrupted knows of every row alike.
        """
        for task in self.tasks:
            rows = [row for row in self.rows if row.info is None or task.info.track in row.info.tracks]
            yield from (Cell(row=row, task=task, unit=unit) for unit in task.units for row in rows)


def make_plan(
    suite: Suite,
    tasks: Mapping[str, TaskInfo],
    methods: Sequence[MethodInfo],
    only_tasks: Sequence[TaskInfo] = (),
) -> Plan:
    """The plan of a suite.

    Args:
        suite: as read from its YAML.
        tasks: installed tasks.
        methods: methods to run; each with all its variants.
        only_tasks: leave out all others; a task that the suite does not name runs at the suite's first size.

    Raises:
        PluginError: the suite names a task that is not installed, a size that it does not have, or a task whose
            packages are missing.
    """
    from interpbench.plugins.manifest import nearest

    planned = []
    wanted = dict(suite.tasks)
    if only_tasks:
        first = next(iter(suite.tasks.values()))
        wanted = {info.name: suite.tasks.get(info.name, first) for info in only_tasks}
    known = {**tasks, **{info.name: info for info in only_tasks}}
    for name, size in wanted.items():
        if name not in known:
            raise PluginError(f"suite {suite.name}: no task {name!r}{nearest(name, known)}")
        info = known[name]
        if size not in info.card.sizes:
            raise PluginError(f"suite {suite.name}: {name} has no size {size!r}{nearest(size, info.card.sizes)}")
        if info.lacking:
            raise PluginError(f"suite {suite.name}: {info.lacking}")
        task = load_task(info)
        planned.append(PlannedTask(info=info, size=size, seed=suite.seed, task=task, refs=task.refs(suite.seed, size)))
    rows = [Row(name=ORACLE, info=None)]
    rows += [
        Row(name=info.row(variant), info=info, variant=variant) for info in methods for variant in info.card.variants
    ]
    return Plan(suite=suite, tasks=planned, rows=rows, partial=bool(only_tasks) and _partial(suite, wanted))


def _partial(suite: Suite, wanted: Mapping[str, str]) -> bool:
    """Whether other tasks than all that the suite asks of the tracks at hand, at its sizes, are wanted."""
    tracks = {name.partition("/")[0] for name in wanted}
    return dict(wanted) != {name: size for name, size in suite.tasks.items() if name.partition("/")[0] in tracks}
