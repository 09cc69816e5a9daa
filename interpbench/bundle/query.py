"""The query socket: a cell at tier `behaviour` asks, the parent answers and counts.

One frame a request and one a reply, each the safetensors bytes of a single tensor behind a length of 8 bytes.
"""

import socket
import struct
from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from safetensors.torch import load, save
from torch import Tensor

from interpbench.models.data import Domain


class QueryBudgetError(RuntimeError):
    """More queries than the question allows."""


class InvalidQuery(ValueError):
    """A query that is not a batch of token sequences of the domain's length and vocabulary."""


def send_frame(channel: socket.socket, content: bytes) -> None:
    """Sends one length-prefixed frame."""
    channel.sendall(struct.pack(">Q", len(content)) + content)


def receive_frame(channel: socket.socket) -> bytes:
    """Receives one frame.

    Raises:
        ConnectionError: the other side has closed.
    """
    (size,) = struct.unpack(">Q", _exactly(channel, 8))
    return _exactly(channel, size)


def _exactly(channel: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = channel.recv(min(1 << 20, size - len(parts)))
        if not part:
            raise ConnectionError("the query socket was closed")
        parts += part
    return bytes(parts)


def client(channel: socket.socket) -> Callable[[Int[Tensor, "batch length"]], Float[Tensor, "batch answer k"]]:
    """The cell's side: a function from tokens to logits."""

    def ask(tokens: Int[Tensor, "batch length"]) -> Float[Tensor, "batch answer k"]:
        send_frame(channel, save({"tokens": tokens.contiguous()}))
        reply = load(receive_frame(channel))
        return reply["logits"]

    return ask


class Server:
    """The parent's side: checks, counts and answers.

    Args:
        logits: the subject.
        domain: tokens must lie in its vocabulary and have its length; they need not lie in the domain.
        limit: queries (inputs, not requests) allowed.
    """

    def __init__(
        self, logits: Callable[[Int[Tensor, "batch length"]], Float[Tensor, "batch answer k"]], domain: Domain, limit: int
    ) -> None:
        self._logits = logits
        self._domain = domain
        self._limit = limit
        self.count = 0

    def __call__(self, request: bytes) -> bytes:
        """One reply.

        Raises:
            InvalidQuery: the request is not a batch of inputs.
            QueryBudgetError: the limit is passed.
        """
        tokens = _checked(request, self._domain)
        self.count += len(tokens)
        if self.count > self._limit:
            raise QueryBudgetError(f"{self.count} queries, {self._limit} allowed")
        with torch.no_grad():
            return save({"logits": self._logits(tokens).contiguous()})


def _checked(request: bytes, domain: Domain) -> Tensor:
    try:
        tokens = load(request)["tokens"]
    except Exception as error:
        raise InvalidQuery("not a safetensors frame with `tokens`") from error
    if tokens.dtype is not torch.int64 or tokens.ndim != 2 or tokens.shape[1] != domain.length:
        raise InvalidQuery(f"got {tokens.dtype} {tuple(tokens.shape)}, wanted int64 (batch, {domain.length})")
    if len(tokens) and (int(tokens.min()) < 0 or int(tokens.max()) >= domain.vocabulary):
        raise InvalidQuery(f"a token outside 0 ... {domain.vocabulary - 1}")
    return tokens
