"""The messages between parent, zygote and cell, and the frames that carry them.

A frame is four bytes of length and then the bytes; open files travel beside the first byte (SCM_RIGHTS). Only trusted
code writes these channels: a cell's own channel is `queries`, which the parent reads without ever waiting.
"""

import array
import os
import socket
import struct
from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter

_LENGTH = struct.Struct("!I")
_UCRED = struct.Struct("3i")
_SCM_CREDENTIALS = getattr(socket, "SCM_CREDENTIALS", 2)
_SO_PASSCRED = getattr(socket, "SO_PASSCRED", 16)
_MAX_FDS = 8


class Message(BaseModel):
    """Base of what travels; a field that the other side does not know is an error, not a guess."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")


class Setup(Message):
    """Parent to zygote, once: how every cell of this slot is run."""

    level: str
    entry: str
    preload: list[str]
    work: str
    """Where confined cells work: holds the empty folders `answer` and `scratch`, on which each mounts its own."""
    readable: list[str]
    listable: list[str]
    forks: bool
    network: bool
    """Whether its cells keep the machine's network; which ports of it, each order says."""


class Ready(Message):
    """Zygote to parent, once: imports are done."""

    error: str = ""
    cpu_seconds: float = 0.0
    """Spent so far; a parent that starts a process per cell takes it off the cell's cost."""


class Order(Message):
    """Parent to zygote: run this cell. Beside it travel report, log, verdict and, if asked for, queries and a secret.

    A secret travels as a pipe that the cell alone reads: the zygote, from which other cells are forked, never holds it.
    """

    payload: dict[str, JsonValue]
    bundle: str
    plugin: str | None
    work: str
    scratch_bytes: int
    answer_bytes: int
    ports: list[int]
    queries: bool
    secret: bool


class Begun(Message):
    """Init to parent: the cell is about to run. Beside it travel the answer and the scratch folder."""

    error: str = ""
    """Why the cell could not be confined; then there is no cell."""


class Gone(Message):
    """Init to parent: the cell and all that it started are gone."""

    wait_status: int
    """Of the cell, as `os.wait` gives it."""


class Stop(Message):
    """Parent to zygote: end the running cell, gently (its CPU time is still counted) or at once."""

    hard: bool


class Ended(Message):
    """Zygote to parent: the cell's init was reaped."""

    cpu_seconds: float
    error: str = ""


class Verdict(Message):
    """Cell to parent: how the entry function ended. Untrusted, so it can only speak for the cell itself."""

    status: str
    reason: str


M = TypeVar("M", bound=Message)
_COMMAND: TypeAdapter[Order | Stop] = TypeAdapter(Order | Stop)


def send(channel: socket.socket, message: Message, fds: Sequence[int] = ()) -> None:
    """Write one message, with open files beside it."""
    body = message.model_dump_json().encode()
    frame = memoryview(_LENGTH.pack(len(body)) + body)
    sent = socket.send_fds(channel, [frame], list(fds)) if fds else channel.send(frame)
    channel.sendall(frame[sent:])


def receive(channel: socket.socket, kind: type[M]) -> tuple[M, list[int]]:
    """Read one message, waiting for it.

    Raises:
        EOFError: The other side is gone.
    """
    message, fds, _ = receive_signed(channel, kind)
    return message, fds


def receive_command(channel: socket.socket) -> tuple[Order | Stop, list[int]]:
    """Read what a zygote is told to do next, waiting for it."""
    body, fds, _ = _receive_frame(channel)
    return _COMMAND.validate_json(body), fds


def receive_signed(channel: socket.socket, kind: type[M]) -> tuple[M, list[int], int]:
    """As `receive`, with the sender's process id as this process sees it (0 where the system does not say)."""
    body, fds, sender = _receive_frame(channel)
    return kind.model_validate_json(body), fds, sender


def ask_for_sender(channel: socket.socket) -> None:
    """Have the kernel sign what arrives here with its sender's id, translated out of the sender's namespace."""
    if hasattr(socket, "SO_PASSCRED"):
        channel.setsockopt(socket.SOL_SOCKET, _SO_PASSCRED, 1)


def _receive_frame(channel: socket.socket) -> tuple[bytes, list[int], int]:
    head, fds, sender = _receive_head(channel)
    return _receive_exactly(channel, _LENGTH.unpack(head)[0]), fds, sender


def _receive_head(channel: socket.socket) -> tuple[bytes, list[int], int]:
    fds = array.array("i")
    sender = 0
    space = socket.CMSG_SPACE(_MAX_FDS * fds.itemsize) + socket.CMSG_SPACE(_UCRED.size)
    head, ancillary, _flags, _address = channel.recvmsg(_LENGTH.size, space)
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
        elif level == socket.SOL_SOCKET and kind == _SCM_CREDENTIALS:
            sender = _UCRED.unpack(data[: _UCRED.size])[0]
    for fd in fds:
        os.set_inheritable(fd, False)
    if not head:
        raise EOFError("the other side of the channel is gone")
    return head + _receive_exactly(channel, _LENGTH.size - len(head)), list(fds), sender


def _receive_exactly(channel: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = channel.recv(min(size, 1 << 20))
        if not part:
            raise EOFError("the other side of the channel is gone")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
