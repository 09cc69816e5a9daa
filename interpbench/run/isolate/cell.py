"""The two processes of one cell: an init that outlives it and counts, and the cell itself.

zygote -> init (process 1 of its own namespace; trusted) -> cell (runs the plug-in)

The init exists because CPU time is only added up when a process is waited for. Whatever the cell leaves behind becomes
the init's child, is killed and waited for, and so counts; then the init ends and its namespace with it.
"""

import contextlib
import os
import resource
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

from interpbench.bundle.outcome import Status
from interpbench.run.isolate import confine, kernel
from interpbench.run.isolate.job import JSON, CellStop
from interpbench.run.isolate.levels import Isolation
from interpbench.run.isolate.wire import Begun, Gone, Order, Setup, Verdict, send

Entry = Callable[[dict[str, JSON], Path, Path, socket.socket | None], None]

MAX_REASON = 2000
_VERDICT, _QUERIES = 3, 4


class Lines:
    """The open files that came with an order."""

    def __init__(self, order: Order, fds: list[int]) -> None:
        self.report = socket.socket(fileno=fds[0])
        self.log, self.verdict = fds[1:3]
        more = fds[3:]
        self.queries = more.pop(0) if order.queries else None
        self.secret = more.pop(0) if order.secret else None

    def close(self) -> None:
        """Close them all; whoever forked keeps their own."""
        self.report.close()
        for fd in (self.log, self.verdict, self.queries, self.secret):
            if fd is not None:
                os.close(fd)


def run_init(entry: Entry, setup: Setup, order: Order, lines: Lines, uid: int, gid: int) -> NoReturn:
    """Be the init: prepare the folders, start the cell, wait for all that it started, report, end."""
    try:
        if sys.platform == "linux":
            kernel.die_with_parent()
        opened = _open_folders(setup, order, uid, gid)
    except BaseException as error:
        send(lines.report, Begun(error=f"{type(error).__name__}: {error}"))
        os._exit(1)
    send(lines.report, Begun(), opened)
    cell = os.fork()
    if cell == 0:
        run_cell(entry, setup, order, lines)
    status = _reap(cell, whole_namespace=setup.level != Isolation.PROCESS)
    with contextlib.suppress(OSError):
        send(lines.report, Gone(wait_status=status))
    os._exit(0)


def run_directly(entry: Entry, setup: Setup, order: Order, lines: Lines) -> NoReturn:
    """Be the cell in this very process, where there is no forking; the parent waits for the process itself."""
    send(lines.report, Begun(), _open_folders(setup, order, 0, 0))
    run_cell(entry, setup, order, lines)


def run_cell(entry: Entry, setup: Setup, order: Order, lines: Lines) -> NoReturn:
    """Be the cell: give up all rights, run the entry function, say how it went, end."""
    verdict = Verdict(status=Status.CRASHED, reason="it could not be started")
    code = 1
    try:
        if setup.forks:
            os.setsid()
            if sys.platform == "linux":
                kernel.die_with_parent()
        payload = _payload(order, lines)
        queries = _keep_only(lines)
        answer, scratch = confine.folders(order.work)
        _settle_in(scratch)
        if setup.level != Isolation.PROCESS:
            confine.restrict(setup, order)
        entry(payload, Path(order.bundle), answer, queries)
        verdict, code = Verdict(status=Status.OK, reason=""), 0
    except CellStop as stop:
        verdict, code = Verdict(status=stop.status, reason=stop.reason[:MAX_REASON]), 0
    except BaseException as error:
        traceback.print_exc()
        verdict = Verdict(status=Status.CRASHED, reason=_describe(error, order.plugin))
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        with contextlib.suppress(BaseException):
            os.write(_VERDICT, verdict.model_dump_json().encode())
        os._exit(code)


def _describe(error: BaseException, plugin: str | None) -> str:
    """What was raised, and where in the plug-in, by a path that names no folder of the machine."""
    text = str(error)
    told = f"{type(error).__name__}: {text}"[:MAX_REASON] if text else type(error).__name__
    folder = Path(plugin) if plugin is not None else None
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if folder in Path(frame.filename).parents]
    if folder is None or not frames:
        return told
    return f"{told} ({folder.name}/{Path(frames[-1].filename).relative_to(folder)}:{frames[-1].lineno})"[:MAX_REASON]


def _open_folders(setup: Setup, order: Order, uid: int, gid: int) -> list[int]:
    folders = confine.folders(order.work)
    if setup.level == Isolation.PROCESS:
        for folder in folders:
            folder.mkdir(parents=True)
    else:
        confine.furnish(order, uid, gid)
    return [os.open(folder, os.O_RDONLY | os.O_DIRECTORY) for folder in folders]


def _payload(order: Order, lines: Lines) -> dict[str, JSON]:
    """What the entry function is given: the order's, and the secret, which is in this process from here on."""
    payload: dict[str, JSON] = {**order.payload}
    if lines.secret is not None:
        with os.fdopen(lines.secret, "rb") as pipe:
            payload["secret"] = pipe.read().decode()
    return payload


def _keep_only(lines: Lines) -> socket.socket | None:
    """Close every open file but log, verdict and queries: what a cell holds open, no allow-list takes away."""
    sources = [os.open(os.devnull, os.O_RDONLY), lines.log, lines.log, lines.verdict]
    if lines.queries is not None:
        sources.append(lines.queries)
    lines.report.detach()
    # Copies high up first, so that no target is overwritten while it is still a source.
    high = [_copy_above(fd, 64) for fd in sources]
    for target, fd in enumerate(high):
        os.dup2(fd, target, inheritable=target < _VERDICT)
    os.closerange(len(sources), os.sysconf("SC_OPEN_MAX"))
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    return None if lines.queries is None else socket.socket(fileno=_QUERIES)


def _copy_above(fd: int, lowest: int) -> int:
    import fcntl

    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, lowest)


def _settle_in(scratch: Path) -> None:
    os.environ.update(HOME=os.fspath(scratch), TMPDIR=os.fspath(scratch))
    tempfile.tempdir = None
    os.chdir(scratch)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _reap(cell: int, *, whole_namespace: bool) -> int:
    """Wait for everything; once the cell has ended, or SIGTERM asks for it, kill what is left.

    Returns:
        The cell's own wait status.
    """

    def kill_all(_signal: int = 0, _frame: FrameType | None = None) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(-1, signal.SIGKILL) if whole_namespace else os.killpg(cell, signal.SIGKILL)

    signal.signal(signal.SIGTERM, kill_all)
    status = 0
    while True:
        try:
            pid, ended = os.waitpid(-1, 0)
        except ChildProcessError:
            return status
        if pid == cell:
            status = ended
            kill_all()
