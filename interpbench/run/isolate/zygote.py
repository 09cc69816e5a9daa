"""The zygote: a process that has imported what is slow and forks a cell whenever it is told to.

Started as `python -P -m interpbench.run.isolate.zygote FD`, FD being its end of the control channel. It has one thread
(forking after a multi-threaded tensor operation hangs), never imports a plug-in, and ends when the channel does.
"""

import contextlib
import fcntl
import gc
import importlib
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn, cast

from interpbench.run.isolate import kernel
from interpbench.run.isolate.cell import Entry, Lines, run_directly, run_init
from interpbench.run.isolate.confine import folders, namespaces
from interpbench.run.isolate.levels import Isolation
from interpbench.run.isolate.wire import Ended, Order, Ready, Setup, Stop, receive, receive_command, send


def main(control: socket.socket) -> None:
    """Serve orders until the parent goes away."""
    setup, _ = receive(control, Setup)
    with _ending_with(control):
        try:
            entry = _warm_up(setup)
        except BaseException as error:
            send(control, Ready(error=f"{type(error).__name__}: {error}"))
            return
    send(control, Ready(cpu_seconds=time.process_time()))
    while True:
        order, fds = receive_command(control)
        if isinstance(order, Stop):
            continue  # it crossed the news that the cell had already ended
        lines = Lines(order, fds)
        if not setup.forks:
            run_directly(entry, setup, order, lines)
        _run(control, entry, setup, order, lines)


@contextlib.contextmanager
def _ending_with(control: socket.socket) -> Iterator[None]:
    """Die of SIGIO if the channel closes meanwhile: imports take seconds and nobody reads the channel then."""
    if sys.platform != "linux":
        yield
        return
    flags = fcntl.fcntl(control, fcntl.F_GETFL)
    fcntl.fcntl(control, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(control, fcntl.F_SETFL, flags | os.O_ASYNC)
    yield
    fcntl.fcntl(control, fcntl.F_SETFL, flags)


def _warm_up(setup: Setup) -> Entry:
    for name in setup.preload:
        imported, _, warm = name.partition(":")
        loaded = importlib.import_module(imported)
        if warm:
            getattr(loaded, warm)()
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
        torch.set_num_interop_threads(1)
    module, _, function = setup.entry.partition(":")
    entry = cast(Entry, getattr(importlib.import_module(module), function))
    if setup.level != Isolation.PROCESS:
        kernel.libc()
        for folder in folders(setup.work):
            folder.mkdir(parents=True, exist_ok=True)
    # What is alive now is never garbage: without this the first collection in each cell copies every page.
    gc.collect()
    gc.freeze()
    if setup.forks and sys.platform == "linux":
        kernel.use_huge_pages()
    return entry


def _run(control: socket.socket, entry: Entry, setup: Setup, order: Order, lines: Lines) -> None:
    # A cell may not list the folders on `sys.path`; importers that have just looked need not look again.
    importlib.import_module("importlib.util").find_spec("interpbench_no_such_module")
    uid, gid = os.getuid(), os.getgid()
    try:
        process = setup.level == Isolation.PROCESS
        init = os.fork() if process else kernel.clone(namespaces(network=setup.network))
    except OSError as error:
        lines.close()
        send(control, Ended(cpu_seconds=0, error=f"{error}: user namespaces are not allowed here"))
        return
    if init == 0:
        control.close()
        run_init(entry, setup, order, lines, uid, gid)
    lines.close()
    send(control, Ended(cpu_seconds=_attend(control, init)))


def _attend(control: socket.socket, init: int) -> float:
    """Wait for the cell's init to end and pass on the parent's wish to end it.

    Returns:
        CPU seconds of the init and of everything that it waited for.
    """
    ended = _exit_notice(init)
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(ended, select.POLLIN)
    while ended not in (ready := {fd for fd, _ in poll.poll()}):
        if control.fileno() in ready:
            try:
                stop, _ = receive(control, Stop)
            except EOFError:
                _end_with_cell(init)
            os.kill(init, signal.SIGKILL if stop.hard else signal.SIGTERM)
    os.close(ended)
    _pid, _status, usage = os.wait4(init, 0)
    return usage.ru_utime + usage.ru_stime


def _exit_notice(pid: int) -> int:
    """An open file that becomes readable when the child ends."""
    if sys.platform == "linux":
        return os.pidfd_open(pid)
    raise OSError("no way to wait for a process and a channel at once here")


def _end_with_cell(init: int) -> NoReturn:
    os.kill(init, signal.SIGKILL)
    os.waitpid(init, 0)
    os._exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.platform == "linux":
        kernel.die_with_parent()
    os.chdir(Path("/"))
    with contextlib.suppress(EOFError, ConnectionResetError, BrokenPipeError):
        main(socket.socket(fileno=int(sys.argv[1])))
    # Skip the interpreter's goodbye: nothing here needs it and some libraries' exit handlers wait.
    os._exit(0)
