"""The query channel: a cell asks, the parent answers, and a cell that stalls half-way never holds the parent up."""

import socket
import struct
from collections.abc import Callable

_LENGTH = struct.Struct("!I")
MAX_REQUEST = 64 * 1024**2
"""Largest request in bytes; what the parent must be ready to hold."""


def ask(channel: socket.socket, request: bytes) -> bytes:
    """The cell's side: send one request and wait for its reply.

    Raises:
        EOFError: The parent closed the channel, which it does when it ends the cell.
    """
    channel.sendall(_LENGTH.pack(len(request)) + request)
    return _exactly(channel, _LENGTH.unpack(_exactly(channel, _LENGTH.size))[0])


def _exactly(channel: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = channel.recv(min(size, 1 << 20))
        if not part:
            raise EOFError("the query channel was closed")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


class QueryServer:
    """The parent's side: answers one request at a time and reads no further while a reply is unsent."""

    def __init__(self, channel: socket.socket, serve: Callable[[bytes], bytes]) -> None:
        channel.setblocking(False)
        self._channel = channel
        self._serve = serve
        self._incoming = bytearray()
        self._outgoing = memoryview(b"")
        self.served = 0

    @property
    def writing(self) -> bool:
        """Whether to wake when the cell can be written to: a reply is unsent, or a whole request waits its turn."""
        return bool(self._outgoing) or self._whole_request() is not None

    def pump(self) -> bool:
        """Do what can be done without waiting: read, serve at most one request, write.

        One request a call, so that a cell that sends thousands at once cannot keep the parent from its clock.

        Returns:
            Whether the channel is still open.

        Raises:
            ValueError: A request is longer than `MAX_REQUEST`.
            CellStop: Whatever `serve` raised.
        """
        try:
            if not self.writing:
                part = self._channel.recv(1 << 18)
                if not part:
                    return False
                self._incoming += part
            if not self._outgoing:
                self._serve_next()
            while self._outgoing:
                self._outgoing = self._outgoing[self._channel.send(self._outgoing) :]
        except BlockingIOError:
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def _serve_next(self) -> None:
        end = self._whole_request()
        if end is None:
            return
        request = bytes(self._incoming[_LENGTH.size : end])
        del self._incoming[:end]
        reply = self._serve(request)
        self.served += 1
        self._outgoing = memoryview(_LENGTH.pack(len(reply)) + reply)

    def _whole_request(self) -> int | None:
        """Where the next request ends, or `None` if it is not all there yet."""
        if len(self._incoming) < _LENGTH.size:
            return None
        size = int(_LENGTH.unpack_from(self._incoming)[0])
        if size > MAX_REQUEST:
            raise ValueError(f"a request of {size} bytes, at most {MAX_REQUEST} are read")
        end = _LENGTH.size + size
        return end if len(self._incoming) >= end else None
