"""What passes between a method and a language model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, kw_only=True)
class Message:
    """One turn of a conversation."""

    role: Literal["user", "assistant"]
    text: str


class Speaker(Protocol):
    """A language model that continues conversations."""

    def __call__(self, messages: Sequence[Message], /) -> str:
        """Its next message; empty where it had nothing to say that could be read."""
        ...
