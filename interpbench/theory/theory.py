"""A theory: one function of a token sequence, as a syntax tree that can be run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Int

from interpbench.theory import batch, interpreter
from interpbench.theory.answers import Answer, Answers
from interpbench.theory.limits import FUEL
from interpbench.theory.printer import unparse
from interpbench.theory.syntax import Block, Choice, If, conditionals


@dataclass(frozen=True, kw_only=True)
class Theory:
    """A rule that somebody wrote down. Theories are equal when their syntax trees are.

    Attributes:
        name: of the function.
        parameter: the variable that holds the input.
        body: the statements.
        source: the text that it was parsed from, for errors; empty where there is none.
    """

    name: str
    parameter: str
    body: Block
    source: str = field(default="", compare=False, repr=False)

    def run(self, x: Sequence[int], fuel: int = FUEL) -> Answer:
        """The answer on one input.

        Args:
            x: tokens, integers of at most 64 bits.
            fuel: steps that it may take; a node is a step, and so is every element of every sequence that it makes.

        Raises:
            RunError: it fails; subclasses say how.

        >>> from interpbench.theory import parse
        >>> parse("def rule(x): return [v * v for v in x if v % 2]").run((3, 4, 5))
        (9, 25)
        """
        return self._program.run(tuple(int(token) for token in x), fuel)

    def run_many(self, tokens: Int[np.ndarray, "input length"], fuel: int = FUEL) -> Answers:
        """The answers on many inputs of one length: what `run` says for each, failures included, but fast.

        Args:
            tokens: integers of at most 64 bits.
            fuel: for each input.

        Raises:
            ValueError: not an array of integers with two axes.
        """
        return batch.run_many(self, self._program, tokens, fuel)

    @cached_property
    def conditionals(self) -> tuple[If | Choice, ...]:
        """Every `if`, statement or expression, in the order of the text; `Answers.taken` has two columns for each."""
        return conditionals(self.body)

    @cached_property
    def _program(self) -> interpreter.Program:
        return interpreter.Program(self.parameter, self.body, self.conditionals, self.source)

    def __str__(self) -> str:
        return unparse(self)
