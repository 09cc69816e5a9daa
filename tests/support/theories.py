"""Random theories as text, and what Python itself makes of them: an oracle that shares no code with the package.

Only tests execute theories, and only theories that the generator below wrote and the interpreter has ended within its
fuel.
"""

import ast
import builtins
import random
from collections.abc import Callable
from typing import Any

BINARY = ["+", "-", "*", "//", "%", "&", "|", "^", "<<", ">>", "**"]
OFTEN = ["+", "-", "+", "-", "*", "%", "//"]


class Writer:
    """Writes one theory; nearly all are well typed, a few operands are not.

    Args:
        rng: source of every choice.
        wild: probability that an operand has the wrong kind.
    """

    def __init__(self, rng: random.Random, wild: float = 0.02) -> None:
        self.rng, self.wild = rng, wild
        self.ints: list[str] = []
        self.seqs = ["x"]
        self.loops = 0

    def theory(self, statements: int = 4) -> str:
        lines = ["def rule(x):"]
        for _ in range(self.rng.randint(0, statements)):
            lines += self.statement("    ", 2)
        lines.append(f"    return {self.seq(2) if self.rng.random() < 0.25 else self.number(4)}")
        return "\n".join(lines)

    def statement(self, indent: str, depth: int) -> list[str]:
        kind = self.rng.choices(
            ["int", "seq", "if", "for", "return", "jump", "augment", "pair"], [5, 2, 4, 4, 1, 1, 2, 1]
        )[0]
        if kind in ("if", "for") and not depth:
            kind = "int"
        match kind:
            case "if":
                lines = [f"{indent}if {self.number(2)}:", *self.block(indent, depth)]
                return lines + ([f"{indent}else:", *self.block(indent, depth)] if self.rng.random() < 0.5 else [])
            case "for":
                return self.loop(indent, depth)
            case "return":
                return [f"{indent}return {self.number(2)}"] if depth < 2 else [f"{indent}pass"]
            case "jump" if self.loops:
                return [f"{indent}if {self.number(1)}: {self.rng.choice(['break', 'continue'])}"]
            case "augment" if self.ints:
                return [f"{indent}{self.rng.choice(self.ints)} {self.rng.choice(OFTEN)}= {self.number(1)}"]
            case "pair":
                first, second = self.name("abc"), self.name("def")
                line = f"{indent}{first}, {second} = {self.number(1)}, {self.number(1)}"
                self.ints += [first, second]
                return [line]
            case "seq":
                value, name = self.seq(2), self.name("tuw")
                self.seqs.append(name)
                return [f"{indent}{name} = {value}"]
        value, name = self.number(3), self.name("abcdef")
        self.ints.append(name)
        return [f"{indent}{name} = {value}"]

    def block(self, indent: str, depth: int) -> list[str]:
        known = len(self.ints), len(self.seqs)
        lines = [line for _ in range(self.rng.randint(1, 2)) for line in self.statement(indent + "    ", depth - 1)]
        if self.rng.random() < 0.9:  # else names may be read that one branch has not written
            del self.ints[known[0] :], self.seqs[known[1] :]
        return lines

    def loop(self, indent: str, depth: int) -> list[str]:
        target, source, names = self.rounds()
        self.ints += names
        self.loops += 1
        lines = [f"{indent}for {target} in {source}:", *self.block(indent, depth)]
        self.loops -= 1
        return lines

    def rounds(self) -> tuple[str, str, list[str]]:
        match self.rng.randrange(4):
            case 0:
                return (
                    "i",
                    f"range({self.rng.choice(['len(x)', str(self.rng.randint(0, 5)), self.number(1) + ' % 4'])})",
                    ["i"],
                )
            case 1:
                return "i, v", f"enumerate({self.seq(1)})", ["i", "v"]
            case 2:
                return "v, w", f"zip({self.seq(1)}, {self.seq(1)})", ["v", "w"]
        name = self.rng.choice("vwij")
        return name, self.seq(1), [name]

    def name(self, letters: str) -> str:
        return self.rng.choice(letters)

    def number(self, depth: int) -> str:
        if self.rng.random() < self.wild:
            return self.seq(max(depth - 1, 0))
        if depth <= 0 or self.rng.random() < 0.1:
            return self.leaf()
        d = depth - 1
        match self.rng.randrange(13):
            case 0 | 1 | 2:
                op = self.rng.choice(OFTEN if self.rng.random() < 0.85 else BINARY)
                right = (
                    str(self.rng.randint(1, 5))
                    if op in ("%", "//", "<<", ">>", "**") and self.rng.random() < 0.8
                    else self.number(d)
                )
                return f"({self.number(d)} {op} {right})"
            case 3:
                return f"({self.number(d)} {self.rng.choice(['==', '!=', '<', '<=', '>', '>='])} {self.number(d)})"
            case 4:
                return f"({self.number(d)} {self.rng.choice(['and', 'or'])} {self.number(d)})"
            case 5:
                return f"({self.number(d)} if {self.number(d)} else {self.number(d)})"
            case 6:
                return f"({self.rng.choice(['-', '+', '~', 'not '])}({self.number(d)}))"
            case 7:
                return f"{self.rng.choice(['len', 'sum', 'any', 'all', 'min', 'max'])}({self.seq(d)})"
            case 8:
                return f"{self.rng.choice(['min', 'max'])}({self.number(d)}, {self.number(d)})"
            case 9:
                return f"{self.rng.choice(['abs', 'int', 'bool'])}({self.number(d)})"
            case 10:
                place = self.rng.choice(["0", "1", "-1", "2", f"{self.number(d)} % 3", self.number(0)])
                return f"{self.rng.choice(self.seqs)}[{place}]"
            case 11:
                return f"{self.rng.choice(['sum', 'any', 'all', 'min', 'max'])}({self.comprehension(d, False)})"
        compared = self.rng.choice(["in", "not in", "in"])
        if self.rng.random() < 0.3:
            return f"({self.seq(d)} {self.rng.choice(['==', '!=', '<', '<=', '>'])} {self.seq(d)})"
        if self.rng.random() < 0.3:
            return f"({self.number(d)} < {self.number(d)} <= {self.number(d)})"
        return f"({self.number(d)} {compared} {self.seq(d)})"

    def leaf(self) -> str:
        choices = [str(self.rng.randint(-3, 6)), f"x[{self.rng.randint(-2, 2)}]", "True"]
        return self.rng.choice(choices + self.ints * 2)

    def seq(self, depth: int) -> str:
        if self.rng.random() < self.wild:
            return self.number(depth - 1)
        if depth <= 0 or self.rng.random() < 0.3:
            return self.rng.choice(self.seqs)
        d = depth - 1
        match self.rng.randrange(9):
            case 0:
                return "(" + "".join(f"{self.number(d)}, " for _ in range(self.rng.randint(0, 3))) + ")"
            case 1:
                bounds = [self.rng.choice(["", "1", "-1", "2", self.number(d)]) for _ in range(2)]
                return f"{self.rng.choice(self.seqs)}[{':'.join(bounds)}{self.rng.choice(['', ':-1', ':2', ''])}]"
            case 2:
                return f"sorted({self.seq(d)})"
            case 3:
                return f"({self.seq(d)} + {self.seq(d)})"
            case 4 | 5:
                return f"[{self.comprehension(d, True)}]"
            case 6:
                return f"tuple({self.comprehension(d, False)})"
            case 7:
                return f"({self.seq(d)} * {self.rng.choice(['2', '0', self.number(0)])})"
        return f"range({self.number(d)} % 5)"

    def comprehension(self, depth: int, nested: bool) -> str:
        known = len(self.ints)
        clauses = []
        for _ in range(self.rng.choice([1, 1, 1, 2] if nested else [1, 1, 2])):
            target, source, names = self.rounds()
            self.ints += names
            conditions = "".join(f" if {self.number(1)}" for _ in range(self.rng.choice([0, 0, 1])))
            clauses.append(f"for {target} in {source}{conditions}")
        element = self.number(depth)
        del self.ints[known:]
        return f"{element} {' '.join(clauses)}"


