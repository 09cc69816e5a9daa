"""One form for theories that are written differently and mean the same, as far as cheap rules see it.

Variables are named in the order in which they are first written, blocks end early rather than nest, what cannot be
reached or does nothing is gone, and expressions are as `simplify` leaves them. The value on every input stays, and so
does whether there is one, limits aside: a canonical theory may need less fuel.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from interpbench.theory import syntax
from interpbench.theory.kinds import Context, variables
from interpbench.theory.simplify import negation, simplified, truthy, turned
from interpbench.theory.syntax import (
    Assign,
    Block,
    Choice,
    Expression,
    For,
    If,
    Name,
    Number,
    Return,
    Statement,
    Target,
)

if TYPE_CHECKING:
    from interpbench.theory.theory import Theory

_ROUNDS = 50
PARAMETER = "x"
FAILURE = syntax.Index(syntax.Display(()), Number(0))
"""Stands for a variable that nothing writes any more: reading it fails."""


def canonical(theory: "Theory") -> "Theory":
    """A theory in its canonical form; the form of the form is the same.

    >>> from interpbench.theory import parse
    >>> print(canonical(parse("def f(t): return 1 * (t[1] + t[0]) % 7 if not (t[2] != 3) else 2 + 3")))
    def rule(x):
        return (x[0] + x[1]) % 7 if x[2] == 3 else 5
    """
    body = _renamed(theory.parameter, theory.body)
    for _ in range(_ROUNDS):
        context = Context(kinds=variables(PARAMETER, body), bound=frozenset({PARAMETER}))
        cleaned, _ = _block(body, context, _read(body))
        cleaned = _renamed(PARAMETER, cleaned)
        if cleaned == body:
            break
        body = cleaned
    return replace(theory, name="rule", parameter=PARAMETER, body=body, source="")


def size(theory: "Theory") -> int:
    """Nodes of a theory: every number, name, operation, comparison, element, call, clause and statement is one.

    A chain of n comparisons counts n, and so do n parts of `and` less one; the head of the function counts one.
    """
    return 1 + sum(_nodes(node) for statement in theory.body for node in syntax.walk(statement))


def _nodes(node: syntax.Node) -> int:
    match node:
        case syntax.Comparison(_, ops, _):
            return len(ops)
        case syntax.Logic(_, parts):
            return len(parts) - 1
    return 1


# statements


def _block(block: Block, context: Context, read: frozenset[str]) -> tuple[Block, Context]:
    """Cleaned statements, and what is known behind them."""
    done: list[Statement] = []
    waiting = list(block)
    while waiting:
        statement = waiting.pop(0)
        before = context
        cleaned, context = _statement(statement, before, read)
        if isinstance(cleaned, If) and cleaned.other and (ends(cleaned.then) or ends(cleaned.other)):
            # the branch that ends comes first, what the other one does comes behind
            if not ends(cleaned.then):
                cleaned = If(negation(cleaned.condition, context), cleaned.other, cleaned.then)
            waiting[:0] = cleaned.other
            cleaned, context = replace(cleaned, other=()), before
        done += cleaned if isinstance(cleaned, tuple) else (cleaned,)
        if ends(tuple(done[-1:])):
            break
    return _turned(_joined(done, context), context), context


def _turned(block: Block, context: Context) -> Block:
    """Of two ways that both end, the one whose condition is written without `not` comes first."""
    for number, statement in enumerate(block):
        rest = block[number + 1 :]
        if isinstance(statement, If) and not statement.other and ends(statement.then) and ends(rest):
            preferred = turned(statement.condition, context)
            if preferred is not None:
                return (*block[:number], If(preferred, rest, ()), *statement.then)
    return block


def ends(block: Block) -> bool:
    """Whether nothing behind a block is reached."""
    match block[-1:]:
        case (Return() | syntax.Break() | syntax.Continue(),):
            return True
        case (If(_, then, other),):
            return ends(then) and ends(other)
    return False


def _joined(done: list[Statement], context: Context) -> Block:
    """`if c: return a` before `return b` is one return."""
    while len(done) > 1:
        match done[-2:]:
            case [If(condition, (Return(first),), ()), Return(second)]:
                done[-2:] = [Return(simplified(Choice(condition, first, second), context))]
            case _:
                break
    return tuple(done)


def _statement(node: Statement, context: Context, read: frozenset[str]) -> tuple[Statement | Block, Context]:
    match node:
        case Assign(target, value):
            value = simplified(value, context)
            after = context.knows(*syntax.names_of(target))
            unread = isinstance(target, Name) and target.name not in read and context.is_safe(value)
            same = isinstance(target, Name) and value == target and target.name in context.bound
            return () if unread or same else Assign(target, value), context if unread else after
        case Return(value):
            return Return(simplified(value, context)), context
        case If():
            return _if(node, context, read)
        case For(target, source, body):
            source = simplified(source, context)
            inner, _ = _block(body, context.knows(*syntax.names_of(target)), read)
            while inner and isinstance(inner[-1], syntax.Continue):
                inner = inner[:-1]
            return For(target, source, inner), context
    return node, context


def _if(node: If, context: Context, read: frozenset[str]) -> tuple[Statement | Block, Context]:
    condition = truthy(node.condition, context)
    then, after_then = _block(node.then, context, read)
    other, after_other = _block(node.other, context, read)
    if isinstance(condition, Number):
        return (then, after_then) if condition.value else (other, after_other)
    known = _known(then, after_then, other, after_other)
    if not then and not other and context.is_safe(condition):
        return (), context
    if other:
        preferred = turned(condition, context)
        if preferred is None and not then:
            preferred = negation(condition, context)
        if preferred is not None:
            condition, then, other = preferred, other, then
    match then, other:
        case (Assign(Name() as target, first),), (Assign(Name() as second_target, second),) if target == second_target:
            return Assign(target, simplified(Choice(condition, first, second), context)), known
    return If(condition, then, other), known


def _known(then: Block, after_then: Context, other: Block, after_other: Context) -> Context:
    """Behind a branch that ends, only the other one counts."""
    if ends(then):
        return after_other
    if ends(other):
        return after_then
    return replace(after_then, bound=after_then.bound & after_other.bound)


# names


def _read(body: Block) -> frozenset[str]:
    """Names that some expression reads."""
    return frozenset(
        node.name for expression in _expressions(body) for node in syntax.walk(expression) if isinstance(node, Name)
    )


def _expressions(block: Block) -> list[Expression]:
    found: list[Expression] = []
    for statement in block:
        match statement:
            case Assign(_, value) | Return(value):
                found.append(value)
            case If(condition, then, other):
                found += [condition, *_expressions(then), *_expressions(other)]
            case For(_, source, body):
                found += [source, *_expressions(body)]
    return found


def _renamed(parameter: str, body: Block) -> Block:
    """Variables of the function are v0, v1, ... as they are first written, those of comprehensions i0, ... by level."""
    names = {parameter: PARAMETER}
    for name in syntax.written(body):
        names.setdefault(name, f"v{len(names) - 1}")
    return tuple(_rename(statement, names, 0) for statement in body)


def _rename(node: Statement, names: Mapping[str, str], level: int) -> Statement:
    match node:
        case Assign(target, value):
            return Assign(_target(target, names), rename(value, names, level))
        case Return(value):
            return Return(rename(value, names, level))
        case If(condition, then, other):
            blocks = [tuple(_rename(each, names, level) for each in block) for block in (then, other)]
            return If(rename(condition, names, level), *blocks)
        case For(target, source, body):
            inner = tuple(_rename(each, names, level) for each in body)
            return For(_target(target, names), rename(source, names, level), inner)
    return node


def _target(target: Target, names: Mapping[str, str]) -> Target:
    if isinstance(target, Name):
        return Name(names[target.name])
    return syntax.Pattern(tuple(_target(part, names) for part in target.parts))


def rename(node: Expression, names: Mapping[str, str], level: int = 0) -> Expression:
    """An expression with other names; `level` variables of comprehensions are around it."""
    if isinstance(node, Name):
        return Name(names[node.name]) if node.name in names else FAILURE
    if not isinstance(node, syntax.Comprehension):
        return syntax.mapped(node, lambda part: rename(part, names, level))
    own = dict.fromkeys(name for clause in node.clauses for name in syntax.names_of(clause.target))
    inner = {**names, **{name: f"i{level + number}" for number, name in enumerate(own)}}
    below = level + len(own)
    clauses = []
    for number, clause in enumerate(node.clauses):
        source = rename(clause.source, inner, below) if number else rename(clause.source, names, level)
        conditions = tuple(rename(condition, inner, below) for condition in clause.conditions)
        clauses.append(syntax.Clause(_target(clause.target, inner), source, conditions))
    return syntax.Comprehension(rename(node.element, inner, below), tuple(clauses), node.lazy)
