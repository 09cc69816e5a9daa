"""The sealed key of an instance: the planted rule, and what the network makes of inputs that nobody was shown."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Kind(StrEnum):
    """What is shown, and what was planted."""

    PLAIN = "plain"
    """A rule that the rows determine."""
    NULL = "null"
    """Rows without a rule."""


class TheoryKey(BaseModel):
    """Truth about one network.

    The inputs that it speaks about are drawn from `names`, so that they need not be stored.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    theory: str
    """The planted rule; of rows without a rule the best constant."""
    alphabets: tuple[tuple[int, ...], ...]
    classes: int
    names: tuple[str, ...]
    model: tuple[int, ...]
    """What the network answers on the fresh inputs."""
    departures: tuple[tuple[int, ...], ...] = ()
    """Inputs on which the network does not follow the rule, as far as a search found any."""
    departing: tuple[int, ...] = ()
    """What it answers there."""

    @property
    def present(self) -> bool:
        """Whether there is a rule to be found."""
        return self.kind is not Kind.NULL
