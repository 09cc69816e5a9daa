"""Expressions in a canonical form: one way of writing where there are several.

Every rule keeps the value where there is one, and keeps whether there is one, limits aside. A rule that drops or
reorders something that may fail, or that differs between integers and sequences, asks `Context` first.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from interpbench.theory import operations, syntax
from interpbench.theory.errors import NOWHERE, RunError
from interpbench.theory.kinds import Context
from interpbench.theory.limits import LITERAL
from interpbench.theory.printer import expression_text
from interpbench.theory.syntax import Binary, Call, Choice, Comparison, Comprehension, Expression, Logic, Number, Unary

_SWAPPED = {">": "<", ">=": "<="}
_NEGATED = {"==": "!=", "!=": "==", "in": "not in", "not in": "in"}
_NEGATED_ORDER = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_SYMMETRIC = frozenset({"*", "&", "|", "^"})


def simplified(node: Expression, context: Context) -> Expression:
    """An expression with its parts simplified, then itself, once; the caller repeats it until nothing changes."""
    match node:
        case Number(value):
            return Number(int(value))
        case Unary(op, operand):
            return _unary(op, truthy(operand, context) if op == "not" else simplified(operand, context), context)
        case Binary(op, left, right):
            return _binary(op, simplified(left, context), simplified(right, context), context)
        case Comparison(first, ops, rest):
            return _comparison(simplified(first, context), ops, tuple(simplified(each, context) for each in rest))
        case Logic(op, parts):
            return _logic(op, tuple(simplified(part, context) for part in parts), context)
        case Choice(condition, then, other):
            parts = truthy(condition, context), simplified(then, context), simplified(other, context)
            return _choice(*parts, context)
        case syntax.Display(items):
            return syntax.Display(tuple(simplified(item, context) for item in items))
        case syntax.Index(items, place):
            return syntax.Index(simplified(items, context), simplified(place, context))
        case syntax.Slice():
            return _slice(node, context)
        case Call(name, arguments):
            return _call(name, tuple(simplified(argument, context) for argument in arguments), context)
        case Comprehension():
            return _comprehension(node, context)
    return replace(node, place=NOWHERE)


def truthy(node: Expression, context: Context) -> Expression:
    """The same for an expression of which only the truth counts."""
    node = simplified(node, context)
    match node:
        case Call("bool", (inner,)):
            return inner
        case Unary("not", Unary("not", inner)):
            return inner
        case Comparison(inner, ("!=",), (Number(0),)) if context.is_int(inner):
            return inner
        case Comparison(inner, ("==",), (Number(0),)) if context.is_int(inner):
            return Unary("not", inner)
        case Logic(op, parts):
            return _logic(op, tuple(truthy(part, context) for part in parts), context, truth_only=True)
        case Number(value):
            return Number(int(bool(value)))
    return node


def negation(node: Expression, context: Context) -> Expression:
    """`not node`, written without `not` where there is a way."""
    return _unary("not", truthy(node, context), context)


def _folded(node: Expression, compute: Callable[[], Any]) -> Expression:
    """A number instead of an operation on numbers, if it is one and can be written."""
    try:
        value = compute()
    except RunError:
        return node
    return Number(int(value)) if type(value) is not tuple and -LITERAL < value < LITERAL else node


def _unary(op: str, operand: Expression, context: Context) -> Expression:
    made = Unary(op, operand)
    if isinstance(operand, Number):
        value = operand.value
        return _folded(made, lambda: not value if op == "not" else operations.UNARY[op](value))
    match op, operand:
        case "not", Unary("not", inner) if context.is_bit(inner):
            return inner
        case "not", Comparison(first, (link,), rest) if link in _NEGATED:
            return _comparison(first, (_NEGATED[link],), rest)
        case "not", Comparison(first, (link,), (second,)) if context.is_int(first) and context.is_int(second):
            return _comparison(first, (_NEGATED_ORDER[link],), (second,))
        case (("-" | "~"), Unary(inner_op, inner)) if inner_op == op and context.is_int(inner):
            return inner
        case "+", _ if context.is_int(operand):
            return operand
    return made


def _binary(op: str, left: Expression, right: Expression, context: Context) -> Expression:
    made = Binary(op, left, right)
    match left, right:
        case Number(first), Number(second):
            return _folded(made, lambda: operations.INTEGERS[op](first, second))
    match op, right:
        case (("+" | "-" | "<<" | ">>" | "|" | "^"), Number(0)) if context.is_int(left):
            return left
        case (("*" | "//" | "**"), Number(1)) if context.is_int(left):
            return left
    if op == "-" and left == Number(0) and context.is_int(right):
        return _unary("-", right, context)
    added = op == "+" or (op == "-" and isinstance(right, Number))
    if added and context.is_int(left) and context.is_int(right):
        return _chain(made, "+", context)
    if op in _SYMMETRIC:
        if context.is_int(left) and context.is_int(right):
            return _chain(made, op, context)
        return Binary(op, *sorted((left, right), key=_key))
    return made


def _chain(node: Expression, op: str, context: Context) -> Expression:
    """Terms of a sum, or factors, in one order; numbers come last, and as one number where they fold."""
    terms = sorted(_terms(node, op, context), key=_key)
    others: list[Expression] = [term for term in terms if not isinstance(term, Number)]
    folded: list[Number] = []
    for number in terms:
        if isinstance(number, Number):
            both = _binary(op, folded[-1], number, context) if folded else number
            if isinstance(both, Number):
                folded[-1:] = [both]
            else:
                folded.append(number)
    neutral = Number({"+": 0, "*": 1, "|": 0, "^": 0, "&": -1}[op])
    others += [number for number in folded if not others or number != neutral]
    first, *rest = others
    for term in rest:
        if op == "+" and isinstance(term, Number) and term.value < 0:
            first = Binary("-", first, Number(-term.value))
        else:
            first = Binary(op, first, term)
    return first


def _terms(node: Expression, op: str, context: Context) -> list[Expression]:
    if op == "+" and isinstance(node, Binary) and node.op == "-" and isinstance(node.right, Number):
        return [*_terms(node.left, op, context), Number(-node.right.value)] if context.is_int(node.left) else [node]
    if isinstance(node, Binary) and node.op == op and context.is_int(node.left) and context.is_int(node.right):
        return _terms(node.left, op, context) + _terms(node.right, op, context)
    return [node]


def _key(node: Expression) -> tuple[bool, str]:
    return isinstance(node, Number), expression_text(node)


def _comparison(first: Expression, ops: tuple[str, ...], rest: tuple[Expression, ...]) -> Expression:
    if len(ops) > 1:
        return Comparison(first, ops, rest)
    op, second = ops[0], rest[0]
    if op in _SWAPPED:
        op, first, second = _SWAPPED[op], second, first
    if op in ("==", "!="):
        first, second = sorted((first, second), key=_key)
    if op in ("in", "not in") and isinstance(second, syntax.Display):
        items = second.items
        if items and all(isinstance(item, Number) for item in items):
            values = sorted({item.value for item in items if isinstance(item, Number)})
            second = syntax.Display(tuple(map(Number, values)))
            if len(values) == 1:
                return _comparison(first, ("==" if op == "in" else "!=",), second.items)
    made = Comparison(first, (op,), (second,))
    if isinstance(first, Number) and isinstance(second, Number):
        left, right = first.value, second.value
        return _folded(made, lambda: operations.compare(op, left, right))
    return made


def _logic(op: str, parts: tuple[Expression, ...], context: Context, truth_only: bool = False) -> Expression:
    flat: list[Expression] = []
    for part in parts:
        flat += part.parts if isinstance(part, Logic) and part.op == op else (part,)
    kept: list[Expression] = []
    for number, part in enumerate(flat):
        last = number == len(flat) - 1
        if isinstance(part, Number):
            if bool(part.value) != (op == "and"):  # it decides
                kept.append(part)
                break
            if not last or (truth_only and kept):
                continue
        if part in kept and context.is_bit(part) and all(map(context.is_bit, kept)):
            continue  # it holds by now, as it did before
        kept.append(part)
    if all(context.is_safe(part) and (truth_only or context.is_bit(part)) for part in kept):
        kept.sort(key=_key)
    return kept[0] if len(kept) == 1 else Logic(op, tuple(kept))


def _choice(condition: Expression, then: Expression, other: Expression, context: Context) -> Expression:
    if isinstance(condition, Number):
        return then if condition.value else other
    if (preferred := turned(condition, context)) is not None:
        return _choice(preferred, other, then, context)
    if then == other and context.is_safe(condition):
        return then
    match then, other:
        case Number(1), Number(0):
            return condition if context.is_bit(condition) else Call("bool", (condition,))
        case Number(0), Number(1):
            return _unary("not", condition, context)
    return Choice(condition, then, other)


def turned(condition: Expression, context: Context) -> Expression | None:
    """The negation of a condition, if that is the way in which two branches are written; None if not."""
    match condition:
        case Unary("not", operand):
            return operand
        case Comparison(first, (("!=" | "not in") as op,), rest):
            return _comparison(first, (_NEGATED[op],), rest)
        case Comparison(first, ("<=",), (second,)) if context.is_int(first) and context.is_int(second):
            return _comparison(second, ("<",), (first,))
    return None


def _slice(node: syntax.Slice, context: Context) -> Expression:
    items = simplified(node.sequence, context)
    lower, upper, step = (None if b is None else simplified(b, context) for b in (node.lower, node.upper, node.step))
    step = None if step == Number(1) else step
    lower = None if lower == Number(0) and step is None else lower
    if lower is upper is step is None and context.is_sequence(items):
        return items
    return syntax.Slice(items, lower, upper, step)


def _call(name: str, arguments: tuple[Expression, ...], context: Context) -> Expression:
    first = arguments[0]
    made = Call(name, arguments)
    if isinstance(first, Comprehension) and len(arguments) == 1:
        if name == "tuple":
            return replace(first, lazy=False)
        if name in syntax.CONSUMERS - {"any", "all"}:
            return Call(name, (replace(first, lazy=True),))
    match name:
        case "tuple" if context.is_sequence(first):
            return first
        case "int" if context.is_int(first):
            return first
        case "bool":
            inner = truthy(first, context)
            if context.is_bit(inner):
                return inner
            made = Call(name, (inner,))
        case "range":
            return Call(name, _plain_range(arguments))
    numbers = tuple(argument.value for argument in arguments if isinstance(argument, Number))
    if len(numbers) == len(arguments) and name in ("abs", "int", "bool", "min", "max"):
        return _folded(made, lambda: operations.call(name, numbers, 0))
    return made


def _plain_range(arguments: tuple[Expression, ...]) -> tuple[Expression, ...]:
    if len(arguments) == 3 and arguments[2] == Number(1):
        arguments = arguments[:2]
    return arguments[1:] if len(arguments) == 2 and arguments[0] == Number(0) else arguments


def _comprehension(node: Comprehension, context: Context) -> Expression:
    """Variables of a comprehension may be known from outside only if no clause writes them."""
    own = {name for clause in node.clauses for name in syntax.names_of(clause.target)}
    here = Context(
        kinds={name: kind for name, kind in context.kinds.items() if name not in own}, bound=context.bound - own
    )
    clauses = []
    for number, clause in enumerate(node.clauses):
        source = simplified(clause.source, here if number else context)
        known = replace(clause, source=source, place=NOWHERE)
        here = _behind(known, here, context if number == 0 else here)
        tests = [part for condition in clause.conditions for part in _conjuncts(truthy(condition, here))]
        clauses.append(replace(known, conditions=tuple(test for test in tests if test != Number(1))))
    return Comprehension(simplified(node.element, here), tuple(clauses), node.lazy)


def _conjuncts(node: Expression) -> tuple[Expression, ...]:
    return node.parts if isinstance(node, Logic) and node.op == "and" else (node,)


def _behind(clause: syntax.Clause, here: Context, where: Context) -> Context:
    """Behind a clause whose source is read `where`."""
    after = where.behind(clause)
    names = syntax.names_of(clause.target)
    kinds = {**here.kinds, **{name: after.kinds[name] for name in names}}
    return Context(kinds=kinds, bound=here.bound | set(names))
