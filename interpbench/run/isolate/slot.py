"""A slot: one zygote and its life, in which one cell at a time is run."""

import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from interpbench.run.isolate import bwrap, kernel, landlock
from interpbench.run.isolate.confine import NOBODY
from interpbench.run.isolate.job import CellJob, CellOutcome
from interpbench.run.isolate.levels import Isolation, IsolationError
from interpbench.run.isolate.runtime import environment, runtime
from interpbench.run.isolate.secret import without
from interpbench.run.isolate.watch import Watch
from interpbench.run.isolate.wire import Order, Setup
from interpbench.run.isolate.zygote_process import ZygoteProcess

_IN_BWRAP = "/cell"
_END_SECONDS = 5
"""After which a slot is closed under a cell that does not end."""


class SlotClosed(Exception):
    """The slot was closed while its cell ran: the cell ended for no fault of its own, and nothing is known of it."""


class Slot:
    """Runs cells one after another. Slots are independent: as many as one has cores may run in threads.

    Args:
        level: How far cells are kept from the rest; take it from `choose`.
        entry: `"module:function"`, trusted code that a cell runs and that imports the plug-in. Called as
            `function(payload, bundle, answer, queries)`; its answer is the files it writes into `answer`.
        hidden: Top-level packages that no cell may read.
        preload: Modules that the zygote imports once for all cells; `"module:function"` is also called once.
        extra_readable: More paths that every cell may read.
        bundles: The folder that holds every job's bundle; a cell reads its own only.
    """

    def __init__(
        self,
        *,
        level: Isolation,
        entry: str,
        hidden: Sequence[str] = ("interpbench_tasks",),
        preload: Sequence[str] = (),
        extra_readable: Sequence[Path] = (),
        bundles: Path,
    ) -> None:
        if not bundles.is_dir():
            raise FileNotFoundError(f"bundles: no folder {bundles}; make it before the slot")
        self._level = level
        self._entry = entry
        self._preload = tuple(preload)
        self._readable = runtime(hidden, [path.resolve() for path in extra_readable])
        self._shown = self._readable
        self._network = False
        self._bundles = bundles.resolve()
        # Removes itself at exit even if nobody calls `close`.
        self._temporary = tempfile.TemporaryDirectory(prefix="interpbench-slot-", ignore_cleanup_errors=True)
        self._folder = Path(self._temporary.name).resolve()
        self._zygote: ZygoteProcess | None = None
        self._turn = threading.Lock()
        self._cells = 0
        self._closed = False
        # Forking a process that has used Apple's system libraries crashes it: there, a fresh process per cell.
        self._forks = sys.platform == "linux"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, job: CellJob, serve: Callable[[bytes], bytes] | None = None) -> CellOutcome:
        """Run one cell to its end.

        Args:
            job: What to run, on what, within which limits.
            serve: Answers the cell's queries, in this thread; while it works the cell's clock runs on. It may raise
                `CellStop` to end the cell. Without it the cell gets no query channel.

        Returns:
            How it ended. Whatever the plug-in did is in there; it is never raised.

        Raises:
            IsolationError: The zygote does not start or the cell cannot be confined.
            SlotClosed: Another thread closed the slot meanwhile.
            ValueError: The bundle does not lie in the slot's folder.
        """
        if not job.bundle.resolve().is_relative_to(self._bundles):
            raise ValueError(f"cell {job.id}: its bundle {job.bundle} must lie in the slot's folder {self._bundles}")
        with self._turn:
            work = self._work_folder()
            try:
                order = self._order(job, work, queries=serve is not None)
                outcome = Watch(self._warm_zygote(job), self._level, self._forks, job, order).run(serve)
                if self._closed:
                    raise SlotClosed(job.id)
                return outcome if job.secret is None else without(outcome, job.secret)
            except BaseException:
                # Ctrl-C, or an error in `serve`: the cell may still be running.
                self._discard()
                raise
            finally:
                if self._level is Isolation.PROCESS:
                    shutil.rmtree(work, ignore_errors=True)
                if self._zygote is not None and (not self._forks or not self._zygote.listening):
                    self._discard()

    def close(self) -> None:
        """End the zygote and remove the slot's temporary files. No process is left when this returns."""
        self._closed = True
        if self._turn.locked() and (zygote := self._zygote) is not None:
            zygote.kill()  # whoever watches its cell sees it end, and gives up the turn
        waited = self._turn.acquire(timeout=_END_SECONDS)
        self._discard()
        if waited:
            self._turn.release()
        self._temporary.cleanup()

    def _order(self, job: CellJob, work: str, *, queries: bool) -> Order:
        return Order(
            payload=job.payload,
            bundle=os.fspath(job.bundle.resolve()),
            plugin=None if job.plugin is None else os.fspath(job.plugin.resolve()),
            work=work,
            scratch_bytes=job.limits.memory_bytes,
            answer_bytes=job.limits.answer_bytes,
            ports=list(job.ports),
            queries=queries,
            secret=job.secret is not None,
        )

    def _work_folder(self) -> str:
        self._cells += 1
        if self._level is Isolation.BWRAP:
            return _IN_BWRAP
        return os.fspath(self._folder / (f"cell-{self._cells}" if self._level is Isolation.PROCESS else "cell"))

    def _warm_zygote(self, job: CellJob) -> ZygoteProcess:
        """The zygote, started anew if it died, or cannot see the job's plug-in, or has a network and should not."""
        if bool(job.ports) != self._network:
            self._network = bool(job.ports)
            self._discard()
        if job.plugin is not None and self._level is Isolation.BWRAP:
            plugin = job.plugin.resolve()
            if not any(plugin.is_relative_to(path) for path in self._shown.readable):
                # What a bubblewrap shows is fixed when it starts; which cell may read it, Landlock says.
                self._shown = self._shown.also(plugin)
                self._discard()
        if self._zygote is None or not self._zygote.listening:
            self._discard()
            self._zygote = self._start()
        return self._zygote

    def _start(self) -> ZygoteProcess:
        _require(self._level)
        readable = self._readable.with_network() if self._network else self._readable
        setup = Setup(
            level=self._level,
            entry=self._entry,
            preload=list(self._preload),
            work=_IN_BWRAP if self._level is Isolation.BWRAP else os.fspath(self._folder / "cell"),
            readable=[os.fspath(path) for path in readable.readable],
            listable=[os.fspath(path) for path in readable.listable],
            forks=self._forks,
            network=self._network,
        )
        in_bwrap = self._level is Isolation.BWRAP
        variables = environment("/tmp" if in_bwrap else os.fspath(self._folder), network=self._network)
        return ZygoteProcess(
            lambda control: self._command(control, variables),
            {} if in_bwrap else variables,
            setup,
            self._folder / "zygote.log",
        )

    def _command(self, control: int, variables: dict[str, str]) -> list[str]:
        # -P: nothing is imported from the folder that one happens to be in.
        inner = [sys.executable, "-P", "-m", "interpbench.run.isolate.zygote", str(control)]
        if self._level is not Isolation.BWRAP:
            return inner
        return bwrap.command(
            inner,
            runtime=self._shown.with_network() if self._network else self._shown,
            bundles=self._bundles,
            environment=variables,
            keep=NOBODY,
            network=self._network,
        )

    def _discard(self) -> None:
        zygote, self._zygote = self._zygote, None
        if zygote is not None:
            zygote.close()


def _require(level: Isolation) -> None:
    """Refuse at once what cannot work, in words."""
    if level is Isolation.PROCESS:
        return
    if not kernel.machine_known():
        raise IsolationError("the system-call filter knows only x86_64 and aarch64")
    if (found := landlock.abi()) < landlock.OLDEST_ABI:
        raise IsolationError(
            f"this kernel's Landlock has ABI {found} (0: none), at least {landlock.OLDEST_ABI} (Linux 6.2) is needed"
        )
