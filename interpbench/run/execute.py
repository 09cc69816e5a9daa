"""Executing a plan: looks up what is stored, runs the rest in isolated slots, stores every cell as it ends."""

import json
import os
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from interpbench.bundle.outcome import Cost, Status
from interpbench.bundle.query import InvalidQuery, QueryBudgetError, Server
from interpbench.bundle.strict import InvalidDocument
from interpbench.bundle.tier import Tier
from interpbench.models.names import digest
from interpbench.run.cell import ANSWER, COUNTS, STUDY
from interpbench.run.giver import Giver
from interpbench.run.isolate.job import CellJob, CellOutcome, CellStop
from interpbench.run.isolate.levels import Isolation
from interpbench.run.isolate.slot import Slot
from interpbench.run.plan import Cell, Plan, PlannedTask, Row
from interpbench.run.provenance import environment, provenance, score_hash
from interpbench.run.reach import answer_hash
from interpbench.run.store import SCHEMA, AnswerRecord, Store
from interpbench.tracks.registry import TRACKS


class Progress(Protocol):
    """Who is told how the run goes; called from several threads."""

    def __call__(self, cell: Cell, record: AnswerRecord, cached: bool) -> None:
        """One cell has ended, or was found in the store."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a run is executed."""

    isolation: Isolation
    jobs: int = 1
    retry: bool = False


