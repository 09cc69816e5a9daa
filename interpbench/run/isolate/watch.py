"""Watching one cell from outside: its clock, memory, processes, answer, queries and log, until it is gone."""

import contextlib
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from interpbench.bundle.outcome import Cost, Status
from interpbench.run.isolate.answer import AnswerFolderError, answer_size, read_answer
from interpbench.run.isolate.job import CellJob, CellOutcome, CellStop
from interpbench.run.isolate.levels import Isolation, IsolationError
from interpbench.run.isolate.processes import ProcessTree
from interpbench.run.isolate.queries import QueryServer
from interpbench.run.isolate.wire import (
    Begun,
    Ended,
    Gone,
    Order,
    Stop,
    Verdict,
    ask_for_sender,
    receive,
    receive_signed,
    send,
)
from interpbench.run.isolate.zygote_process import ZygoteProcess

_TICK = 0.02
_LONGEST_TICK = 0.1
_LOOKING_SHARE = 0.1
"""At most this share of the parent's time goes into looking, so a cell with many processes is looked at less often."""
_GRACE = 1.0
_LOG_BYTES = 64 * 1024
"""Of what a cell printed, the end: a conversation with a language model shall fit."""
_LOG_BYTES_A_TICK = 1024 * 1024
_VERDICT_BYTES = 64 * 1024
_THREADS_PER_PROCESS = 16
_PAGE = 4096


@dataclass(frozen=True)
class _Finding:
    status: Status
    reason: str


