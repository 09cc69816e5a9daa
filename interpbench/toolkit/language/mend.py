"""Python that says the same as a theory, rewritten as one: hints, docstrings, `x.count(2)`, tables as dictionaries.

The text is parsed and rewritten, never executed. What has no counterpart in the language, its parser will refuse.
"""

import ast
from itertools import count
from typing import cast

_WANTED = "rule"


class Unmendable(ValueError):
    """There is no function in the text, or it is not Python; the message says where."""


def mended(text: str) -> str:
    """The function in a text, in the words of the language of theories as far as they are known here.

    It is the one called `rule`, or the last one. Constants that are set beside it are set in it.

    Raises:
        Unmendable: it is no Python, or holds no function.
    """
    try:
        tree = ast.parse(text)
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        if not functions:
            raise Unmendable("there is no function in it")
        chosen = next((node for node in reversed(functions) if node.name == _WANTED), functions[-1])
        constants = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
        return ast.unparse(ast.fix_missing_locations(_whole(chosen, constants))) + "\n"
    except SyntaxError as error:
        raise Unmendable(f"line {error.lineno}: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unmendable(str(error) or "it is nested too deeply") from error


def _whole(function: ast.FunctionDef, constants: list[ast.Assign | ast.AnnAssign]) -> ast.FunctionDef:
    arguments = function.args
    names = arguments.posonlyargs + arguments.args
    first = len(names) - len(arguments.defaults)
    defaults = [
        ast.Assign(targets=[ast.Name(id=name.arg, ctx=ast.Store())], value=value)
        for name, value in zip(names[first:], arguments.defaults, strict=True)
    ]
    kept = [ast.arg(arg=name.arg) for name in (names[:first] or names[:1])]
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    plain = ast.FunctionDef(
        name=_WANTED,
        args=ast.arguments(posonlyargs=[], args=kept, kwonlyargs=[], kw_defaults=[], defaults=[]),
        body=[*constants, *(defaults if len(names) > 1 else []), *function.body],
        decorator_list=[],
    )
    return cast(ast.FunctionDef, _Mender(used).visit(plain))


class _Mender(ast.NodeTransformer):
    def __init__(self, used: set[str]) -> None:
        self._fresh = (name for number in count() if (name := f"v{number}") not in used)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        """`s: int = 0` is `s = 0`."""
        self.generic_visit(node)
        return None if node.value is None else ast.Assign(targets=[node.target], value=node.value)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """Docstrings and other idle constants."""
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """`v in {1, 2}` is `v in (1, 2)`."""
        node.comparators = [
            ast.Tuple(elts=right.elts, ctx=ast.Load())
            if isinstance(right, ast.Set) and isinstance(how, ast.In | ast.NotIn)
            else right
            for how, right in zip(node.ops, node.comparators, strict=True)
        ]
        return self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        """A dictionary of 0, 1, ..., n - 1 is a tuple: both are asked by index."""
        self.generic_visit(node)
        table = {
            key.value: value
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant) and type(key.value) is int
        }
        if len(table) != len(node.keys) or sorted(table) != list(range(len(table))):
            return node
        return ast.Tuple(elts=[table[key] for key in sorted(table)], ctx=ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Methods of sequences, `len(set(...))` and `sorted(..., reverse=True)`, each as the language says it."""
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Attribute(value=of, attr="count"), args=[what], keywords=[]):
                return self._said("sum(EACH == WHAT for EACH in OF)", OF=of, WHAT=what)
            case ast.Call(func=ast.Attribute(value=of, attr="index"), args=[what], keywords=[]):
                return self._said("[AT for AT, EACH in enumerate(OF) if EACH == WHAT][0]", OF=of, WHAT=what)
            case ast.Call(
                func=ast.Name(id="len"), args=[ast.Call(func=ast.Name(id="set"), args=[of], keywords=[])], keywords=[]
            ):
                return self._said("sum(OF[AT] not in OF[:AT] for AT in range(len(OF)))", OF=_sequence(of))
            case ast.Call(
                func=ast.Name(id="sorted"),
                args=[of],
                keywords=[ast.keyword(arg="reverse", value=ast.Constant(value=True))],
            ):
                return self._said("sorted(OF)[::-1]", OF=of)
        return node

    def _said(self, pattern: str, **parts: ast.expr) -> ast.expr:
        """The pattern with its parts in place, and names of its own that nothing else has."""
        own: dict[str, ast.expr] = {name: ast.Name(id=next(self._fresh)) for name in ("EACH", "AT") if name in pattern}
        return cast(ast.expr, _Filler(own | parts).visit(ast.parse(pattern, mode="eval").body))


class _Filler(ast.NodeTransformer):
    def __init__(self, parts: dict[str, ast.expr]) -> None:
        self._parts = parts

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._parts.get(node.id, node)


def _sequence(of: ast.expr) -> ast.expr:
    """A generator cannot be indexed; the list of the same can."""
    if isinstance(of, ast.GeneratorExp):
        return ast.ListComp(elt=of.elt, generators=of.generators)
    return of
