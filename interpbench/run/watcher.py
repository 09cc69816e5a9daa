"""Who looks on while answers are judged."""

from typing import Protocol


class Watcher(Protocol):
    """Is told how judging goes: deriving keys, and what is done with them, takes minutes."""

    def expect(self, instances: int) -> None:
        """So many more will be judged."""

    def ended(self, instances: int) -> None:
        """So many more have been judged, or need not be."""


class Unwatched:
    """Nobody looks on."""

    def expect(self, instances: int) -> None:
        """Nothing."""

    def ended(self, instances: int) -> None:
        """Nothing."""


UNWATCHED = Unwatched()
