"""Text to theory. Python's parser reads it; what the language does not have is an error with its place.

Nothing is ever executed or compiled. Texts that Python's parser chokes on (it raises ValueError, MemoryError and
RecursionError besides SyntaxError) are errors like any other.
"""

import ast
import warnings
from difflib import get_close_matches

from interpbench.theory import syntax
from interpbench.theory.errors import InvalidTheory, Place
from interpbench.theory.limits import LITERAL, NESTING, NODES
from interpbench.theory.scan import scan
from interpbench.theory.syntax import CONSUMERS, FUNCTIONS, Block, Expression, Statement, Target
from interpbench.theory.theory import Theory

NO_FILE = "/dev/null/theory"
"""On a syntax error Python looks for the line in the file of the text's name; this one cannot exist."""
_SHAPE = "one function of one parameter: `def rule(x):` and its lines"
_STATEMENTS = "assignments, if, for, break, continue, pass, return"
_EXPRESSIONS = "integers, names, arithmetic, comparisons, and, or, not, a if c else b, tuples, indices, comprehensions"
_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
}
_UNARY: dict[type[ast.unaryop], str] = {ast.USub: "-", ast.UAdd: "+", ast.Invert: "~", ast.Not: "not"}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_INSTEAD: dict[type[ast.AST], tuple[str, str]] = {
    ast.While: ("while", "for over a sequence or a range, which always ends, and break"),
    ast.FunctionDef: ("a function in a function", _STATEMENTS),
    ast.Lambda: ("lambda", _EXPRESSIONS),
    ast.Attribute: ("an attribute", "functions: " + ", ".join(FUNCTIONS)),
    ast.GeneratorExp: ("a generator", "a comprehension in [ ], or a generator alone in a call of sum, any, max, ..."),
    ast.Starred: ("*", "elements one by one, or sequences joined by +"),
    ast.Expr: ("a line without an effect", _STATEMENTS),
    ast.AnnAssign: ("an annotation", "a plain assignment"),
    ast.Slice: ("a slice in a tuple", "one index or slice"),
}


def parse(text: str) -> Theory:
    """Reads a theory.

    Args:
        text: one function of a tuple of integers, as docs/theory.md says.

    Raises:
        InvalidTheory: it is none; the error says where, what was got and what is allowed.

    >>> theory = parse("def rule(x): return (x[0] + x[1]) % 7")
    >>> theory.run((3, 5))
    1
    >>> parse("def rule(x): return x.count(2)")
    Traceback (most recent call last):
    interpbench.theory.errors.InvalidTheory: line 1, column 22: got a point, which attributes and fractions have; \
allowed: functions and integers: `sum(v == 2 for v in x)`, `7 // 2`
        def rule(x): return x.count(2)
                             ^
    """
    try:
        clean = scan(text)
        tree = _python(clean)
        _bounded(tree)
        return _Reader(text).theory(tree)
    except InvalidTheory as error:
        error.source = error.source or text.replace("\r\n", "\n")
        raise


def _python(clean: str) -> ast.Module:
    try:
        with warnings.catch_warnings():  # a remark about the text belongs to nobody's terminal
            warnings.simplefilter("ignore")
            return ast.parse(clean, filename=NO_FILE)
    except SyntaxError as error:
        place = Place(error.lineno or 1, max(error.offset or 1, 1))
        raise InvalidTheory(f"a text that is not Python ({error.msg})", _SHAPE, place) from None
    except (ValueError, MemoryError, RecursionError, OverflowError):
        raise InvalidTheory("a text that Python cannot parse", f"at most {NESTING} levels", Place(1, 1)) from None


def _bounded(tree: ast.Module) -> None:
    """Counts nodes and levels without recursion, so that the reader may recurse."""
    nodes = 0
    waiting: list[tuple[ast.AST, int]] = [(tree, 0)]
    while waiting:
        node, level = waiting.pop()
        nodes += not isinstance(node, ast.expr_context | ast.operator | ast.unaryop | ast.cmpop | ast.boolop)
        if nodes > NODES:
            raise InvalidTheory(f"more than {NODES} nodes", f"{NODES}", Place(1, 1))
        if level > NESTING:
            raise InvalidTheory(f"more than {NESTING} levels", f"{NESTING}", _place(node))
        waiting.extend((child, level + 1) for child in ast.iter_child_nodes(node))


