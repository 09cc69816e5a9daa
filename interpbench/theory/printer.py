"""Theory to text: `parse(unparse(theory))` is the theory again. Brackets stand where precedence needs them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from interpbench.theory import syntax
from interpbench.theory.syntax import Block, Expression, Target

if TYPE_CHECKING:
    from interpbench.theory.theory import Theory

_CHOICE, _OR, _AND, _NOT, _COMPARE, _UNARY, _POWER, _ATOM = 0, 1, 2, 3, 4, 10, 11, 12
_BINARY = {"|": 5, "^": 6, "&": 7, "<<": 8, ">>": 8, "+": 9, "-": 9, "*": 9.5, "//": 9.5, "%": 9.5, "**": _POWER}


def unparse(theory: "Theory") -> str:
    """The theory as text, laid out in one way.

    >>> from interpbench.theory import parse
    >>> print(unparse(parse("def f(x): return ((x[0])+(2*x[1]))")))
    def f(x):
        return x[0] + 2 * x[1]
    """
    return "\n".join([f"def {theory.name}({theory.parameter}):", *_block(theory.body, "    ")])


def _block(block: Block, indent: str) -> Iterator[str]:
    if not block:
        yield f"{indent}pass"
    for statement in block:
        match statement:
            case syntax.Assign(target, value):
                yield f"{indent}{_target(target)} = {_top(value)}"
            case syntax.Return(value):
                yield f"{indent}return {_top(value)}"
            case syntax.Break():
                yield f"{indent}break"
            case syntax.Continue():
                yield f"{indent}continue"
            case syntax.For(target, source, body):
                yield f"{indent}for {_target(target)} in {_top(source)}:"
                yield from _block(body, indent + _step(indent))
            case syntax.If():
                yield from _if(statement, indent)


def _step(indent: str) -> str:
    """Python's tokenizer knows at most 100 indents, and a text at most so many characters."""
    return "    " if len(indent) < 20 else " "


def _if(statement: syntax.If, indent: str) -> Iterator[str]:
    word = "if"
    while True:
        yield f"{indent}{word} {_top(statement.condition)}:"
        yield from _block(statement.then, indent + _step(indent))
        match statement.other:
            case ():
                return
            case (syntax.If() as only,):
                statement, word = only, "elif"
            case other:
                yield f"{indent}else:"
                yield from _block(other, indent + _step(indent))
                return


def _target(target: Target, inner: bool = False) -> str:
    if isinstance(target, syntax.Name):
        return target.name
    listed = ", ".join(_target(part, True) for part in target.parts) + ("," if len(target.parts) == 1 else "")
    return f"({listed})" if inner else listed


def expression_text(expression: Expression) -> str:
    """One expression as text."""
    return _top(expression)


def _top(expression: Expression) -> str:
    return _text(expression, _CHOICE)


def _text(node: Expression, least: float) -> str:
    """In brackets if it binds less tightly than `least`."""
    text, level = _plain(node)
    return f"({text})" if level < least else text


def _plain(node: Expression) -> tuple[str, float]:
    match node:
        case syntax.Number(value):
            return str(value), _ATOM if value >= 0 else _UNARY
        case syntax.Name(name):
            return name, _ATOM
        case syntax.Unary("not", operand):
            return f"not {_text(operand, _NOT)}", _NOT
        case syntax.Unary(op, operand):
            return f"{op}{_text(operand, _UNARY)}", _UNARY
        case syntax.Binary("**", left, right):
            return f"{_text(left, _ATOM)} ** {_text(right, _UNARY)}", _POWER
        case syntax.Binary(op, left, right):
            level = _BINARY[op]
            return f"{_text(left, level)} {op} {_text(right, level + 0.25)}", level
        case syntax.Comparison(first, ops, rest):
            texts = [f"{op} {_text(each, _COMPARE + 1)}" for op, each in zip(ops, rest, strict=True)]
            return " ".join([_text(first, _COMPARE + 1), *texts]), _COMPARE
        case syntax.Logic(op, parts):
            level = _AND if op == "and" else _OR
            return f" {op} ".join(_text(part, level + 1) for part in parts), level
        case syntax.Choice(condition, then, other):
            return f"{_text(then, _OR)} if {_text(condition, _OR)} else {_text(other, _CHOICE)}", _CHOICE
        case syntax.Display(items):
            return f"({', '.join(map(_top, items))}{',' if len(items) == 1 else ''})", _ATOM
        case syntax.Index(sequence, index):
            return f"{_text(sequence, _ATOM)}[{_top(index)}]", _ATOM
        case syntax.Slice(sequence, lower, upper, step):
            bounds = ["" if bound is None else _top(bound) for bound in (lower, upper, step)]
            return f"{_text(sequence, _ATOM)}[{':'.join(bounds[: 2 if step is None else 3])}]", _ATOM
        case syntax.Call(function, arguments):
            if len(arguments) == 1 and isinstance(only := arguments[0], syntax.Comprehension) and only.lazy:
                return f"{function}({_rounds(only)})", _ATOM
            return f"{function}({', '.join(map(_top, arguments))})", _ATOM
        case syntax.Comprehension():
            return f"[{_rounds(node)}]", _ATOM


def _rounds(node: syntax.Comprehension) -> str:
    words = [_top(node.element)]
    for clause in node.clauses:
        words.append(f"for {_target(clause.target)} in {_text(clause.source, _OR)}")
        words += [f"if {_text(condition, _OR)}" for condition in clause.conditions]
    return " ".join(words)
