"""What is said on the query socket: a cell at tier `behaviour` asks, the parent answers and counts.

A request and a reply are the safetensors bytes of a single tensor each; framing is the channel's business.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from safetensors.torch import load, save
from torch import Tensor

from interpbench.models.data import Domain

CHUNK = 4096
"""Inputs that are answered at a time, however many one request holds: the parent must not run out of memory."""


class QueryBudgetError(RuntimeError):
    """More queries than the question allows."""


class InvalidQuery(ValueError):
    """A query that is not a batch of token sequences of the domain's length and vocabulary."""


def client(
    ask: Callable[[bytes], bytes],
) -> Callable[[Int[Tensor, "batch length"]], Float[Tensor, "batch answer k"]]:
    """The cell's side: a function from tokens to logits, over a channel that carries bytes."""

    def logits(tokens: Int[Tensor, "batch length"]) -> Float[Tensor, "batch answer k"]:
        reply: Tensor = load(ask(save({"tokens": tokens.contiguous()})))["logits"]
        return reply

    return logits


@dataclass(frozen=True, kw_only=True)
class Served:
    """What a question puts behind the query socket.

    Attributes:
        logits: the subject.
        domain: where inputs come from.
        queries: inputs that may be asked; None where only the method's own limit counts.
    """

    logits: Callable[[Int[Tensor, "batch length"]], Float[Tensor, "batch answer k"]]
    domain: Domain
    queries: int | None = None


class Server:
    """The parent's side: checks, counts and answers.

    Args:
        served: subject and domain; tokens must lie in its vocabulary and have its length, but not in the domain itself.
        limit: queries (inputs, not requests) allowed.
    """

    def __init__(self, served: Served, limit: int) -> None:
        self._logits = served.logits
        self._domain = served.domain
        self._limit = limit if served.queries is None else min(limit, served.queries)
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
            parts = [self._logits(part) for part in torch.split(tokens, CHUNK)] or [self._logits(tokens)]
            return save({"logits": torch.cat(parts)})


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
