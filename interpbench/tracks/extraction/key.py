"""The sealed key of an instance: the planted rule, and what the network makes of inputs that nobody was shown."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

Token = tuple[int, ...]


class Kind(StrEnum):
    """What is shown, and what was planted."""

    PLAIN = "plain"
    """A rule that the rows determine."""
    NULL = "null"
    """Rows without a rule."""
    DATA_ONLY = "data_only"
    """The rows of a plain rule, without the network."""
    MODEL_ONLY = "model_only"
    """The network of a plain rule, without rows."""
    TWIST_COMMON = "twist_common"
    """Several rules fit all rows and differ on a good part of the domain."""
    TWIST_RARE = "twist_rare"
    """The same, and they differ on few inputs."""
    GUARDED_FEW = "guarded_few"
    """A rare branch, and too few queries to meet it by luck."""
    GUARDED_MANY = "guarded_many"
    """A rare branch, and enough queries."""


PLAIN = (Kind.PLAIN, Kind.DATA_ONLY, Kind.MODEL_ONLY)
"""Rules that are scored on the whole domain."""
TWIST = (Kind.TWIST_COMMON, Kind.TWIST_RARE)
GUARDED = (Kind.GUARDED_FEW, Kind.GUARDED_MANY)


class TheoryKey(BaseModel):
    """Truth about one network.

    The inputs that it speaks about are drawn from `names`, so that they need not be stored, but for those that are
    tedious to find.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    theory: str
    """The planted rule; of rows without a rule the best constant."""
    alphabets: tuple[tuple[int, ...], ...]
    classes: int
    names: tuple[str, ...]
    model: tuple[int, ...]
    """What the network answers on the fresh inputs, or on the first of them."""
    rivals: tuple[str, ...] = ()
    """All rules of the grammar that fit the shown rows, the planted one among them; of twists alone."""
    apart: tuple[Token, ...] = ()
    """Inputs on which not all of them agree."""
    guard: tuple[tuple[int, int], ...] = ()
    """(position, token): what the rare branch asks for."""
    departures: tuple[Token, ...] = ()
    """Inputs on which the network does not follow the rule, as far as a search found any."""
    departing: tuple[int, ...] = ()
    """What it answers there."""

    @property
    def present(self) -> bool:
        """Whether there is a rule to be found."""
        return self.kind is not Kind.NULL