class _Departures(ast.NodeTransformer):
    """Where the language departs from Python: lists are tuples, and there are no fractions."""

    def visit_List(self, node: ast.List) -> ast.expr:
        self.generic_visit(node)
        return ast.Tuple(elts=node.elts, ctx=node.ctx)

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        self.generic_visit(node)
        return ast.Call(func=ast.Name(id="tuple", ctx=ast.Load()), args=[node], keywords=[])

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Pow):
            return node
        return ast.Call(func=ast.Name(id="power", ctx=ast.Load()), args=[node.left, node.right], keywords=[])


def _power(base: int, exponent: int) -> int:
    if exponent < 0:
        raise ValueError("a fraction")
    return int(base**exponent)


def python(text: str) -> Callable[[tuple[int, ...]], Any]:
    """The theory as a function of Python."""
    made: dict[str, Any] = {
        "sorted": lambda items: tuple(builtins.sorted(items)),
        "range": lambda *bounds: tuple(builtins.range(*bounds)),
        "enumerate": lambda items: tuple(builtins.enumerate(items)),
        "zip": lambda *items: tuple(builtins.zip(*items, strict=False)),
        "list": tuple,
        "power": _power,
    }
    tree = ast.fix_missing_locations(_Departures().visit(ast.parse(text)))
    exec(compile(tree, "theory", "exec"), made)
    function: Callable[[tuple[int, ...]], Any] = made["rule"]
    return function


def expected(text: str, x: tuple[int, ...]) -> Any:
    """Python's answer, or the type of its error; no integer or tuple of integers is a TypeError."""
    try:
        answer = python(text)(x)
    except Exception as error:
        return type(error)
    if isinstance(answer, int):
        return int(answer)
    if isinstance(answer, tuple) and all(isinstance(item, int) for item in answer):
        return tuple(int(item) for item in answer)
    return TypeError
