"""A filter on system calls (seccomp): what Landlock and namespaces leave open, and what would falsify the cost.

Most of Linux stays allowed; the list below is short and each line says why it is there.
"""

import ctypes
import platform
import signal
import struct
from collections.abc import Iterator

from interpbench.run.isolate.kernel import prctl

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _KILL = 0x7FFF_0000, 0x8000_0000
_EPERM, _ENOSYS = 0x0005_0000 | 1, 0x0005_0000 | 38
_NUMBER, _ARCHITECTURE = 0, 4  # offsets in struct seccomp_data
_NEW_NAMESPACES = 0x7E02_0080

_AUDIT = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
_COLUMN = {"x86_64": 0, "aarch64": 1}

_REFUSED: dict[str, tuple[int, int]] = {
    # TCP and UDP, but also what no network namespace covers: vsock, and sockets that are files of the host
    "socket": (41, 198),
    # other processes' memory and files, among them the init that counts this cell's CPU time
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    # namespaces and mounts: a cell has no business there, and most kernel escapes begin there
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    # the zygote's session keyring would carry messages from one cell to the next
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # memory that belongs to no process and so escapes the count
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    # large surfaces with a history; io_uring also passes by this filter
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
}
_CLONE, _CLONE3 = (56, 220), (435, 435)
_SIGACTION, _PRLIMIT, _SOCKETPAIR = (13, 134), (302, 261), (53, 199)
_BIND, _LISTEN = (49, 200), (50, 201)
_SENDERS = (((44, 206), 3), ((46, 211), 2), ((307, 269), 3))  # sendto, sendmsg, sendmmsg, and where their flags are
_FAST_OPEN = 0x2000_0000
_INET, _INET6, _STREAM, _TCP = 2, 10, 1, 6

Instruction = tuple[int, int, int, int]


def refuse_dangerous(*, network: bool) -> None:
    """Install the filter for this process and all its children, for good. Needs no-new-privileges.

    Args:
        network: whether outgoing TCP connections are allowed; to which ports, Landlock says.
    """
    program = b"".join(struct.pack("=HBBI", *line) for line in _program(platform.machine(), network=network))
    code = ctypes.create_string_buffer(program)
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.create_string_buffer(header))


def _program(machine: str, *, network: bool) -> Iterator[Instruction]:
    column = _COLUMN[machine]
    # 32-bit calls have other numbers and would pass; x32 ones are 64-bit numbers with a bit set.
    yield _LOAD, 0, 0, _ARCHITECTURE
    yield _IF_EQUAL, 1, 0, _AUDIT[machine]
    yield _RETURN, 0, 0, _KILL
    yield _LOAD, 0, 0, _NUMBER
    yield _IF_AT_LEAST, 0, 1, 0x4000_0000
    yield _RETURN, 0, 0, _KILL
    for name, numbers in _REFUSED.items():
        yield from _only_tcp_out(column) if network and name == "socket" else _refuse(numbers[column])
    # The C library falls back to clone, whose flags a filter can read.
    yield from _refuse(_CLONE3[column], _ENOSYS)
    yield from _when(_CLONE[column], 0, [(_IF_ANY, 0, 1, _NEW_NAMESPACES)])
    # A parent that ignores SIGCHLD has its children's CPU time forgotten; so nobody sets that signal.
    yield from _when(_SIGACTION[column], 0, [(_IF_EQUAL, 0, 1, int(signal.SIGCHLD))])
    # A CPU limit on the init would kill it before it has counted. Limits on oneself (0) stay allowed.
    yield from _when(_PRLIMIT[column], 0, [(_IF_EQUAL, 1, 0, 0)])
    # Pairs of datagram sockets can be pointed at sockets that are files of the host; those of other families too.
    yield from _when(_SOCKETPAIR[column], 0, [(_IF_EQUAL, 1, 0, 1)])
    yield from _when(_SOCKETPAIR[column], 1, [(_AND, 0, 0, 0xF), (_IF_EQUAL, 0, 1, 2)])
    yield _RETURN, 0, 0, _ALLOW


def _only_tcp_out(column: int) -> Iterator[Instruction]:
    """Sockets of TCP alone, and none that others could connect to."""
    number = _REFUSED["socket"][column]
    yield from _when(number, 0, [(_IF_EQUAL, 2, 0, _INET), (_IF_EQUAL, 1, 0, _INET6)])
    yield from _when(number, 1, [(_AND, 0, 0, 0xF), (_IF_EQUAL, 1, 0, _STREAM)])
    yield from _when(number, 2, [(_IF_EQUAL, 2, 0, 0), (_IF_EQUAL, 1, 0, _TCP)])
    yield from _refuse(_BIND[column])
    yield from _refuse(_LISTEN[column])
    # "Fast open" connects while it sends, and Landlock does not look at it.
    for numbers, flags in _SENDERS:
        yield from _when(numbers[column], flags, [(_IF_ANY, 0, 1, _FAST_OPEN)])


def _refuse(number: int, how: int = _EPERM) -> list[Instruction]:
    return [(_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, how)]


def _when(number: int, argument: int, test: list[Instruction]) -> list[Instruction]:
    """Refuse call `number` if `test` on the low half of `argument` falls through; the number is loaded again after."""
    low_half = 16 + 8 * argument
    body = [(_LOAD, 0, 0, low_half), *test, (_RETURN, 0, 0, _EPERM), (_LOAD, 0, 0, _NUMBER)]
    return [(_IF_EQUAL, 0, len(body), number), *body]
