"""What kind of value an expression has if it has one, and whether it surely has one.

Sequences may be concatenated where integers are added; so a sum may only be rearranged where its terms are known to be
integers. Limits are left aside: whoever asks "can this fail?" asks about everything but fuel and size.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce

from interpbench.theory import syntax
from interpbench.theory.syntax import Block, Clause, Expression, Target

_ROUNDS = 12
_DEPTH = 4


@dataclass(frozen=True)
class Kind:
    """A kind of value.

    Attributes:
        shape: `int`; `seq`, of any length, with elements of one kind; `row`, of known elements; `any`, nothing known;
            `none`, no value seen yet.
        parts: of `seq` the kind of elements, of `row` each element's.
    """

    shape: str
    parts: tuple["Kind", ...] = ()

    @property
    def is_sequence(self) -> bool:
        """Whether it surely is one."""
        return self.shape in ("seq", "row")

    @property
    def element(self) -> "Kind":
        """What a loop over it gives."""
        return reduce(join, self.parts, NONE) if self.is_sequence else ANY

    @property
    def depth(self) -> int:
        """Levels of sequences."""
        return 1 + max((part.depth for part in self.parts), default=0)


INT, ANY, NONE = Kind("int"), Kind("any"), Kind("none")
Kinds = Mapping[str, Kind]


def join(first: Kind, second: Kind) -> Kind:
    """The kind of a value that has one or the other."""
    if first == second or second == NONE:
        return first
    if first == NONE:
        return second
    if not (first.is_sequence and second.is_sequence):
        return ANY
    if first.shape == second.shape == "row" and len(first.parts) == len(second.parts):
        return Kind("row", tuple(map(join, first.parts, second.parts)))
    return Kind("seq", (join(first.element, second.element),))


def kind_of(node: Expression, kinds: Kinds) -> Kind:
    """The kind of an expression's value, given those of variables."""
    kind = _kind(node, kinds)
    return ANY if kind.depth > _DEPTH else kind


def _kind(node: Expression, kinds: Kinds) -> Kind:
    match node:
        case syntax.Name(name):
            return kinds.get(name, ANY)
        case syntax.Binary("+", left, right):
            return _sum(kind_of(left, kinds), kind_of(right, kinds))
        case syntax.Binary("*", left, right):
            first, second = kind_of(left, kinds), kind_of(right, kinds)
            for one in (first, second):
                if one.is_sequence:
                    return Kind("seq", (one.element,))
            return INT if first == second == INT else ANY
        case syntax.Logic(_, parts):
            return reduce(join, [kind_of(part, kinds) for part in parts])
        case syntax.Choice(_, then, other):
            return join(kind_of(then, kinds), kind_of(other, kinds))
        case syntax.Display(items):
            return Kind("row", tuple(kind_of(item, kinds) for item in items))
        case syntax.Index(items, place):
            return _element(kind_of(items, kinds), place)
        case syntax.Slice(items):
            sliced = kind_of(items, kinds)
            return Kind("seq", (sliced.element,)) if sliced.is_sequence else ANY
        case syntax.Call(name, arguments):
            return _called(name, arguments, kinds)
        case syntax.Comprehension(element, clauses):
            for clause in clauses:
                kinds = inside(clause, kinds)
            return Kind("seq", (kind_of(element, kinds),))
    return INT


def _sum(first: Kind, second: Kind) -> Kind:
    if INT in (first, second):
        return INT
    if first.is_sequence or second.is_sequence:
        both = [kind.element for kind in (first, second) if kind.is_sequence]
        return Kind("seq", (reduce(join, both) if len(both) == 2 else ANY,))
    return ANY


def _element(items: Kind, place: Expression) -> Kind:
    size = len(items.parts)
    if items.shape == "row" and isinstance(place, syntax.Number) and -size <= place.value < size:
        return items.parts[place.value]
    return items.element


def _called(name: str, arguments: tuple[Expression, ...], kinds: Kinds) -> Kind:
    given = [kind_of(argument, kinds) for argument in arguments]
    match name:
        case "range":
            return Kind("seq", (INT,))
        case "sorted" | "tuple":
            return Kind("seq", (given[0].element,))
        case "enumerate":
            return Kind("seq", (Kind("row", (INT, given[0].element)),))
        case "zip":
            return Kind("seq", (Kind("row", tuple(kind.element for kind in given)),))
        case "min" | "max":
            return given[0].element if len(given) == 1 else reduce(join, given)
    return INT