class Watch:
    """One cell's run as the parent sees it."""

    def __init__(self, zygote: ZygoteProcess, level: Isolation, forks: bool, job: CellJob, order: Order) -> None:
        self._zygote = zygote
        self._level = level
        self._forks = forks
        self._job = job
        self._order = order
        self._selector = selectors.DefaultSelector()
        self._files = contextlib.ExitStack()
        self._queries: QueryServer | None = None
        self._tree: ProcessTree | None = None
        self._answer = self._scratch = -1
        self._log = bytearray()
        self._log_end = self._verdict_end = -1
        self._breach: _Finding | None = None
        self._lost = ""
        self._wait_status: int | None = None
        self._cpu_seconds: float | None = None
        self._peak = 0
        self._began = self._stopped = self._next_look = 0.0
        self._stops = 0

    def run(self, serve: Callable[[bytes], bytes] | None) -> CellOutcome:
        """Start the cell, watch it to its end, and say what came of it.

        Raises:
            IsolationError: The cell could not be confined, so its code did not run.
        """
        with self._files, self._selector:
            self._start(serve)
            while self._cpu_seconds is None:
                self._wait()
                self._look()
            wall = time.monotonic() - self._began
            self._read_reports()
            self._read_log(everything=True)
            if self._lost:
                raise IsolationError(f"cell {self._job.id}: {self._lost}")
            return self._outcome(wall)

    def _start(self, serve: Callable[[bytes], bytes] | None) -> None:
        report, their_report = self._pair()
        ask_for_sender(report)
        self._log_end, their_log = self._pipe()
        self._verdict_end, their_verdict = self._pipe()
        fds = [their_report.fileno(), their_log, their_verdict]
        secret = None if self._job.secret is None else _holding(self._job.secret)
        if serve is not None:
            channel, their_channel = self._pair()
            fds.append(their_channel.fileno())
            self._queries = QueryServer(channel, serve)
            self._selector.register(channel, selectors.EVENT_READ, self._on_query)
        if secret is not None:
            fds.append(secret)
        self._selector.register(report, selectors.EVENT_READ, self._on_report)
        self._selector.register(self._zygote.control, selectors.EVENT_READ, self._on_control)
        self._began = time.monotonic()
        with contextlib.suppress(ConnectionError):  # a zygote that has just died is noticed by its channel's end
            send(self._zygote.control, self._order, fds)
        their_report.close()
        os.close(their_log)
        os.close(their_verdict)
        if secret is not None:
            os.close(secret)
        if serve is not None:
            their_channel.close()

    def _pair(self) -> tuple[socket.socket, socket.socket]:
        ours, theirs = socket.socketpair()
        self._files.enter_context(ours)
        self._files.enter_context(theirs)
        return ours, theirs

    def _pipe(self) -> tuple[int, int]:
        ours, theirs = os.pipe()
        os.set_blocking(ours, False)
        self._files.callback(os.close, ours)
        return ours, theirs

    def _wait(self) -> None:
        deadline = min(self._next_look, self._began + self._job.limits.wall_seconds) if not self._stops else 0.0
        pause = min(max(deadline - time.monotonic(), 0.0), _LONGEST_TICK) if not self._stops else _TICK
        for key, events in self._selector.select(pause):
            key.data(key.fileobj, events)

    # What arrives

    def _on_report(self, report: socket.socket, _events: int) -> None:
        try:
            if self._tree is not None:
                self._wait_status = receive(report, Gone)[0].wait_status
                return
            begun, fds, sender = receive_signed(report, Begun)
        except (EOFError, ConnectionError):
            self._selector.unregister(report)
            return
        if begun.error:
            self._lost = f"it could not be confined: {begun.error}"
            return
        for fd in fds:
            self._files.callback(os.close, fd)
        self._answer, self._scratch = fds
        self._tree = ProcessTree(sender or self._zygote.pid, self._zygote.pid)

    def _read_reports(self) -> None:
        """What was reported of the cell before its end was: a busy parent finds both at once."""
        while (key := self._reported()) is not None and self._wait_status is None:
            self._on_report(key, selectors.EVENT_READ)

    def _reported(self) -> socket.socket | None:
        """The channel of reports, if something waits there."""
        ready = (key.fileobj for key, _ in self._selector.select(0) if key.data == self._on_report)
        return next((channel for channel in ready if isinstance(channel, socket.socket)), None)

    def _on_control(self, control: socket.socket, _events: int) -> None:
        try:
            ended = receive(control, Ended)[0]
        except (EOFError, ConnectionError):
            self._on_zygote_gone()
            return
        self._lost = self._lost or ended.error
        self._cpu_seconds = ended.cpu_seconds

    def _on_zygote_gone(self) -> None:
        self._selector.unregister(self._zygote.control)
        # Where there is no forking the zygote became the cell, and closed the channel as any cell does.
        if self._forks:
            self._cpu_seconds = 0.0
            self._breach = self._breach or _Finding(Status.CRASHED, "its zygote died, and the cell with it")

    def _collect_unforked(self) -> None:
        """Take the cost of a cell that was its own zygote from the process itself."""
        if (usage := self._zygote.wait()) is not None:
            self._cpu_seconds = max(0.0, usage.ru_utime + usage.ru_stime - self._zygote.start_cpu_seconds)
            self._wait_status = self._zygote.wait_status

    def _on_query(self, channel: socket.socket, _events: int) -> None:
        assert self._queries is not None
        try:
            is_open = self._queries.pump()
            wanted = selectors.EVENT_WRITE if self._queries.writing else selectors.EVENT_READ
        except CellStop as stop:
            self._stop(_Finding(stop.status, stop.reason))
            is_open = False
        except ValueError as error:
            self._stop(_Finding(Status.CRASHED, f"query channel: {error}"))
            is_open = False
        if is_open:
            self._selector.modify(channel, wanted, self._on_query)
        else:
            self._selector.unregister(channel)

    # What is looked at

    def _look(self) -> None:
        now = time.monotonic()
        if not self._forks and not self._zygote.alive:
            self._collect_unforked()
        elif self._stops:
            self._insist(now)
        elif now - self._began > self._job.limits.wall_seconds:
            self._stop(_Finding(Status.TIMEOUT, f"more than {self._job.limits.wall_seconds:g} s"))
        elif now >= self._next_look and self._tree is not None:
            self._measure(self._tree)
            spent = time.monotonic() - now
            self._next_look = now + min(max(_TICK, spent / _LOOKING_SHARE), _LONGEST_TICK)
        elif now >= self._next_look:
            self._next_look = now + _TICK
        self._read_log()

    def _measure(self, tree: ProcessTree) -> None:
        limits = self._job.limits
        usage = tree.measure(limits.memory_bytes)
        memory = usage.memory_bytes + self._scratch_bytes()
        self._peak = max(self._peak, memory)
        if usage.processes > limits.processes:
            self._stop(_Finding(Status.CRASHED, f"more than {limits.processes} processes"))
        elif usage.threads > limits.processes * _THREADS_PER_PROCESS:
            self._stop(_Finding(Status.CRASHED, f"more than {limits.processes * _THREADS_PER_PROCESS} threads"))
        elif memory > limits.memory_bytes:
            self._stop(_Finding(Status.OUT_OF_MEMORY, f"more than {limits.memory_bytes / 2**20:.0f} MiB"))
        elif answer_size(self._answer) > limits.answer_bytes:
            self._stop(_Finding(Status.INVALID_ANSWER, f"the answer is larger than {limits.answer_bytes} bytes"))

    def _scratch_bytes(self) -> int:
        """Temporary files of a confined cell lie in memory; of any other cell, on somebody's disk."""
        if self._level is Isolation.PROCESS:
            return 0
        usage = os.fstatvfs(self._scratch)
        return (usage.f_blocks - usage.f_bfree) * usage.f_frsize

    def _scratch_full(self) -> bool:
        """Whether a cell may have died of a full folder before it was seen to be full."""
        return self._scratch >= 0 and self._scratch_bytes() >= self._job.limits.memory_bytes - _PAGE

    def _read_log(self, everything: bool = False) -> None:
        """Take what the cell printed, at most so much a tick: a full pipe slows a chatterer down."""
        left = _LOG_BYTES_A_TICK * (8 if everything else 1)
        while left > 0 and (part := _read_some(self._log_end)):
            self._log = (self._log + part)[-_LOG_BYTES:]
            left -= len(part)

    # Ending it

    def _stop(self, finding: _Finding) -> None:
        if self._breach is None and self._cpu_seconds is None:
            self._breach = finding
            self._stopped = time.monotonic()
            self._send_stop()

    def _insist(self, now: float) -> None:
        if now - self._stopped > _GRACE * self._stops:
            self._send_stop()

    def _send_stop(self) -> None:
        """First the way that still counts CPU time, then the init, then the whole zygote."""
        self._stops += 1
        if self._stops > 2 or not self._forks:
            self._zygote.kill()
            return
        with contextlib.suppress(OSError):
            send(self._zygote.control, Stop(hard=self._stops == 2))

    # What came of it

    def _outcome(self, wall: float) -> CellOutcome:
        finding = self._breach or self._own_verdict()
        if finding.status is Status.CRASHED and self._scratch_full():
            finding = _Finding(Status.OUT_OF_MEMORY, "its temporary files filled all the memory that it may use")
        files: dict[str, bytes] = {}
        if self._breach is None and self._answer >= 0:
            try:
                files = read_answer(self._answer, self._job.limits.answer_bytes)
            except AnswerFolderError as error:
                finding = _Finding(Status.INVALID_ANSWER, str(error))
        if finding.status is Status.OK and not files:
            finding = _Finding(Status.NO_ANSWER, "it ended without writing a file")
        cost = Cost(
            cpu_seconds=self._cpu_seconds or 0.0,
            wall_seconds=wall,
            peak_bytes=self._peak,
            queries=self._queries.served if self._queries else 0,
        )
        log = self._log.decode(errors="replace")
        return CellOutcome(status=finding.status, reason=finding.reason, cost=cost, files=files, log=log)

    def _own_verdict(self) -> _Finding:
        text = _read_some(self._verdict_end, _VERDICT_BYTES)
        try:
            verdict = Verdict.model_validate_json(text)
            return _Finding(Status(verdict.status), verdict.reason)
        except ValueError:
            return _Finding(Status.CRASHED, _describe_death(self._wait_status))


def _holding(secret: str) -> int:
    """An open file from which the secret can be read, once. It fits into a pipe, so nobody waits."""
    ours, theirs = os.pipe()
    with os.fdopen(theirs, "wb") as pipe:
        pipe.write(secret.encode())
    return ours


def _read_some(fd: int, size: int = 1 << 16) -> bytes:
    try:
        return os.read(fd, size)
    except BlockingIOError:
        return b""


def _describe_death(wait_status: int | None) -> str:
    if wait_status is None:
        return "its process was killed from outside"
    code = os.waitstatus_to_exitcode(wait_status)
    if code >= 0:
        return f"its process ended by itself with status {code}, before the entry function returned"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    hint = " (by the kernel, perhaps for want of memory)" if -code == signal.SIGKILL else ""
    return f"its process was killed by {name}{hint}"
