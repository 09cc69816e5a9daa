"""What keeps a bundle from being taken: problems, of which the first are told and the others counted."""

from collections.abc import Iterable
from typing import Any

from interpbench.tracks.instance import Problem

KEPT = 100
"""Problems that are kept: a small file can have millions, and nobody reads more."""
LONGEST = 600
"""Characters of a problem: it may quote what a stranger wrote."""
QUOTED = 120
"""Characters of a value in a message."""


class SubmissionError(ValueError):
    """A bundle cannot be made or read; the message says why and how to mend it."""


class Refused(SubmissionError):
    """A bundle has faults.

    Args:
        problems: all that were found before reading on made no sense.
    """

    def __init__(self, problems: "Iterable[Problem] | Problems") -> None:
        found = problems if isinstance(problems, Problems) else Problems(problems)
        shown = found.told
        super().__init__("; ".join(map(str, shown[:3])) + (f" (and {found.count - 3} more)" * (found.count > 3)))
        self.problems = shown


class Problems:
    """Problems as they are found.

    Attributes:
        count: of all, those included that are not kept.

    Args:
        problems: to begin with.
    """

    def __init__(self, problems: Iterable[Problem] = ()) -> None:
        self._kept: list[Problem] = []
        self.count = 0
        self.extend(problems)

    def add(self, where: str, what: str) -> None:
        """One more."""
        self.count += 1
        if self.count <= KEPT:
            self._kept.append(Problem(where=_short(where), what=_short(what)))

    def extend(self, problems: Iterable[Problem]) -> None:
        """Some more."""
        for problem in problems:
            self.add(problem.where, problem.what)

    def refusal(self) -> Refused:
        """The error that tells them."""
        return Refused(self)

    @property
    def told(self) -> list[Problem]:
        """The first ones, and how many there are beside them."""
        more = self.count - len(self._kept)
        return [*self._kept, *([Problem(where="and", what=f"{more:,} more problems")] if more else [])]


def quoted(value: Any) -> str:
    """What a stranger wrote, in a message: as Python shows it, and not all of it if it is long."""
    text = repr(value)
    return text if len(text) <= QUOTED else f"{text[: QUOTED - 3]}..."


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text):,} characters)"
