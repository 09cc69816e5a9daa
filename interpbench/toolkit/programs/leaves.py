"""The programs that are not made of others: constants, tokens, and what is read off a span."""

from collections.abc import Iterator

from jaxtyping import Int
from numpy import ndarray

from interpbench.toolkit.programs.syntax import TO_ANSWER, Examples, Program


def leaves(examples: Examples, answers: Int[ndarray, " example"]) -> Iterator[Program]:
    """All leaves for these examples.

    Constants run up to the number of symbols, of classes, or of positions, whichever is largest. Spans are the whole
    input, its beginnings and its ends, and, where answers are read at several positions, what came up to the answer.
    """
    length = examples.tokens.shape[1]
    symbols = int(examples.tokens.max()) + 1
    yield from (Program("token", numbers=(position,)) for position in range(length))
    if examples.several:
        yield Program("t")
        yield from (Program("back", numbers=(steps,)) for steps in range(length))
    largest = max(symbols, int(answers.max()) + 1, length)
    yield from (Program("const", numbers=(number,)) for number in range(largest + 1))
    spans = [(0, stop) for stop in range(length, 1, -1)] + [(start, length) for start in range(1, length - 1)]
    spans = [(0, TO_ANSWER), *spans] if examples.several else spans
    for op in ("sum", "largest", "smallest"):
        yield from (Program(op, numbers=span) for span in spans)
    for symbol in range(symbols):
        yield from (Program("count", numbers=(*span, symbol)) for span in spans)
