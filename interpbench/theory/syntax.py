"""The syntax tree of a theory. Nodes are equal when they mean the same text; their places do not count.

Some of Python's forms are others written shorter, and have no node: `a += e` is `a = a + e`, `a = b = e` is two
assignments, `[...]` and `list(...)` are tuples, `pass` is nothing, `-3` is a number.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any, cast

from interpbench.theory.errors import NOWHERE, Place

FUNCTIONS: dict[str, tuple[int, int | None]] = {
    "abs": (1, 1),
    "all": (1, 1),
    "any": (1, 1),
    "bool": (1, 1),
    "enumerate": (1, 1),
    "int": (1, 1),
    "len": (1, 1),
    "max": (1, None),
    "min": (1, None),
    "range": (1, 3),
    "sorted": (1, 1),
    "sum": (1, 1),
    "tuple": (1, 1),
    "zip": (1, None),
}
"""The functions of the language with the least and the largest number of arguments."""
CONSUMERS = frozenset({"all", "any", "max", "min", "sorted", "sum", "tuple"})
"""Functions that may have a generator as their only argument."""
BINARY = ("+", "-", "*", "//", "%", "**", "<<", ">>", "&", "|", "^")
UNARY = ("-", "+", "~", "not")
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in", "not in")


@dataclass(frozen=True, slots=True)
class Node:
    """Part of a theory.

    Attributes:
        place: where it stands in the text that it was parsed from.
    """

    place: Place = field(default=NOWHERE, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Number(Node):
    """An integer or a truth value written out."""

    value: int


@dataclass(frozen=True, slots=True)
class Name(Node):
    """The parameter or a variable, read or written."""

    name: str


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`-e`, `+e`, `~e`, `not e`."""

    op: str
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """`left op right`, an operation of `BINARY`."""

    op: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """`first op[0] rest[0] op[1] rest[1] ...`, which stops at the first that does not hold."""

    first: "Expression"
    ops: tuple[str, ...]
    rest: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """`and` or `or` of at least two parts; the value is that of the part which decides."""

    op: str
    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """`then if condition else other`."""

    condition: "Expression"
    then: "Expression"
    other: "Expression"


@dataclass(frozen=True, slots=True)
class Display(Node):
    """A sequence written out: `(a, b)`."""

    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`sequence[index]`."""

    sequence: "Expression"
    index: "Expression"


@dataclass(frozen=True, slots=True)
class Slice(Node):
    """`sequence[lower:upper:step]`."""

    sequence: "Expression"
    lower: "Expression | None"
    upper: "Expression | None"
    step: "Expression | None"


@dataclass(frozen=True, slots=True)
class Call(Node):
    """One of `FUNCTIONS` on its arguments."""

    function: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Clause(Node):
    """`for target in source if condition if condition ...` of a comprehension."""

    target: "Target"
    source: "Expression"
    conditions: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Comprehension(Node):
    """`[element for ...]`, or, where `lazy`, a generator: `any` and `all` stop in the middle of one."""

    element: "Expression"
    clauses: tuple[Clause, ...]
    lazy: bool


@dataclass(frozen=True, slots=True)
class Pattern(Node):
    """Targets that a sequence is unpacked to: `a, (b, c)`."""

    parts: tuple["Target", ...]


@dataclass(frozen=True, slots=True)
class Assign(Node):
    """`target = value`."""

    target: "Target"
    value: "Expression"


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if condition: then else: other`; either block may be empty."""

    condition: "Expression"
    then: "Block"
    other: "Block"


@dataclass(frozen=True, slots=True)
class For(Node):
    """`for target in source: body`."""

    target: "Target"
    source: "Expression"
    body: "Block"


@dataclass(frozen=True, slots=True)
class Break(Node):
    """`break`."""


@dataclass(frozen=True, slots=True)
class Continue(Node):
    """`continue`."""


@dataclass(frozen=True, slots=True)
class Return(Node):
    """`return value`."""

    value: "Expression"


Expression = (
    Number | Name | Unary | Binary | Comparison | Logic | Choice | Display | Index | Slice | Call | Comprehension
)
Target = Name | Pattern
Statement = Assign | If | For | Break | Continue | Return
Block = tuple[Statement, ...]


def parts(node: Node) -> Iterator[Node]:
    """The nodes right below a node, in the order of the text."""
    for each in fields(node):
        value = getattr(node, each.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (part for part in value if isinstance(part, Node))


def mapped(node: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """An expression other than a comprehension, with its parts changed."""
    changed: dict[str, Any] = {}
    for each in fields(node):
        value = getattr(node, each.name)
        if isinstance(value, Node):
            changed[each.name] = change(cast(Expression, value))
        elif isinstance(value, tuple) and value and isinstance(value[0], Node):
            changed[each.name] = tuple(change(part) for part in value)
    return replace(node, place=NOWHERE, **changed)


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it, in the order of the text."""
    yield node
    for part in parts(node):
        yield from walk(part)


def names_of(target: Target) -> tuple[str, ...]:
    """The variables that a target writes."""
    if isinstance(target, Name):
        return (target.name,)
    return tuple(name for part in target.parts for name in names_of(part))


def written(block: Block) -> Iterator[str]:
    """The variables that statements write; those of comprehensions are their own."""
    for statement in block:
        match statement:
            case Assign(target):
                yield from names_of(target)
            case If(_, then, other):
                yield from written(then)
                yield from written(other)
            case For(target, _, body):
                yield from names_of(target)
                yield from written(body)


def cost(node: Node) -> int:
    """Steps of an expression: its nodes, but for those of comprehensions, which cost by the round."""
    if isinstance(node, Comprehension):
        return 1 + cost(node.clauses[0].source)
    return 1 + sum(cost(part) for part in parts(node))


def conditionals(body: Block) -> tuple[If | Choice, ...]:
    """Every `if` of a theory, statement or expression, in the order of the text (of `Choice`: condition first)."""
    return tuple(node for statement in body for node in walk(statement) if isinstance(node, If | Choice))