def _place(node: ast.AST) -> Place:
    return Place(getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)


class _Reader:
    """Python's tree to ours, with the names that are known at each place."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._function = ""
        self._scopes: list[set[str]] = []  # the function's names, then those of comprehensions around this place
        self._loops = 0

    def theory(self, tree: ast.Module) -> Theory:
        if len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef):
            others = [statement for statement in tree.body if not isinstance(statement, ast.FunctionDef)]
            found: ast.AST = [*others, *tree.body[1:], tree][0]
            raise InvalidTheory(_called(found) if tree.body else "nothing", _SHAPE, _place(found))
        function = tree.body[0]
        given = function.args
        plain = not (given.posonlyargs or given.kwonlyargs or given.vararg or given.kwarg or given.defaults)
        plain = plain and not (function.decorator_list or getattr(function, "type_params", None))
        if not plain or len(given.args) != 1:
            raise InvalidTheory("another head", _SHAPE, _place(function))
        parameter = given.args[0]
        if function.returns is not None or parameter.annotation is not None:
            raise InvalidTheory("an annotation", _SHAPE, _place(function.returns or parameter))
        self._function = function.name
        self._scopes = [{self._writable(parameter.arg, parameter)} | _written(function.body)]
        return Theory(name=function.name, parameter=parameter.arg, body=self._block(function.body), source=self._source)

    # statements

    def _block(self, statements: list[ast.stmt]) -> Block:
        return tuple(each for statement in statements for each in self._statement(statement))

    def _statement(self, node: ast.stmt) -> list[Statement]:
        place = _place(node)
        match node:
            case ast.Assign(targets=targets, value=value):
                return self._assign(targets, value, place)
            case ast.AugAssign(target=ast.Name(id=name) as target, op=op, value=value):
                read = syntax.Name(self._readable(name, target), place=_place(target))
                changed = syntax.Binary(self._operator(op, node), read, self._expression(value), place=place)
                return [syntax.Assign(self._target(target), changed, place=place)]
            case ast.If(test=test, body=body, orelse=orelse):
                return [syntax.If(self._expression(test), self._block(body), self._block(orelse), place=place)]
            case ast.For(target=target, iter=source, body=body, orelse=[]):
                sequence = self._expression(source)
                self._loops += 1
                loop = syntax.For(self._target(target), sequence, self._block(body), place=place)
                self._loops -= 1
                return [loop]
            case ast.For():
                raise InvalidTheory("else after a loop", "a variable that the loop sets", _place(node.orelse[0]))
            case ast.Return(value=ast.expr() as value):
                return [syntax.Return(self._expression(value), place=place)]
            case ast.Return():
                raise InvalidTheory("a return of nothing", "return with an integer or a tuple", place)
            case ast.Break() | ast.Continue() if not self._loops:
                raise InvalidTheory(f"{_called(node)} outside of a loop", "it in the body of a for", place)
            case ast.Break():
                return [syntax.Break(place=place)]
            case ast.Continue():
                return [syntax.Continue(place=place)]
            case ast.Pass():
                return []
        raise _refusal(node, _STATEMENTS)

    def _assign(self, targets: list[ast.expr], value: ast.expr, place: Place) -> list[Statement]:
        first, *others = targets
        read = self._expression(value)
        if not others:
            return [syntax.Assign(self._target(first), read, place=place)]
        if not all(isinstance(target, ast.Name) for target in targets):
            raise InvalidTheory("several targets that are not plain names", "one assignment a line", place)
        written: list[Statement] = [syntax.Assign(self._target(first), read, place=place)]
        for target in others:
            copied = self._expression(ast.copy_location(ast.Name(id=first.id, ctx=ast.Load()), first))  # type: ignore[attr-defined]
            written.append(syntax.Assign(self._target(target), copied, place=place))
        return written

    def _target(self, node: ast.expr) -> Target:
        match node:
            case ast.Name(id=name):
                return syntax.Name(self._writable(name, node), place=_place(node))
            case ast.Tuple(elts=parts) | ast.List(elts=parts) if parts:
                return syntax.Pattern(tuple(self._target(part) for part in parts), place=_place(node))
            case ast.Subscript():
                raise InvalidTheory(
                    "an assignment to an element", "a new tuple: `t[:i] + (v,) + t[i + 1:]`", _place(node)
                )
        raise InvalidTheory(f"{_called(node)} as a target", "names and tuples of names", _place(node))

    # expressions

    def _expression(self, node: ast.expr) -> Expression:
        place = _place(node)
        match node:
            case ast.Constant(value=bool() | int() as value):
                if not isinstance(value, bool) and value >= LITERAL:
                    raise InvalidTheory("a number of more than 63 bits", "numbers below 2**63", place)
                return syntax.Number(value, place=place)
            case ast.Name(id=name):
                return syntax.Name(self._readable(name, node), place=place)
            case ast.UnaryOp(op=op, operand=operand):
                inner, sign = self._expression(operand), _UNARY[type(op)]
                if sign == "-" and isinstance(inner, syntax.Number):
                    return syntax.Number(-inner.value, place=place)
                return syntax.Unary(sign, inner, place=place)
            case ast.BinOp(left=left, op=op, right=right):
                sign = self._operator(op, node)
                return syntax.Binary(sign, self._expression(left), self._expression(right), place=place)
            case ast.Compare(left=left, ops=ops, comparators=rest):
                return self._comparison(left, ops, rest, place)
            case ast.BoolOp(op=op, values=values):
                word = "and" if isinstance(op, ast.And) else "or"
                return syntax.Logic(word, tuple(self._expression(value) for value in values), place=place)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                choice = self._expression(test), self._expression(body), self._expression(orelse)
                return syntax.Choice(*choice, place=place)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                return syntax.Display(tuple(self._expression(item) for item in items), place=place)
            case ast.Subscript(value=value, slice=ast.Slice(lower=lower, upper=upper, step=step)):
                bounds = [None if bound is None else self._expression(bound) for bound in (lower, upper, step)]
                return syntax.Slice(self._expression(value), *bounds, place=place)
            case ast.Subscript(value=value, slice=index):
                return syntax.Index(self._expression(value), self._expression(index), place=place)
            case ast.Call(func=function, args=arguments, keywords=keywords):
                return self._call(function, arguments, keywords, place)
            case ast.ListComp(elt=element, generators=clauses):
                return self._comprehension(element, clauses, False, place)
        raise _refusal(node, _EXPRESSIONS)

    def _operator(self, op: ast.operator, node: ast.AST) -> str:
        if type(op) not in _BINARY:
            raise InvalidTheory("a division with fractions", "// and %", _place(node))
        return _BINARY[type(op)]

    def _comparison(self, left: ast.expr, ops: list[ast.cmpop], rest: list[ast.expr], place: Place) -> Expression:
        for op, right in zip(ops, rest, strict=True):
            if type(op) not in _COMPARISONS:
                raise InvalidTheory("is", "== and !=", _place(right))
        signs = tuple(_COMPARISONS[type(op)] for op in ops)
        return syntax.Comparison(
            self._expression(left), signs, tuple(self._expression(each) for each in rest), place=place
        )

    def _call(
        self, function: ast.expr, arguments: list[ast.expr], keywords: list[ast.keyword], place: Place
    ) -> Expression:
        known = ", ".join(FUNCTIONS)
        if not isinstance(function, ast.Name):
            raise InvalidTheory(f"a call of {_called(function)}", f"calls of {known}", place)
        name = "tuple" if function.id == "list" else function.id
        if name == self._function:
            raise InvalidTheory("a theory that calls itself", "loops", place)
        if name not in FUNCTIONS:
            near = get_close_matches(name, FUNCTIONS, 1)
            raise InvalidTheory(
                f"a call of {name}", f"calls of {known}" + (f" (meant {near[0]}?)" if near else ""), place
            )
        if keywords:
            raise InvalidTheory("an argument with a name", f"{name} of plain arguments", _place(keywords[0]))
        least, most = FUNCTIONS[name]
        if len(arguments) < least or (most is not None and len(arguments) > most):
            wanted = f"{least}" if least == most else f"{least} to {most}" if most else f"{least} or more"
            raise InvalidTheory(f"{name} of {len(arguments)} arguments", wanted, place)
        if name in CONSUMERS and len(arguments) == 1 and isinstance(arguments[0], ast.GeneratorExp):
            rounds = arguments[0]
            inner = self._comprehension(rounds.elt, rounds.generators, True, _place(rounds))
            return syntax.Call(name, (inner,), place=place)
        return syntax.Call(name, tuple(self._expression(argument) for argument in arguments), place=place)

    def _comprehension(
        self, element: ast.expr, generators: list[ast.comprehension], lazy: bool, place: Place
    ) -> syntax.Comprehension:
        """Python evaluates the first source outside, and all else inside a scope with all targets."""
        first = self._expression(generators[0].iter)
        self._scopes.append({name for each in generators for name in _stored(each.target)})
        clauses = []
        for number, each in enumerate(generators):
            if each.is_async:
                raise InvalidTheory("async", "a plain for", place)
            source = first if number == 0 else self._expression(each.iter)
            target = self._target(each.target)
            conditions = tuple(self._expression(condition) for condition in each.ifs)
            clauses.append(syntax.Clause(target, source, conditions, place=_place(each.target)))
        inner = self._expression(element)
        self._scopes.pop()
        return syntax.Comprehension(inner, tuple(clauses), lazy, place=place)

    # names and refusals

    def _readable(self, name: str, node: ast.AST) -> str:
        if any(name in scope for scope in self._scopes):
            return name
        if name in FUNCTIONS or name == "list":
            raise InvalidTheory(f"{name} without a call", f"{name}(...)", _place(node))
        if name == self._function:
            raise InvalidTheory("the theory's own name", "the parameter and variables", _place(node))
        known = sorted(set().union(*self._scopes))
        near = get_close_matches(name, known, 1)
        hint = f" (meant {near[0]}?)" if near else ""
        raise InvalidTheory(
            f"the unknown name {name}", "names written before: " + ", ".join(known[:10]) + hint, _place(node)
        )

    def _writable(self, name: str, node: ast.AST) -> str:
        if name in FUNCTIONS or name == "list":
            raise InvalidTheory(f"{name} as a variable", "names other than those of functions", _place(node))
        return name


def _refusal(node: ast.AST, allowed: str) -> InvalidTheory:
    got, instead = _INSTEAD.get(type(node), (_called(node), allowed))
    return InvalidTheory(got, instead, _place(node))


def _called(node: ast.AST) -> str:
    """What a piece of Python is called in an error."""
    words = {
        "Assign": "an assignment",
        "Expr": "an expression",
        "If": "an if",
        "For": "a loop",
        "Import": "an import",
        "ImportFrom": "an import",
        "ClassDef": "a class",
        "FunctionDef": "a second function",
    }
    return words.get(type(node).__name__, type(node).__name__.lower())


def _written(statements: list[ast.stmt]) -> set[str]:
    """Names that a function writes outside of its comprehensions, which are its variables."""
    names: set[str] = set()
    for statement in statements:
        match statement:
            case ast.Assign(targets=targets):
                names.update(name for target in targets for name in _stored(target))
            case ast.AugAssign(target=target):
                names.update(_stored(target))
            case ast.If(body=body, orelse=orelse):
                names |= _written(body) | _written(orelse)
            case ast.For(target=target, body=body):
                names.update(_stored(target))
                names |= _written(body)
    return names


def _stored(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
