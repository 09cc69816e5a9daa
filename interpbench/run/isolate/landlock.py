"""Landlock: an allow-list of paths that a process and its children can never widen.

References:
    Salaün, Landlock: unprivileged access control, https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from enum import IntFlag

from interpbench.run.isolate.kernel import checked, libc

OLDEST_ABI = 3
"""Before ABI 3 (Linux 6.2) any file may be truncated, allowed or not."""

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ONLY_VERSION = 1
_PATH_BENEATH = 1
_NET_PORT = 2
_TCP = 0b11  # bind, connect
_CONNECT_TCP = 0b10
_SCOPES = 0b11  # abstract sockets, signals: not to processes outside


class Access(IntFlag):
    """What may be done beneath a path."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15

    READ = EXECUTE | READ_FILE | READ_DIR
    WRITE = WRITE_FILE | TRUNCATE
    ON_A_FILE = EXECUTE | READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV
    OWN = READ | WRITE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SOCK | MAKE_FIFO | MAKE_SYM | REFER
    """Everything that can be done in one's own folder, but for devices."""


def abi() -> int:
    """The kernel's Landlock version, 0 if it has none."""
    version: int = libc().syscall(
        ctypes.c_long(_CREATE_RULESET), None, ctypes.c_size_t(0), ctypes.c_uint32(_ONLY_VERSION)
    )
    return max(0, version)


def restrict(allowed: Iterable[tuple[str, Access]], ports: Iterable[int] = ()) -> None:
    """Allow this process the given accesses beneath the given paths and nothing else.

    Paths that do not exist are passed over: an allow-list is not wrong for naming them.

    Args:
        allowed: paths and accesses.
        ports: that TCP connections may be made to; a kernel whose Landlock is older than ABI 4 does not look at them.

    Raises:
        OSError: The kernel refuses, or its Landlock is older than `OLDEST_ABI`.
    """
    version = abi()
    if version < OLDEST_ABI:
        raise OSError(f"Landlock ABI {version}, at least {OLDEST_ABI} (Linux 6.2) is needed")
    handled = _known(version)
    attributes = struct.pack("=QQQ", handled, _TCP, _SCOPES)[: 8 if version < 4 else 16 if version < 6 else 24]
    call = libc().syscall
    size = ctypes.c_size_t(len(attributes))
    ruleset = checked(call(ctypes.c_long(_CREATE_RULESET), attributes, size, ctypes.c_uint32(0)), "landlock")
    for path, access in allowed:
        _allow(ruleset, path, access & handled)
    for port in ports if version >= 4 else ():
        rule = struct.pack("=QQ", _CONNECT_TCP, port)
        checked(call(ctypes.c_long(_ADD_RULE), ruleset, ctypes.c_int(_NET_PORT), rule, ctypes.c_uint32(0)), "landlock")
    checked(call(ctypes.c_long(_RESTRICT_SELF), ruleset, ctypes.c_uint32(0)), "landlock")
    os.close(ruleset)


def _known(version: int) -> int:
    """The accesses that this version can refuse."""
    everything = (1 << 16) - 1
    return everything if version >= 5 else everything & ~Access.IOCTL_DEV


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            access &= Access.ON_A_FILE
        rule = struct.pack("=Qi", access, fd)
        kind = ctypes.c_int(_PATH_BENEATH)
        checked(libc().syscall(ctypes.c_long(_ADD_RULE), ruleset, kind, rule, ctypes.c_uint32(0)), f"landlock: {path}")
    finally:
        os.close(fd)
