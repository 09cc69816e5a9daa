"""What a cell's processes use, read from outside.

Memory is anonymous memory, in RAM or swapped out, above that of the zygote: a cell is not charged for the tensors of a
library that it was forked with, and pages that it shares with its own children count once.
"""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

_FORGET_AFTER = 1.0
_PPID, _THREADS = 1, 17  # positions in /proc/PID/stat after the name


@dataclass(frozen=True, kw_only=True)
class Usage:
    """One look at a cell."""

    processes: int
    threads: int
    memory_bytes: int


class ProcessTree:
    """All descendants of one process, in whatever namespaces they live: the host sees them all.

    A cell's orphans become children of its init, so none leaves the tree (at level `process` they do).
    """

    def __init__(self, root: int, zygote: int) -> None:
        """Start with the cell's init and the zygote; with both the same, that process is itself the cell."""
        self._root = root
        self._zygote = zygote
        self._base = anonymous_bytes(zygote)
        self._strangers: set[int] = set()
        self._forget_at = 0.0

    def measure(self, limit: int) -> Usage:
        """Count processes, threads and memory.

        The sum of resident sizes counts shared pages once per process and is cheap (0.05 ms a process). Where it could
        mislead (several processes, or near `limit`), the kernel's proportional sizes are added instead (3 ms each).
        """
        if sys.platform != "linux":
            return self._measure_portably()
        members = self._members()
        sizes = {pid: anonymous_bytes(pid) for pid in members}
        shared = sum(shared_bytes(pid) for pid in members)
        memory = sum(max(0, size - self._base) for size in sizes.values()) + shared
        few = len(members) <= 64
        if few and (len(members) > 1 or sum(sizes.values()) + shared > limit):
            memory = self._exact(set(members), memory)
        return Usage(processes=len(members), threads=sum(members.values()), memory_bytes=memory)

    def _exact(self, members: set[int], otherwise: int) -> int:
        """Each page divided among those that share it, summed over all who may: every page counts once.

        The processes are read one after another. If some came or went meanwhile, pages may have counted twice (seen:
        104 MB of 50 MB, when four children ended together): then they are read again and the smaller sum holds.
        """
        try:
            proportional = self._proportional(members)
            if (now := self._members().keys()) != members:
                proportional = min(proportional, self._proportional(members | now))
        except PermissionError:
            return otherwise
        unforked = self._root == self._zygote
        return max(0, proportional - (self._base if unforked else anonymous_bytes(self._zygote)))

    def _proportional(self, members: set[int]) -> int:
        return sum(_proportional_bytes(pid) for pid in members | {self._root, self._zygote})

    def _members(self) -> dict[int, int]:
        """Process id and number of threads of each descendant."""
        if (now := time.monotonic()) > self._forget_at:
            self._strangers.clear()
            self._forget_at = now + _FORGET_AFTER
        seen = {pid: stat for pid in _all_pids() if pid not in self._strangers and (stat := _stat(pid))}
        children: dict[int, list[int]] = {}
        for pid, (parent, _threads) in seen.items():
            children.setdefault(parent, []).append(pid)
        found = [self._root]
        for pid in found:
            found.extend(children.get(pid, []))
        # Only ever a child of a member becomes a member, so a stranger needs no second look for a while.
        self._strangers.update(seen.keys() - set(found))
        own = found if self._root == self._zygote else found[1:]
        return {pid: seen[pid][1] for pid in own if pid in seen}

    def _measure_portably(self) -> Usage:
        memory, threads, members = -self._base, 0, 0
        with contextlib.suppress(psutil.Error):
            root = psutil.Process(self._root)
            for process in [root, *root.children(recursive=True)]:
                memory += process.memory_info().rss
                threads += process.num_threads()
                members += 1
        return Usage(processes=members, threads=threads, memory_bytes=max(0, memory))


def anonymous_bytes(pid: int) -> int:
    """Memory of a process that is no file's, resident or swapped out; 0 if it is gone."""
    if sys.platform != "linux":
        with contextlib.suppress(psutil.Error):
            return int(psutil.Process(pid).memory_info().rss)
        return 0
    return _status_bytes(pid, (b"RssAnon:", b"VmSwap:"))


def shared_bytes(pid: int) -> int:
    """Memory that a process maps shared and that is no file's on disk."""
    return _status_bytes(pid, (b"RssShmem:",))


def _status_bytes(pid: int, keys: tuple[bytes, ...]) -> int:
    return sum(_kilobytes(Path(f"/proc/{pid}/status"), keys))


def _proportional_bytes(pid: int) -> int:
    return sum(_kilobytes(Path(f"/proc/{pid}/smaps_rollup"), (b"Pss_Anon:", b"Pss_Shmem:", b"SwapPss:")))


def _kilobytes(table: Path, keys: tuple[bytes, ...]) -> Iterator[int]:
    try:
        text = table.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return
    for line in text.splitlines():
        if line.startswith(keys):
            yield int(line.split()[1]) * 1024


def _all_pids() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208  (names only, 50 times a second)


def _stat(pid: int) -> tuple[int, int] | None:
    """Parent and number of threads."""
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text[text.rindex(b")") + 2 :].split()
    return int(fields[_PPID]), int(fields[_THREADS])
