"""What narrows a search: knowledge of the rule that rows do not show, read from a network for instance."""

from dataclasses import dataclass

OPERATIONS = ("arithmetic", "statistics", "linear", "literals", "folds", "automata", "choices")
"""Families of expressions, which are the solvers."""


@dataclass(frozen=True, kw_only=True)
class Hints:
    """Each one is None where nothing is known.

    Attributes:
        positions: all that matter.
        modulus: the one by which remainders are taken.
        classes: (letter,) the class of each letter, from 0; letters of a class are exchangeable.
        operations: of `OPERATIONS`, those that the rule may have.
    """

    positions: tuple[int, ...] | None = None
    modulus: int | None = None
    classes: tuple[int, ...] | None = None
    operations: frozenset[str] | None = None

    def __post_init__(self) -> None:
        """Names what is unknown."""
        unknown = sorted((self.operations or frozenset()) - set(OPERATIONS))
        if unknown:
            raise ValueError(f"no operations {', '.join(unknown)}; there are {', '.join(OPERATIONS)}")
        if self.modulus is not None and self.modulus < 2:
            raise ValueError(f"modulus {self.modulus}, wanted at least 2")
        if self.positions is not None and (not self.positions or min(self.positions) < 0):
            raise ValueError(f"positions {self.positions}: wanted some, from 0")

    def moduli(self, least: int, most: int) -> range:
        """The moduli to try."""
        return range(least, most + 1) if self.modulus is None else range(self.modulus, self.modulus + 1)

    def allows(self, operation: str) -> bool:
        """Whether expressions of a family may occur."""
        return self.operations is None or operation in self.operations
