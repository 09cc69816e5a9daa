"""One input at a time: the tree becomes nested Python functions, which count every step.

This is what a theory means. The other path, for many inputs at once, has to agree with it.

Steps: a statement costs one and the nodes of its expressions, on reaching it; a comprehension costs its element and
conditions again in each round; a loop costs one a round; a sequence costs its elements (and theirs) on being made, and
again on being compared, searched, summed; sorting costs them times the logarithm.
"""

from dataclasses import dataclass
from functools import cached_property

from interpbench.theory import syntax
from interpbench.theory.answers import Answer
from interpbench.theory.compiler import Compiler
from interpbench.theory.errors import NoReturn, RunError, TypeFault, ValueTooLarge
from interpbench.theory.frame import Frame, Step
from interpbench.theory.limits import ANSWER, LITERAL
from interpbench.theory.operations import Value
from interpbench.theory.syntax import Block


@dataclass(frozen=True, eq=False)
class Program:
    """A theory made ready to run.

    Attributes:
        parameter: the variable that holds the input.
        body: the statements.
        conditionals: all of them, in the order in which they are numbered.
        source: text for errors.
    """

    parameter: str
    body: Block
    conditionals: tuple[syntax.If | syntax.Choice, ...]
    source: str

    @cached_property
    def _compiled(self) -> tuple[Step, Compiler]:
        compiler = Compiler(self.parameter, self.body, self.conditionals)
        return compiler.block(self.body), compiler

    def run(self, x: tuple[int, ...], fuel: int) -> Answer:
        """The answer on one input; RunError where it fails."""
        answer, _, error = self.follow(x, fuel)
        if error is not None:
            error.source = self.source
            raise error
        return answer

    def follow(self, x: tuple[int, ...], fuel: int) -> tuple[Answer, int, RunError | None]:
        """The answer (0 where it fails), what conditionals came to, and the error."""
        step, compiler = self._compiled
        frame = Frame(fuel, compiler.variables)
        frame.values[0] = x
        try:
            signal = step(frame)
            if type(signal) is not tuple:
                raise NoReturn("the end is reached without a return")
            return answered(signal[0]), frame.taken, None
        except RunError as error:
            return 0, frame.taken, error


def answered(value: Value) -> Answer:
    """A value as an answer.

    Raises:
        TypeFault: sequences in a sequence.
        ValueTooLarge: an integer beyond 64 bits, a sequence longer than `ANSWER`.
    """
    items = value if type(value) is tuple else (value,)
    if len(items) > ANSWER:
        raise ValueTooLarge(f"an answer of {len(items)} elements, at most {ANSWER} are allowed")
    for item in items:
        if type(item) is tuple:
            raise TypeFault("an answer with a sequence in a sequence, wanted an integer or integers")
        if not -LITERAL <= item < LITERAL:
            raise ValueTooLarge("an answer of more than 64 bits")
    return tuple(map(int, items)) if type(value) is tuple else int(value)
