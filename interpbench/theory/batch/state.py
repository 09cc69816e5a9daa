"""Which inputs are still running, and what became of the others."""

from typing import Never

import numpy as np

from interpbench.theory.batch.values import Mask, Seq, Truth
from interpbench.theory.limits import DEPTH

SLOTS = 8192
"""Of all sequences that are made: with `CHUNK` inputs and 8 bytes each, a quarter of a gigabyte."""


class Dead(Exception):
    """No input of the mask goes on: what is being computed for them need not be."""


class State:
    """A share of the inputs on their way through a theory.

    Attributes:
        inputs: how many.
        live: those that still run.
        failed: those that certainly fail.
        unsure: those that the interpreter has to decide, such as where 64 bits do not suffice.
        fuel: steps left, counted for an input that takes every branch; when they are used up, every input is unsure.
    """

    def __init__(self, inputs: int, fuel: int) -> None:
        self.inputs = inputs
        self.live: Mask = np.ones(inputs, dtype=bool)
        self.failed: Mask = np.zeros(inputs, dtype=bool)
        self.unsure: Mask = np.zeros(inputs, dtype=bool)
        self.fuel = fuel
        self._slots = SLOTS

    def retire(self, mask: Mask) -> None:
        """These have their answer."""
        self.live = self.live & ~mask

    def need(self, mask: Mask) -> None:
        """Raises Dead if none of the mask is alive."""
        if not (mask & self.live).any():
            raise Dead

    def fail(self, mask: Mask) -> Never:
        """All of the mask fail."""
        self.failed = self.failed | (mask & self.live)
        self.retire(mask)
        raise Dead

    def give_up(self, mask: Mask) -> Never:
        """All of the mask are for the interpreter."""
        self.doubt(mask)
        raise Dead

    def fail_where(self, mask: Mask, bad: Truth) -> None:
        """Some of the mask may fail; Dead if all do."""
        if isinstance(bad, bool):
            if bad:
                self.fail(mask)
            return
        hit = mask & bad & self.live
        if hit.any():
            self.failed = self.failed | hit
            self.retire(hit)
            self.need(mask)

    def doubt(self, mask: Mask) -> None:
        """These are for the interpreter."""
        self.unsure = self.unsure | (mask & self.live)
        self.retire(mask)

    def doubt_where(self, mask: Mask, bad: Mask) -> None:
        """Some of the mask may be for the interpreter; Dead if all are."""
        hit = mask & bad & self.live
        if hit.any():
            self.doubt(hit)
            self.need(mask)

    def spend(self, steps: int) -> None:
        """Counts steps."""
        self.fuel -= steps
        if self.fuel < 0:
            self.give_up(self.live)

    def made(self, value: Seq, mask: Mask) -> Seq:
        """A new sequence, paid for."""
        weight = self.weigh(value, mask)
        self._slots -= weight
        if self._slots < 0:
            self.give_up(self.live)
        self.spend(weight)
        return value

    def weigh(self, value: Seq, mask: Mask, levels: int = DEPTH) -> int:
        """Slots of a sequence and of all in it, at least as many as any input's sequence has elements."""
        if not levels:
            self.give_up(mask)
        total = len(value.items)
        for item in value.items:
            if isinstance(item, Seq):
                total += self.weigh(item, mask, levels - 1)
                if total > self.fuel:
                    self.give_up(mask)
        return total
