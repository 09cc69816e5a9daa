"""A slot per level that works here, shared by all tests; bundles, and a way to run one cell in few words."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from interpbench.bundle.outcome import Limits
from interpbench.run.isolate import JSON, CellJob, CellOutcome, Isolation, Slot, available

CELLS = Path(__file__).parent / "cells"
ENTRY = "isolate_cells:run"
LIMITS = Limits(wall_seconds=10, memory_bytes=128 * 2**20, processes=12, answer_bytes=100_000)


@dataclass
class Bench:
    """One slot, and where its cells' folders lie."""

    slot: Slot
    level: Isolation
    bundles: Path
    plugin: Path
    limits: Limits = field(default=LIMITS)
    ports: tuple[int, ...] = ()
    secret: str | None = None

    @property
    def zygote(self) -> int:
        """The zygote's process id, as seen from here."""
        if self.slot._zygote is None or not self.slot._zygote.alive:
            self.run("silent")
        assert self.slot._zygote is not None
        return self.slot._zygote.pid

    def run(
        self,
        do: str,
        *,
        limits: dict[str, float] | None = None,
        serve: Callable[[bytes], bytes] | None = None,
        bundle: str = "mine",
        **payload: JSON,
    ) -> CellOutcome:
        return self._run(do, payload, limits or {}, serve, bundle)

    def _run(
        self,
        do: str,
        payload: dict[str, JSON],
        limits: dict[str, float] | None = None,
        serve: Callable[[bytes], bytes] | None = None,
        bundle: str = "mine",
    ) -> CellOutcome:
        job = CellJob(
            id=do,
            payload={"do": do, **payload},
            bundle=self.bundles / bundle,
            plugin=self.plugin,
            limits=LIMITS.model_copy(update=limits or {}),
            ports=self.ports,
            secret=self.secret,
        )
        return self.slot.run(job, serve)

    def result(self, do: str, **payload: JSON) -> str:
        outcome = self._run(do, payload)
        assert outcome.status == "ok", (outcome.reason, outcome.log)
        return outcome.files["result"].decode()


@pytest.fixture(scope="session", autouse=True)
def importable_cells() -> Iterator[None]:
    """A zygote imports from where its parent imports."""
    sys.path.insert(0, str(CELLS))
    yield
    sys.path.remove(str(CELLS))


@pytest.fixture(scope="session", params=list(Isolation))
def bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, importable_cells: None
) -> Iterator[Bench]:
    level: Isolation = request.param
    if reason := available()[level]:
        pytest.skip(reason)
    root = tmp_path_factory.mktemp(level)
    bundles, plugin = root / "bundles", root / "plugin"
    for name in ("mine", "other"):
        (bundles / name).mkdir(parents=True)
        (bundles / name / "question.json").write_text(f"the question of {name}")
    plugin.mkdir()
    (plugin / "method.py").write_text("NAME = 'method'\n")
    (root / "store").mkdir()
    (root / "store" / "key.json").write_text("the key")
    with Slot(level=level, entry=ENTRY, bundles=bundles) as slot:
        yield Bench(slot=slot, level=level, bundles=bundles, plugin=plugin)


@pytest.fixture
def confined(bench: Bench) -> bool:
    """Whether the level promises anything. Where it does not, each attack must work, or the test tests nothing."""
    return bench.level is not Isolation.PROCESS
