"""The state of one run of the interpreter, and what the pieces of a compiled theory look like."""

from collections.abc import Callable

from interpbench.theory.errors import FuelError
from interpbench.theory.operations import Value


class Frame:
    """The state of one run.

    Attributes:
        fuel: steps left.
        values: of variables, by their numbers; None while unbound.
        taken: bit 2k for conditional k when false, 2k + 1 when true.
    """

    __slots__ = ("fuel", "taken", "values")

    def __init__(self, fuel: int, variables: int) -> None:
        self.fuel = fuel
        self.values: list[Value] = [None] * variables
        self.taken = 0

    def spend(self, steps: int) -> None:
        """Raises FuelError when there are no steps left."""
        self.fuel -= steps
        if self.fuel < 0:
            raise FuelError("more steps than the fuel allows")


Code = Callable[[Frame], Value]
Write = Callable[[Frame, Value], None]
Signal = str | tuple[Value]
"""Why a block ends early: `break`, `continue`, or the value that it returns, in a tuple."""
Step = Callable[[Frame], Signal | None]
