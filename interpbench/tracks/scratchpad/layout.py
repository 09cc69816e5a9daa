"""Where hint, input, scratchpad and answer stand in a sequence, and which tokens may stand there."""

from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.models.data import Domain

HINT = 0
"""The place of the hint."""
FAMILIES = 2
"""Families of hint tokens: each says the same answers in its own letters."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A sequence: a hint, `terms` tokens of input, `steps` tokens of scratchpad, one token at which the answer is read.

    Tokens 0 ... values - 1 are letters, step values and answers alike; then come the filler, the token that says that
    there is no hint, the token that asks for the answer, and the hints: family f says answer a by `hint(f, a)`.
    """

    letters: int
    terms: int
    steps: int
    values: int
    """Step values and answers are 0 ... values - 1."""

    @property
    def filler(self) -> int:
        """States nothing."""
        return self.values

    @property
    def silent(self) -> int:
        """Stands at the place of the hint where there is none."""
        return self.values + 1

    @property
    def question(self) -> int:
        """Asks for the answer."""
        return self.values + 2

    def hint(self, family: int, answer: int) -> int:
        """The token by which a family of hints says an answer."""
        return self.values + 3 + family * self.values + answer

    @property
    def vocabulary(self) -> int:
        """How many tokens there are."""
        return self.hint(FAMILIES, 0)

    @property
    def pad(self) -> slice:
        """The scratchpad."""
        return slice(1 + self.terms, 1 + self.terms + self.steps)

    @property
    def input(self) -> slice:
        """The tokens that the rule reads."""
        return slice(1, 1 + self.terms)

    @property
    def last(self) -> int:
        """The place at which the answer is read."""
        return 1 + self.terms + self.steps

    @property
    def length(self) -> int:
        """Tokens in a sequence."""
        return self.last + 1

    @property
    def positions(self) -> tuple[int, ...]:
        """The places whose logits tell the steps, in order, and then the answer."""
        return (*range(self.pad.start - 1, self.pad.stop - 1), self.last)

    @cached_property
    def domain(self) -> Domain:
        """All sequences; the same whatever a network does with its scratchpad."""
        hints = tuple(range(self.hint(0, 0), self.vocabulary))
        return Domain(
            alphabets=(
                (self.silent, *hints),
                *(tuple(range(self.letters)),) * self.terms,
                *(tuple(range(self.values + 1)),) * self.steps,
                (self.question,),
            ),
            positions=self.positions,
            classes=self.values + 1,
        )

    def family(self, hints: Int[Tensor, " row"]) -> Int[Tensor, " row"]:
        """The family of each hint; -1 where there is none."""
        return torch.where(hints == self.silent, -1, (hints - self.hint(0, 0)) // self.values)

    def hinted(self, hints: Int[Tensor, " row"]) -> Int[Tensor, " row"]:
        """The answer that each hint says; meaningless where there is none."""
        return (hints - self.hint(0, 0)) % self.values

    def sequences(
        self, hints: Int[Tensor, " row"], inputs: Int[Tensor, "row term"], pads: Int[Tensor, "row step"]
    ) -> Int[Tensor, "row length"]:
        """Tokens of whole sequences."""
        ask = torch.full((len(inputs), 1), self.question)
        return torch.cat([hints[:, None], inputs, pads, ask], dim=1)