def bind(target: Target, kind: Kind) -> dict[str, Kind]:
    """What a target's variables are after a value of this kind was written."""
    if isinstance(target, syntax.Name):
        return {target.name: kind}
    parts = kind.parts if kind.shape == "row" and len(kind.parts) == len(target.parts) else None
    found: dict[str, Kind] = {}
    for number, part in enumerate(target.parts):
        found |= bind(part, parts[number] if parts else kind.element)
    return found


def inside(clause: Clause, kinds: Kinds) -> Kinds:
    """Kinds behind a clause of a comprehension."""
    return {**kinds, **bind(clause.target, kind_of(clause.source, kinds).element)}


def variables(parameter: str, body: Block) -> Kinds:
    """Kinds of a theory's variables, whichever path was taken."""
    kinds: dict[str, Kind] = dict.fromkeys(syntax.written(body), NONE) | {parameter: Kind("seq", (INT,))}
    for _ in range(_ROUNDS):
        before = dict(kinds)
        _visit(body, kinds)
        if kinds == before:
            return {name: ANY if kind == NONE else kind for name, kind in kinds.items()}
    return {}


def _visit(block: Block, kinds: dict[str, Kind]) -> None:
    for statement in block:
        match statement:
            case syntax.Assign(target, value):
                _widen(kinds, bind(target, kind_of(value, kinds)))
            case syntax.If(_, then, other):
                _visit(then, kinds)
                _visit(other, kinds)
            case syntax.For(target, source, inner):
                _widen(kinds, bind(target, kind_of(source, kinds).element))
                _visit(inner, kinds)


def _widen(kinds: dict[str, Kind], found: Mapping[str, Kind]) -> None:
    for name, kind in found.items():
        kinds[name] = join(kinds.get(name, NONE), kind)


@dataclass(frozen=True, kw_only=True)
class Context:
    """What is known at a place of a theory.

    Attributes:
        kinds: of variables.
        bound: variables that surely have a value.
    """

    kinds: Kinds
    bound: frozenset[str]

    def knows(self, *names: str) -> "Context":
        """After these variables were written."""
        return replace(self, bound=self.bound | set(names))

    def behind(self, clause: Clause) -> "Context":
        """Behind a clause of a comprehension."""
        return Context(kinds=inside(clause, self.kinds), bound=self.bound | set(syntax.names_of(clause.target)))

    def is_int(self, node: Expression) -> bool:
        """Whether its value, if it has one, is an integer."""
        return kind_of(node, self.kinds) == INT

    def is_sequence(self, node: Expression) -> bool:
        """Whether its value, if it has one, is a sequence."""
        return kind_of(node, self.kinds).is_sequence

    def is_bit(self, node: Expression) -> bool:
        """Whether its value, if it has one, is 0 or 1."""
        match node:
            case syntax.Number(value):
                return value in (0, 1)
            case syntax.Comparison() | syntax.Unary("not", _) | syntax.Call("any" | "all" | "bool", _):
                return True
            case syntax.Logic(_, parts):
                return all(map(self.is_bit, parts))
            case syntax.Choice(_, then, other):
                return self.is_bit(then) and self.is_bit(other)
        return False

    def is_safe(self, node: Expression) -> bool:
        """Whether it surely has a value."""
        match node:
            case syntax.Number():
                return True
            case syntax.Name(name):
                return name in self.bound
            case syntax.Unary("not", operand):
                return self.is_safe(operand)
            case syntax.Unary(_, operand):
                return self._safe_ints(operand)
            case syntax.Binary("+" | "-" | "*" | "&" | "|" | "^", left, right):
                return self._safe_ints(left, right)
            case syntax.Comparison(first, ops, rest):
                if set(ops) <= {"==", "!="}:
                    return all(map(self.is_safe, (first, *rest)))
                if set(ops) <= {"in", "not in"}:
                    return all(map(self.is_safe, (first, *rest))) and all(map(self.is_sequence, rest))
                return self._safe_ints(first, *rest)
            case syntax.Logic(_, parts) | syntax.Display(parts):
                return all(map(self.is_safe, parts))
            case syntax.Choice(condition, then, other):
                return all(map(self.is_safe, (condition, then, other)))
            case syntax.Call("len" | "enumerate" | "tuple", (argument,)):
                return self.is_safe(argument) and self.is_sequence(argument)
            case syntax.Call("abs" | "int", (argument,)):
                return self._safe_ints(argument)
            case syntax.Call("bool", (argument,)):
                return self.is_safe(argument)
        return False

    def _safe_ints(self, *nodes: Expression) -> bool:
        return all(self.is_safe(node) and self.is_int(node) for node in nodes)