class Runner:
    """Runs the cells of one plan.

    Args:
        plan: what to run.
        store: where answers are looked up and kept.
        settings: how.
    """

    def __init__(self, plan: Plan, store: Store, settings: Settings) -> None:
        self.plan = plan
        self.store = store
        self.settings = settings
        self._givers = {task.name: Giver(store, task) for task in plan.tasks}
        self.provenance = provenance(settings.isolation.value)
        self.scorer = score_hash()
        self._held: dict[str, AnswerRecord] = {}
        self._sources: dict[tuple[str, str], str] = {}
        self._studies: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def parts(self, cell: Cell, mode: str = "answer") -> dict[str, Any]:
        """What the hash of a cell's answer is made of."""
        identity = self._givers[cell.task.name].identity(cell.unit)
        return {
            "schema": SCHEMA,
            "mode": mode,
            "track": cell.task.info.track,
            "question": identity["rows" if mode == "study" else "full"],
            "tier": (Tier.DATA if mode == "study" else cell.row.tier).value,
            **cell.row.identity,
            "seed": cell.task.seed,
            "framework": self._source(cell),
            "environment": environment(),
            "limits": cell.row.limits.model_dump(mode="json"),
            "isolation": self.settings.isolation.value,
            "endpoint": None if cell.row.endpoint is None else cell.row.endpoint.identity,
        }

    def _source(self, cell: Cell) -> str:
        """Hash of the source that a cell's answer depends on, found once for a row and track."""
        place = cell.row.name, cell.task.info.track
        if place not in self._sources:
            self._sources[place] = answer_hash(cell.task.info.track, cell.row.info)
        return self._sources[place]

    def stored(self, cell: Cell) -> AnswerRecord | None:
        """The answer in the store, if it is still good; of a row without answers no question is made to know."""
        if cell.id not in self._held:
            if not self.store.answered(cell.row.name):
                return None
            record = self.store.answer(cell.row.name, digest(self.parts(cell)))
            if record is None or (self.settings.retry and record.status.transient):
                return None
            self._held[cell.id] = record
        return self._held[cell.id]

    def studies_of(self, row: Row, tasks: Sequence[PlannedTask]) -> list[AnswerRecord]:
        """The stored studies that a row's cells rest on, each once."""
        if row.info is None or not row.info.studies:
            return []
        names = {
            digest(self.parts(Cell(row=row, task=task, unit=unit), "study")) for task in tasks for unit in task.units
        }
        found = [self.store.answer(row.name, name) for name in sorted(names)]
        return [record for record in found if record is not None]

    def run(self, cells: Sequence[Cell], progress: Progress) -> None:
        """Runs all cells that the store does not hold.

        Raises:
            StoreError: the store cannot be written; finished cells are kept.
            KeyboardInterrupt: after the running cells were stopped; finished cells are kept.
        """
        waiting: queue.SimpleQueue[Cell] = queue.SimpleQueue()
        count = 0
        for cell in cells:
            record = self.stored(cell)
            if record is not None:
                progress(cell, record, True)
            else:
                waiting.put(cell)
                count += 1
        try:
            if count:
                self._run_in_slots(waiting, min(self.settings.jobs, count), progress)
        finally:
            for giver in self._givers.values():
                giver.save_index()

    def _run_in_slots(self, waiting: "queue.SimpleQueue[Cell]", count: int, progress: Progress) -> None:
        stop = threading.Event()
        failures: list[BaseException] = []
        slots: list[Slot] = []

        def work() -> None:
            try:
                with self.slot() as slot:
                    slots.append(slot)
                    while not stop.is_set():
                        try:
                            cell = waiting.get_nowait()
                        except queue.Empty:
                            return
                        record = self.run_one(slot, cell)
                        self.store.put_answer(record)
                        self._held[cell.id] = record
                        progress(cell, record, False)
            except BaseException as error:
                failures.append(error)
                stop.set()

        self.store.prepare()
        threads = [threading.Thread(target=work, name=f"slot-{number}", daemon=True) for number in range(count)]
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads):
                for thread in threads:
                    thread.join(timeout=0.2)
        except BaseException:
            stop.set()
            for slot in slots:
                slot.close()
            for thread in threads:
                thread.join(timeout=5)
            raise
        if failures:
            raise failures[0]

    def slot(self) -> Slot:
        """A job slot for cells of this run."""
        return Slot(
            level=self.settings.isolation,
            entry="interpbench.run.cell:run_cell",
            preload=("interpbench.run.cell:warm_up",),
            bundles=self.store.bundles,
        )

    def run_one(self, slot: Slot, cell: Cell) -> AnswerRecord:
        """Runs one cell, and before it the study that it rests on; does not store the answer."""
        giver = self._givers[cell.task.name]
        study: bytes | None = None
        if cell.row.info is not None and cell.row.info.studies:
            found = self._study(slot, cell)
            if not found.status.answered or found.study is None:
                return self._record(cell, "answer", found.status, f"study: {found.reason}", Cost())
            study = self.store.study(found.study)
        bundle = giver.bundle(cell.unit, cell.row.tier, study)
        outcome, queries = self._ask(slot, cell, "answer", bundle)
        return self._judged(cell, outcome, queries)

    def _study(self, slot: Slot, cell: Cell) -> AnswerRecord:
        """The study that the cell rests on: from the store, or run now, once for all cells that share it."""
        parts = self.parts(cell, "study")
        name = digest(parts)
        with self._lock:
            lock = self._studies.setdefault(name, threading.Lock())
        with lock:
            found = self.store.answer(cell.row.name, name)
            if found is not None and self._usable(found):
                return found
            outcome, _ = self._ask(slot, cell, "study", self._givers[cell.task.name].study_bundle(cell.unit))
            record = self._record(cell, "study", outcome.status, outcome.reason, outcome.cost, log=outcome.log)
            if outcome.status.answered:
                counts = json.loads(outcome.files.get(COUNTS, b"{}"))
                record = record.model_copy(
                    update={
                        "study": self.store.put_study(outcome.files[STUDY]),
                        "cost": outcome.cost.model_copy(
                            update={"models_trained": int(counts.get("models_trained", 0))}
                        ),
                    }
                )
            self.store.put_answer(record)
            return record

    def _usable(self, record: AnswerRecord) -> bool:
        """Whether a stored study need not be run again."""
        if self.settings.retry and record.status.transient:
            return False
        return record.study is None or self.store.study(record.study) is not None

    def _ask(self, slot: Slot, cell: Cell, mode: str, bundle: Any) -> tuple[CellOutcome, int]:
        """Runs the cell's process, serving its queries."""
        server: Server | None = None
        payload: dict[str, Any] = {
            "track": cell.task.info.track,
            "mode": mode,
            "limits": cell.row.limits.model_dump(mode="json"),
            "seed": [cell.task.seed, cell.row.name, bundle.name],
        }
        if cell.row.info is None:
            payload |= {"mode": "oracle", "answer": self._givers[cell.task.name].oracle(cell.unit).decode()}
        else:
            info = cell.row.info
            payload |= {
                "source": str(info.source),
                "module": info.module,
                "class": info.class_name,
                "parameters": cell.row.parameters,
                "source_hash": info.source_hash,
            }
        endpoint = cell.row.endpoint
        if endpoint is not None:
            payload["environment"] = endpoint.variables
        if mode == "answer" and cell.row.tier is Tier.BEHAVIOUR:
            server = Server(self._givers[cell.task.name].server(cell.unit), cell.row.limits.queries)
        outcome = slot.run(
            CellJob(
                id=digest(cell.id, mode, size=8),
                payload=payload,
                bundle=bundle,
                plugin=None if cell.row.info is None else cell.row.info.folder,
                limits=cell.row.limits,
                ports=() if endpoint is None else (endpoint.port,),
                secret=None if endpoint is None else endpoint.key(os.environ),
            ),
            _stopping(server) if server is not None else None,
        )
        return outcome, server.count if server is not None else 0

    def _judged(self, cell: Cell, outcome: CellOutcome, queries: int) -> AnswerRecord:
        """The record of a cell, its answer validated by the track."""
        status, reason, answer = outcome.status, outcome.reason, None
        models_trained = 0
        if status.answered:
            content = outcome.files.get(ANSWER)
            if content is None:
                status, reason = Status.NO_ANSWER, f"the cell wrote {sorted(outcome.files)}, not {ANSWER}"
            else:
                track = TRACKS[cell.task.info.track].load()
                try:
                    parsed = track.read_answer(content)
                except InvalidDocument as error:
                    status, reason = Status.INVALID_ANSWER, str(error)
                else:
                    answer = content.decode()
                    models_trained = getattr(parsed, "models_trained", 0)
                    refusal = getattr(parsed, "not_applicable", None)
                    fault = track.refuse(self._givers[cell.task.name].question(cell.unit), parsed)
                    if refusal:
                        status, reason = Status.NOT_APPLICABLE, str(refusal)
                    elif fault is not None:
                        status, reason, answer = Status.INVALID_ANSWER, fault, None
        cost = outcome.cost.model_copy(update={"queries": queries, "models_trained": models_trained})
        return self._record(cell, "answer", status, reason, cost, answer=answer, log=outcome.log)

    def _record(
        self, cell: Cell, mode: str, status: Status, reason: str, cost: Cost, answer: str | None = None, log: str = ""
    ) -> AnswerRecord:
        return AnswerRecord(
            parts=self.parts(cell, mode),
            row=cell.row.name,
            task=cell.task.name,
            unit=cell.unit,
            mode=mode,
            status=status,
            reason=reason[:2000],
            cost=cost,
            answer=answer,
            log=log,
            provenance=self.provenance,
        )


def _stopping(server: Server) -> Callable[[bytes], bytes]:
    """The server with its refusals as ends of the cell."""

    def serve(request: bytes) -> bytes:
        try:
            return server(request)
        except QueryBudgetError as error:
            raise CellStop(Status.OVER_BUDGET, str(error)) from error
        except InvalidQuery as error:
            raise CellStop(Status.CRASHED, f"query: {error}") from error

    return serve
