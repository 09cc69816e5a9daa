"""Confining one cell: its namespaces are set up by its init, its last rights are given up by itself."""

import os
import resource
from pathlib import Path

from interpbench.run.isolate import kernel, landlock, syscalls
from interpbench.run.isolate.kernel import Namespace
from interpbench.run.isolate.landlock import Access
from interpbench.run.isolate.wire import Order, Setup

NOBODY = 65534
NAME_SERVER = 53
"""The port that names are looked up at; by TCP (see `runtime.environment`)."""

_OPEN_FILES = 1024
_SCRATCH_FILES = 65536
_ANSWER_FILES = 64
"""More than an answer may have, so that too many is seen and said, not met as a full disk."""
_ANSWER_SLACK = 256 * 1024

_DEVICES = {"/dev/null": Access.READ_FILE | Access.WRITE_FILE, "/dev/zero": Access.READ_FILE}
_DEVICES |= {"/dev/urandom": Access.READ_FILE, "/dev/random": Access.READ_FILE}
_FACTS = ("/proc/cpuinfo", "/proc/meminfo")


def namespaces(*, network: bool) -> Namespace:
    """What a cell gets of its own; without `network` its network too, which is empty."""
    own = Namespace.USER | Namespace.PID | Namespace.MOUNT | Namespace.IPC
    return own if network else own | Namespace.NET


def folders(work: str) -> tuple[Path, Path]:
    """The answer and the scratch folder of a cell that works in `work`."""
    return Path(work) / "answer", Path(work) / "scratch"


def furnish(order: Order, uid: int, gid: int) -> None:
    """As the init of fresh namespaces: read-only files everywhere but in two empty, sized folders in memory.

    Args:
        order: The cell.
        uid: The user id that this process had before it got its namespaces.
        gid: The group id likewise.
    """
    answer, scratch = folders(order.work)
    kernel.map_to(NOBODY, NOBODY, uid, gid)
    # If the machine runs out of memory, let the kernel take this first.
    Path("/proc/self/oom_score_adj").write_text("1000")
    kernel.keep_mounts_private()
    kernel.make_read_only()
    kernel.mount_tmpfs(os.fspath(answer), order.answer_bytes + _ANSWER_SLACK, _ANSWER_FILES)
    kernel.mount_tmpfs(os.fspath(scratch), order.scratch_bytes, _SCRATCH_FILES)
    # Semaphores and shared arrays of `multiprocessing` live in /dev/shm: there too they count towards the limit.
    shared = scratch / ".shm"
    shared.mkdir()
    if Path("/dev/shm").is_dir():
        kernel.bind(os.fspath(shared), "/dev/shm")


def restrict(setup: Setup, order: Order) -> None:
    """As the cell, last thing before its code runs: give up everything but what it needs. There is no way back."""
    kernel.gain_no_privileges()
    landlock.restrict(_allowed(setup, order), [*order.ports, NAME_SERVER] if order.ports else ())
    kernel.drop_capabilities()
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    syscalls.refuse_dangerous(network=bool(order.ports))


def _allowed(setup: Setup, order: Order) -> list[tuple[str, Access]]:
    read = [*setup.readable, order.bundle, *([order.plugin] if order.plugin else [])]
    own = [*map(os.fspath, folders(order.work)), "/dev/shm"]
    return [
        *((path, Access.READ) for path in read),
        *((path, Access.READ_DIR) for path in setup.listable),
        *((path, Access.OWN) for path in own),
        *((path, Access.READ_FILE) for path in _FACTS),
        *_DEVICES.items(),
    ]
