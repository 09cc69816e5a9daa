"""Programs over a token sequence: integer expressions, evaluated on all examples at once.

Every value is an integer, truth is 0 or 1, and every operation is total, so that no program fails on any input:

    e ::= c                        constant
        | x[c]                     token at a position
        | t | x[t - c]             position of the answer, token so many places before it (wrapping around)
        | f(x[c:c])                f = sum, min, max over a span, or the count of a symbol in it
        | x[e]                     token at a computed position (modulo the length)
        | e + e | e - e | e * e | e // c | e % c
        | e == e | e != e | e < e
        | min(e, e) | max(e, e)    `and` and `or` of truths; != is their `xor`, == 0 their `not`
        | e if e else e
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

Values = Int[np.ndarray, " example"]

TO_ANSWER = -1
"""End of a span that reaches up to the answer's own position, with it."""

BINARY: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "%": np.mod,
    "+": np.add,
    "!=": np.not_equal,
    "-": np.subtract,
    "*": np.multiply,
    "==": np.equal,
    "<": np.less,
    "//": np.floor_divide,
    "max": np.maximum,
    "min": np.minimum,
}
"""Operations on two values, in the order in which programs of one size are tried."""
COMMUTATIVE = frozenset({"+", "!=", "*", "==", "max", "min"})
ARITY: Mapping[str, int] = {"at": 1, "if": 3} | dict.fromkeys(BINARY, 2)
"""Operands that are programs, by operation; leaves have none."""
BY_CONSTANT = frozenset({"%", "//"})
"""Their right side is a constant above 0."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Examples:
    """Inputs, each with the position at which an answer is read: one example an answer.

    Attributes:
        tokens: (example, length).
        places: (example,) the answer's position.
    """

    tokens: Int[np.ndarray, "example length"]
    places: Values

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, index: np.ndarray) -> "Examples":
        return Examples(tokens=self.tokens[index], places=self.places[index])

    @property
    def several(self) -> bool:
        """Whether answers are read at more than one position."""
        return bool((self.places != self.places[0]).any())


def examples_of(tokens: Int[np.ndarray, "row length"], positions: tuple[int, ...]) -> Examples:
    """One example for each row and answer position, the answers of a row behind each other."""
    return Examples(
        tokens=np.repeat(tokens, len(positions), axis=0).astype(np.int64),
        places=np.tile(np.array(positions, dtype=np.int64), len(tokens)),
    )


@dataclass(frozen=True)
class Program:
    """A syntax tree.

    Attributes:
        op: `const`, `token`, `t`, `back`, `sum`, `smallest`, `largest`, `count`, `at`, `if`, or a key of `BINARY`.
        parts: operands that are programs; of `if` the condition, then both branches.
        numbers: the constant, the position, or start and end of a span (and the symbol to count).
    """

    op: str
    parts: tuple["Program", ...] = ()
    numbers: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Syntax nodes: an operation, a constant, a token at a fixed place and a span are one each."""
        own = {"sum": 2, "smallest": 2, "largest": 2, "count": 3}.get(self.op, 1)
        return own + sum(part.size for part in self.parts)

    def __str__(self) -> str:
        """As Python would write it.

        >>> x = [Program("token", numbers=(i,)) for i in range(2)]
        >>> print(Program("%", (Program("+", (x[0], x[1])), Program("const", numbers=(7,)))))
        ((x[0] + x[1]) % 7)
        """
        match self.op, self.parts, self.numbers:
            case "const", _, (number,):
                return str(number)
            case "token", _, (position,):
                return f"x[{position}]"
            case "t", _, _:
                return "t"
            case "back", _, (steps,):
                return f"x[t - {steps}]" if steps else "x[t]"
            case "count", _, (start, stop, symbol):
                return f"{_span(start, stop)}.count({symbol})"
            case ("sum" | "smallest" | "largest") as op, _, (start, stop):
                return f"{ {'sum': 'sum', 'smallest': 'min', 'largest': 'max'}[op] }({_span(start, stop)})"
            case "at", (index,), _:
                return f"x[{index}]"
            case "if", (condition, then, other), _:
                return f"({then} if {condition} else {other})"
            case ("min" | "max") as op, (left, right), _:
                return f"{op}({left}, {right})"
            case op, (left, right), _:
                return f"({left} {op} {right})"
        raise ValueError(f"no program: {self.op} with {len(self.parts)} parts and numbers {self.numbers}")


def _span(start: int, stop: int) -> str:
    return f"x[{start or ''}:{'t + 1' if stop == TO_ANSWER else stop}]"


def evaluate(program: Program, examples: Examples) -> Values:
    """The program's value on every example, as int64.

    Raises:
        ValueError: an operation that the language does not have.
    """
    tokens, places = examples.tokens, examples.places
    row = np.arange(len(tokens))
    length = tokens.shape[1]
    parts = [evaluate(part, examples) for part in program.parts]
    match program.op, program.numbers:
        case "const", (number,):
            return np.full(len(tokens), number, dtype=np.int64)
        case "token", (position,):
            return tokens[:, position]
        case "t", _:
            return places
        case "back", (steps,):
            return np.asarray(tokens[row, (places - steps) % length])
        case (("sum" | "smallest" | "largest" | "count"), (start, stop, *symbol)):
            return _aggregate(program.op, examples, start, stop, symbol)
        case "at", _:
            return np.asarray(tokens[row, parts[0] % length])
        case "if", _:
            return np.where(parts[0] != 0, parts[1], parts[2])
        case op, _ if op in BINARY:
            return BINARY[op](*parts).astype(np.int64)
    raise ValueError(f"no operation {program.op!r} with numbers {program.numbers}")


def _aggregate(op: str, examples: Examples, start: int, stop: int, symbol: list[int]) -> Values:
    """Over a span with at least one token; where it reaches to the answer, its end differs between examples."""
    tokens = examples.tokens
    place = np.arange(tokens.shape[1])
    ends = examples.places[:, None] + 1 if stop == TO_ANSWER else stop
    inside = (place >= start) & (place < ends) & np.ones(tokens.shape, dtype=bool)
    if op == "count":
        return np.asarray(((tokens == symbol[0]) & inside).sum(axis=1))
    if op == "sum":
        return np.asarray(np.where(inside, tokens, 0).sum(axis=1))
    if op == "smallest":
        return np.asarray(np.where(inside, tokens, tokens.max()).min(axis=1))
    return np.asarray(np.where(inside, tokens, tokens.min()).max(axis=1))


def predictions(
    program: Program, tokens: Int[np.ndarray, "row length"], positions: tuple[int, ...]
) -> Int[np.ndarray, "row answer"]:
    """The program's answers, as a network would give them."""
    return evaluate(program, examples_of(tokens, positions)).reshape(len(tokens), len(positions))
