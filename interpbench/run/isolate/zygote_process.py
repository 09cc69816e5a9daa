"""The parent's handle on one zygote: starts it, talks to it, and sees to it that nothing of it is left."""

import contextlib
import os
import resource
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from interpbench.run.isolate.levels import IsolationError
from interpbench.run.isolate.wire import Ready, Setup, ask_for_sender, receive_signed, send

_START_SECONDS = 300.0
"""Imports from a cold network file system take minutes."""
_END_SECONDS = 1.0


class ZygoteProcess:
    """A running zygote.

    A thread of its own starts it and then waits for it: the kernel kills a process whose *starting thread* ends, and
    the caller's thread may end sooner.
    """

    def __init__(
        self, command: Callable[[int], Sequence[str]], environment: Mapping[str, str], setup: Setup, log: Path
    ) -> None:
        """Start it and wait until its imports are done.

        Args:
            command: What to execute, given the number of the control channel's open file.
            environment: All its environment variables.
            setup: Its first message.
            log: File for what it prints, shown if it does not start.

        Raises:
            IsolationError: It did not start; the message ends with what it printed last.
        """
        self.control, theirs = socket.socketpair()
        ask_for_sender(self.control)
        self.pid = 0
        self.start_cpu_seconds = 0.0
        self.usage: resource.struct_rusage | None = None
        self.wait_status = 0
        self._log = log
        self._started = threading.Event()
        self._ended = threading.Event()
        self._failure: OSError | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._exit: int | None = None
        arguments = (command(theirs.fileno()), dict(environment), theirs)
        threading.Thread(target=self._keep, args=arguments, name="zygote-keeper", daemon=True).start()
        try:
            self._started.wait()
            self._greet(setup)
        except BaseException:
            self.close()
            raise

    @property
    def listening(self) -> bool:
        """Whether it can still be given orders. A dying process closes its channel a moment before it has ended."""
        try:
            return self.alive and self.control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    @property
    def alive(self) -> bool:
        """Whether the process has not ended."""
        return not self._ended.is_set() and (self._exit is None or not _exited(self._exit, 0))

    def wait(self) -> resource.struct_rusage | None:
        """Wait for its end, which something else must bring about; returns what it used."""
        self._ended.wait()
        return self.usage

    def kill(self) -> None:
        """End it and everything in it, at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self.pid and self._exit is not None and not _exited(self._exit, 0):
                os.kill(self.pid, signal.SIGKILL)
        if self._process is not None and not self._ended.is_set():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Let it end, make it end if it does not, and return when it has."""
        with contextlib.suppress(OSError):
            self.control.shutdown(socket.SHUT_RDWR)
        self.control.close()
        if self._process is not None and not self._ended.wait(_END_SECONDS):
            self.kill()
            self._ended.wait()
        if self._exit is not None:
            # In a bubblewrap the zygote itself is another process than the one that was started.
            _exited(self._exit, _END_SECONDS)
            self.kill()
            os.close(self._exit)
            self._exit = None

    def _keep(self, command: Sequence[str], environment: dict[str, str], theirs: socket.socket) -> None:
        try:
            with self._log.open("wb") as log, theirs:
                self._process = subprocess.Popen(
                    command,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=[theirs.fileno()],
                    # Ctrl-C goes to a terminal's whole group; only the parent shall hear it.
                    start_new_session=True,
                )
        except OSError as error:
            self._failure = error
        self._started.set()
        if self._process is not None:
            _pid, self.wait_status, self.usage = os.wait4(self._process.pid, 0)
            self._process.returncode = os.waitstatus_to_exitcode(self.wait_status)
        self._ended.set()

    def _greet(self, setup: Setup) -> None:
        if self._failure is not None:
            raise IsolationError(f"the zygote did not start: {self._failure}")
        with selectors.DefaultSelector() as selector, contextlib.suppress(EOFError, ConnectionError):
            selector.register(self.control, selectors.EVENT_READ)
            send(self.control, setup)
            if not selector.select(_START_SECONDS):
                raise IsolationError(f"the zygote's imports took more than {_START_SECONDS:.0f} s")
            ready, _, sender = receive_signed(self.control, Ready)
            if ready.error:
                raise IsolationError(f"the zygote could not import what it was told to: {ready.error}")
            assert self._process is not None
            self.pid = sender or self._process.pid
            self.start_cpu_seconds = ready.cpu_seconds
            self._exit = os.pidfd_open(self.pid) if sys.platform == "linux" else None
            return
        lines = self._log.read_text(errors="replace").strip().splitlines()
        raise IsolationError(f"the zygote did not start: {lines[-1] if lines else 'it said nothing'}")


def _exited(notice: int, seconds: float) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(notice, selectors.EVENT_READ)
        return bool(selector.select(seconds))
