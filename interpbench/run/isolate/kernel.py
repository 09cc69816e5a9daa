"""The Linux calls that Python's `os` does not offer, through ctypes.

`PyDLL` and not `CDLL`: it keeps the interpreter lock during a call, so that a process made by a raw `clone` starts out
as the lock's holder.
"""

import ctypes
import os
import platform
from enum import IntFlag
from functools import cache
from pathlib import Path


class Namespace(IntFlag):
    """Flags of clone(2) that give a process its own view of something."""

    MOUNT = 0x0002_0000
    UTS = 0x0400_0000
    IPC = 0x0800_0000
    USER = 0x1000_0000
    PID = 0x2000_0000
    NET = 0x4000_0000


_CLONE = {"x86_64": 56, "aarch64": 220}
_MOUNT_SETATTR = 442
_SIGCHLD = 17
_MS_REMOUNT_PRIVATE = 0x4000 | 0x4_0000  # MS_REC | MS_PRIVATE
_MS_NOSUID_NODEV = 0x2 | 0x4
_MS_BIND = 0x1000
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000
_MOUNT_ATTR_RDONLY = 0x1
_MADV_COLLAPSE = 25
_HUGE = 2 << 20
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


@cache
def libc() -> ctypes.PyDLL:
    """The C library."""
    return ctypes.PyDLL(None, use_errno=True)


def checked(result: int, what: str) -> int:
    """Pass a call's result on, or raise its errno."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def machine_known() -> bool:
    """Whether the system-call numbers here and in `syscalls` are those of this machine."""
    return platform.machine() in _CLONE


def clone(namespaces: Namespace) -> int:
    """As `os.fork`, with the child in namespaces of its own; with `PID` it is their process 1.

    One clone instead of fork, unshare, fork: each copy of a process that has imported torch costs 5 ms. The C library's
    fork handlers do not run, which a parent with one thread can afford; the child must `os.fork` before it runs
    anything that starts threads.
    """
    zero = ctypes.c_long(0)
    flags = ctypes.c_long(int(namespaces) | _SIGCHLD)
    return checked(libc().syscall(ctypes.c_long(_CLONE[platform.machine()]), flags, zero, zero, zero, zero), "clone")


def use_huge_pages() -> int:
    """Put this process's private memory on pages of 2 MiB, as far as the kernel does so; returns how many bytes.

    A fork copies an entry for each page, and its end undoes each: with 380 MB on pages of 4 kB a cell takes 53 CPU ms,
    with three quarters of it on huge pages 30. A child that writes gets small copies, as before.
    """
    done = 0
    for line in Path("/proc/self/maps").read_text().splitlines():
        place, rights, _offset, _device, inode, *name = line.split(maxsplit=5)
        if not rights.startswith("rw-p") or inode != "0" or name not in ([], ["[heap]"]):
            continue
        start, end = (int(bound, 16) for bound in place.split("-"))
        start, end = -(-start // _HUGE) * _HUGE, end // _HUGE * _HUGE
        if start < end:
            size = ctypes.c_size_t(end - start)
            done += (libc().madvise(ctypes.c_void_p(start), size, _MADV_COLLAPSE) == 0) * (end - start)
    return done


def map_to(uid: int, gid: int, outer_uid: int, outer_gid: int) -> None:
    """In a fresh user namespace: appear as `uid`, `gid`, whoever one is outside."""
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {outer_gid} 1")


def keep_mounts_private() -> None:
    """Let no mount made from here on be seen outside this mount namespace."""
    checked(libc().mount(b"none", b"/", None, ctypes.c_ulong(_MS_REMOUNT_PRIVATE), None), "make mounts private")


def make_read_only(root: bytes = b"/") -> None:
    """Make every mount at and under `root` read-only: chmod and utime too, which Landlock does not watch."""
    attributes = (ctypes.c_uint64 * 4)(_MOUNT_ATTR_RDONLY, 0, 0, 0)
    call = libc().syscall
    result = call(ctypes.c_long(_MOUNT_SETATTR), _AT_FDCWD, root, _AT_RECURSIVE, attributes, ctypes.c_size_t(32))
    checked(result, "make mounts read-only")


def mount_tmpfs(folder: str, size: int, files: int) -> None:
    """Mount an empty memory-backed folder that can hold `size` bytes in `files` files."""
    options = f"size={size},nr_inodes={files},mode=700".encode()
    flags = ctypes.c_ulong(_MS_NOSUID_NODEV)
    checked(libc().mount(b"tmpfs", os.fsencode(folder), b"tmpfs", flags, options), f"mount {folder}")


def bind(source: str, target: str) -> None:
    """Show the folder `source` at `target` as well."""
    flags = ctypes.c_ulong(_MS_BIND)
    checked(libc().mount(os.fsencode(source), os.fsencode(target), None, flags, None), f"bind {target}")


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that made it ends."""
    prctl(_PR_SET_PDEATHSIG, 9)


def gain_no_privileges() -> None:
    """Let no program started from here on gain privileges (set-user-id, file capabilities)."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def prctl(option: int, argument: int, pointer: object = None) -> None:
    """Change something about this process (prctl, section 2), by a number, or a number and a pointer."""
    third = ctypes.c_ulong(0) if pointer is None else pointer
    zero = ctypes.c_ulong(0)
    checked(libc().prctl(option, ctypes.c_ulong(argument), third, zero, zero), f"prctl {option}")


def drop_capabilities() -> None:
    """Give up every capability in this user namespace, for good."""
    header = (ctypes.c_uint32 * 2)(0x2008_0522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    none = (ctypes.c_uint32 * 6)()
    checked(libc().capset(header, none), "drop capabilities")
