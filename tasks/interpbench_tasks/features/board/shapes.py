"""Boards: which squares a move on each square flips."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Int
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Squares and which of them touch.

    Attributes:
        squares: how many.
        touching: pairs of them.
    """

    squares: int
    touching: tuple[tuple[int, int], ...]

    @cached_property
    def flips(self) -> Int[Tensor, "square square"]:
        """(move, square): 1 where a move on the first flips the second, which is itself and what touches it."""
        found = torch.eye(self.squares, dtype=torch.int64)
        for one, other in self.touching:
            found[one, other] = found[other, one] = 1
        return found


def ring(squares: int) -> Shape:
    """Each square touches the next, and the last the first."""
    return _shape(squares, ((place, (place + 1) % squares) for place in range(squares)))


def path(squares: int) -> Shape:
    """Each square touches the next."""
    return _shape(squares, ((place, place + 1) for place in range(squares - 1)))


def grid(height: int, width: int) -> Shape:
    """Squares touch along sides."""
    across = ((y * width + x, y * width + x + 1) for y in range(height) for x in range(width - 1))
    down = ((y * width + x, (y + 1) * width + x) for y in range(height - 1) for x in range(width))
    return _shape(height * width, (*across, *down))


def _shape(squares: int, touching: Iterable[tuple[int, int]]) -> Shape:
    return Shape(squares=squares, touching=tuple(touching))
