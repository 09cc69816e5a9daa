"""A theory's tree as nested functions of Python, one for each node."""

from collections.abc import Callable

from interpbench.theory import operations, syntax
from interpbench.theory.errors import Place, RunError, TypeFault, UnboundName, UnpackFault
from interpbench.theory.frame import Code, Frame, Signal, Step, Write
from interpbench.theory.operations import Value, weigh
from interpbench.theory.syntax import Block, Expression, Statement, Target, cost

SCANNING = frozenset({"all", "any", "enumerate", "max", "min", "sum", "tuple", "zip"})
"""Functions that cost what their sequences weigh."""


class Compiler:
    """Nodes to functions. Variables of comprehensions have numbers of their own."""

    def __init__(self, parameter: str, body: Block, conditionals: tuple[syntax.If | syntax.Choice, ...]) -> None:
        self._numbers = {id(node): number for number, node in enumerate(conditionals)}
        # all of them before the first comprehension, whose scope is a copy
        names = dict.fromkeys([parameter, *syntax.written(body)])
        self._scope = {name: number for number, name in enumerate(names)}
        self.variables = len(names)  # those of comprehensions are added

    def _variable(self, name: str) -> int:
        if name not in self._scope:
            self._scope[name] = self.variables
            self.variables += 1
        return self._scope[name]

    # statements

    def block(self, block: Block) -> Step:
        """A function that runs statements."""
        steps = tuple(self._statement(statement) for statement in block)

        def run(frame: Frame) -> Signal | None:
            for step in steps:
                signal = step(frame)
                if signal is not None:
                    return signal
            return None

        return run

    def _statement(self, node: Statement) -> Step:
        match node:
            case syntax.Assign(target, value):
                return self._assign(target, value)
            case syntax.Return(value):
                code, price = self._code(value), 1 + cost(value)

                def give(frame: Frame) -> Signal:
                    frame.spend(price)
                    return (code(frame),)

                return give
            case syntax.If():
                return self._if(node)
            case syntax.For():
                return self._for(node)
            case syntax.Break():
                return _signal("break")
            case syntax.Continue():
                return _signal("continue")

    def _assign(self, target: Target, value: Expression) -> Step:
        code, write, price = self._code(value), self._write(target), 1 + cost(value)

        def run(frame: Frame) -> None:
            frame.spend(price)
            write(frame, code(frame))

        return run

    def _write(self, target: Target) -> Write:
        if isinstance(target, syntax.Name):
            number = self._variable(target.name)

            def write(frame: Frame, value: Value) -> None:
                frame.values[number] = value

            return write
        parts, place = tuple(self._write(part) for part in target.parts), target.place

        def unpack(frame: Frame, value: Value) -> None:
            if type(value) is not tuple:
                raise TypeFault("unpacking of an integer, wanted a sequence", place)
            if len(value) != len(parts):
                raise UnpackFault(f"{len(value)} elements for {len(parts)} names", place)
            for part, item in zip(parts, value, strict=True):
                part(frame, item)

        return unpack

    def _if(self, node: syntax.If) -> Step:
        condition, price = self._code(node.condition), 1 + cost(node.condition)
        then, other = self.block(node.then), self.block(node.other)
        false, true = self._bits(node)

        def run(frame: Frame) -> Signal | None:
            frame.spend(price)
            if condition(frame):
                frame.taken |= true
                return then(frame)
            frame.taken |= false
            return other(frame)

        return run

    def _bits(self, node: syntax.If | syntax.Choice) -> tuple[int, int]:
        number = self._numbers[id(node)]
        return 1 << 2 * number, 2 << 2 * number

    def _for(self, node: syntax.For) -> Step:
        source, price, place = self._code(node.source), 1 + cost(node.source), node.place
        write, body = self._write(node.target), self.block(node.body)

        def run(frame: Frame) -> Signal | None:
            frame.spend(price)
            for item in _sequence(source(frame), place):
                frame.spend(1)
                write(frame, item)
                signal = body(frame)
                if signal == "break":
                    break
                if signal is not None and signal != "continue":
                    return signal
            return None

        return run

    # expressions

    def _code(self, node: Expression) -> Code:
        place = node.place
        match node:
            case syntax.Number(value):
                number = int(value)
                return lambda _: number
            case syntax.Name(name):
                return self._read(name, place)
            case syntax.Unary("not", operand):
                code = self._code(operand)
                return lambda frame: not code(frame)
            case syntax.Unary(op, operand):
                return self._unary(op, self._code(operand), place)
            case syntax.Binary(op, left, right):
                return self._binary(op, self._code(left), self._code(right), place)
            case syntax.Comparison():
                return self._comparison(node)
            case syntax.Logic(op, parts):
                return self._logic(op == "and", tuple(self._code(part) for part in parts))
            case syntax.Choice():
                return self._choice(node)
            case syntax.Display(items):
                return self._display(tuple(self._code(item) for item in items), place)
            case syntax.Index(sequence, index):
                return self._index(self._code(sequence), self._code(index), place)
            case syntax.Slice():
                return self._slice(node)
            case syntax.Call("any" | "all" as name, (syntax.Comprehension(lazy=True) as rounds,)):
                return self._lazy(name == "any", rounds)
            case syntax.Call(name, arguments):
                return self._call(name, tuple(self._code(argument) for argument in arguments), place)
            case syntax.Comprehension():
                return self._comprehension(node)

    def _read(self, name: str, place: Place) -> Code:
        number = self._variable(name)

        def read(frame: Frame) -> Value:
            value = frame.values[number]
            if value is None:
                raise UnboundName(f"{name} is read before it is written", place)
            return value

        return read

    def _unary(self, op: str, operand: Code, place: Place) -> Code:
        operate = operations.UNARY[op]

        def run(frame: Frame) -> Value:
            value = operand(frame)
            try:
                return operate(operations.integer(value, op))
            except RunError as error:
                raise error.at(place) from None

        return run

    def _binary(self, op: str, left: Code, right: Code, place: Place) -> Code:
        on_integers = operations.INTEGERS[op]

        def run(frame: Frame) -> Value:
            first, second = left(frame), right(frame)
            try:
                if type(first) is not tuple and type(second) is not tuple:
                    return on_integers(first, second)
                made = operations.binary(op, first, second, frame.fuel)
                frame.spend(weigh(made, frame.fuel))
                return made
            except RunError as error:
                raise error.at(place) from None

        return run

    def _comparison(self, node: syntax.Comparison) -> Code:
        first, place = self._code(node.first), node.place
        rest = tuple((op, self._code(each)) for op, each in zip(node.ops, node.rest, strict=True))

        def run(frame: Frame) -> Value:
            left = first(frame)
            for op, code in rest:
                right = code(frame)
                try:
                    for side in (left, right):
                        if type(side) is tuple:
                            frame.spend(weigh(side, frame.fuel))
                    holds = operations.compare(op, left, right)
                except RunError as error:
                    raise error.at(place) from None
                if not holds:
                    return False
                left = right
            return True

        return run

    def _logic(self, conjunction: bool, parts: tuple[Code, ...]) -> Code:
        def run(frame: Frame) -> Value:
            value: Value = conjunction
            for part in parts:
                value = part(frame)
                if bool(value) != conjunction:
                    break
            return value

        return run

    def _choice(self, node: syntax.Choice) -> Code:
        condition, then, other = self._code(node.condition), self._code(node.then), self._code(node.other)
        false, true = self._bits(node)

        def run(frame: Frame) -> Value:
            if condition(frame):
                frame.taken |= true
                return then(frame)
            frame.taken |= false
            return other(frame)

        return run

    def _display(self, items: tuple[Code, ...], place: Place) -> Code:
        def run(frame: Frame) -> Value:
            return _made(frame, tuple([item(frame) for item in items]), place)

        return run

    def _index(self, sequence: Code, position: Code, place: Place) -> Code:
        def run(frame: Frame) -> Value:
            items, number = sequence(frame), position(frame)
            try:
                return operations.index(items, number)
            except RunError as error:
                raise error.at(place) from None

        return run

    def _slice(self, node: syntax.Slice) -> Code:
        sequence, place = self._code(node.sequence), node.place
        bounds = [None if bound is None else self._code(bound) for bound in (node.lower, node.upper, node.step)]

        def run(frame: Frame) -> Value:
            items = sequence(frame)
            given = [None if bound is None else bound(frame) for bound in bounds]
            try:
                return _made(frame, operations.cut(items, *given), place)
            except RunError as error:
                raise error.at(place) from None

        return run

    def _call(self, name: str, arguments: tuple[Code, ...], place: Place) -> Code:
        def run(frame: Frame) -> Value:
            given = tuple([argument(frame) for argument in arguments])
            try:
                if name == "sorted" and type(given[0]) is tuple:
                    frame.spend(weigh(given[0], frame.fuel) * len(given[0]).bit_length())
                elif name in SCANNING:
                    for value in given:
                        if type(value) is tuple:
                            frame.spend(weigh(value, frame.fuel))
                made = operations.call(name, given, frame.fuel)
                return _made(frame, made, place) if type(made) is tuple else made
            except RunError as error:
                raise error.at(place) from None

        return run

    # comprehensions

    def _rounds(self, node: syntax.Comprehension, see: Callable[[Frame, Value, list[Value]], bool]) -> Code:
        """All rounds; `see` takes each element and says whether to stop. Gives the list that `see` fills."""
        clauses = node.clauses
        first = self._code(clauses[0].source)
        outer = self._scope
        self._scope = dict(outer)
        own = [name for clause in clauses for name in syntax.names_of(clause.target)]
        for name in own:
            self._scope.pop(name, None)
        numbers = sorted({self._variable(name) for name in own})
        sources = [first, *(self._code(clause.source) for clause in clauses[1:])]
        prices = [0, *(cost(clause.source) for clause in clauses[1:])]
        writes = [self._write(clause.target) for clause in clauses]
        tests = [tuple(self._code(condition) for condition in clause.conditions) for clause in clauses]
        test_prices = [1 + sum(map(cost, clause.conditions)) for clause in clauses]
        element, price = self._code(node.element), cost(node.element)
        self._scope = outer
        places = [clause.place for clause in clauses]

        def enter(frame: Frame, level: int, seen: list[Value]) -> bool:
            if level == len(sources):
                frame.spend(price)
                return see(frame, element(frame), seen)
            frame.spend(prices[level])
            for item in _sequence(sources[level](frame), places[level]):
                frame.spend(test_prices[level])
                writes[level](frame, item)
                if all(test(frame) for test in tests[level]) and enter(frame, level + 1, seen):
                    return True
            return False

        def run(frame: Frame) -> list[Value]:
            seen: list[Value] = []
            # what is read before the first source is evaluated belongs to the scope around
            for number in numbers:
                frame.values[number] = None
            enter(frame, 0, seen)
            return seen

        return run

    def _comprehension(self, node: syntax.Comprehension) -> Code:
        def keep(frame: Frame, value: Value, seen: list[Value]) -> bool:
            frame.spend(1)
            seen.append(value)
            return False

        rounds, place = self._rounds(node, keep), node.place

        def run(frame: Frame) -> Value:
            seen = tuple(rounds(frame))
            frame.fuel += len(seen)  # spent one by one, lest the list outgrow the fuel
            return _made(frame, seen, place)

        return run

    def _lazy(self, wanted: bool, node: syntax.Comprehension) -> Code:
        """`any` and `all` of a generator stop at the first element that decides."""

        def decide(_: Frame, value: Value, seen: list[Value]) -> bool:
            if bool(value) == wanted:
                seen.append(True)
            return bool(seen)

        rounds = self._rounds(node, decide)
        return lambda frame: wanted if rounds(frame) else not wanted


def _made(frame: Frame, value: tuple[Value, ...], place: Place) -> tuple[Value, ...]:
    """A new sequence, paid for."""
    try:
        frame.spend(weigh(value, frame.fuel))
    except RunError as error:
        raise error.at(place) from None
    return value


def _sequence(value: Value, place: Place) -> tuple[Value, ...]:
    if type(value) is not tuple:
        raise TypeFault("a loop over an integer, wanted a sequence", place)
    return value


def _signal(word: str) -> Step:
    def run(frame: Frame) -> Signal:
        frame.spend(1)
        return word

    return run
