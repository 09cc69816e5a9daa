"""What can be wrong with a theory, as text or on an input; every error knows its place."""

from typing import NamedTuple, Self

_WINDOW = 80  # characters of an excerpt: a line may be 20,000 long


class Place(NamedTuple):
    """Where in a text something stands; lines and columns count from 1, and (0, 0) is nowhere."""

    line: int
    column: int


NOWHERE = Place(0, 0)


class TheoryError(Exception):
    """Something is wrong with a theory.

    Attributes:
        message: what, in a sentence without the place.
        place: where.
        source: the whole text, where it is known.
    """

    def __init__(self, message: str, place: Place = NOWHERE, source: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.source = source

    def at(self, place: Place) -> Self:
        """The same error with its place, unless it has one."""
        if self.place == NOWHERE:
            self.place = place
        return self

    def __str__(self) -> str:
        if self.place == NOWHERE:
            return self.message
        head = f"line {self.place.line}, column {self.place.column}: {self.message}"
        marked = excerpt(self.source, self.place)
        return f"{head}\n{marked}" if marked else head


class InvalidTheory(TheoryError):
    """The text is not a theory.

    Attributes:
        got: what was found.
        allowed: what the language has in this place.
    """

    def __init__(self, got: str, allowed: str, place: Place = NOWHERE, source: str = "") -> None:
        super().__init__(f"got {got}; allowed: {allowed}", place, source)
        self.got = got
        self.allowed = allowed


class RunError(TheoryError):
    """A theory fails on an input."""


class LimitError(RunError):
    """The theory may mean something, but asks for more than is given."""


class FuelError(LimitError):
    """More steps than the caller allows."""


class ValueTooLarge(LimitError):
    """An integer with too many bits, a sequence nested too deeply, an answer that does not fit."""


class TypeFault(RunError):
    """An operation on values that it does not have: a sequence minus a number, a loop over a number."""


class IndexFault(RunError):
    """No element at this position."""


class DivisionByZero(RunError):
    """`//` or `%` by zero."""


class BadArgument(RunError):
    """A value out of an operation's domain: a negative shift or exponent, a step of zero, `max` of nothing."""


class UnpackFault(RunError):
    """A sequence does not have as many elements as there are names for them."""


class UnboundName(RunError):
    """A local variable is read before it is written."""


class NoReturn(RunError):
    """The end is reached without a `return`."""


def excerpt(source: str, place: Place) -> str:
    """The line with a caret below the place; empty where there is no such line."""
    lines = source.split("\n")
    if not 1 <= place.line <= len(lines):
        return ""
    line = "".join(c if " " <= c <= "~" else " " if c == "\t" else "?" for c in lines[place.line - 1])
    start = max(0, place.column - _WINDOW // 2)
    return f"    {line[start : start + _WINDOW]}\n    {' ' * (place.column - 1 - start)}^"
