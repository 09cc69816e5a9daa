"""A theory on many inputs at once: every statement runs for all inputs that reach it, under a mask.

Where inputs part at a condition, both branches run, each for its own, and variables are merged afterwards. The result
agrees with the interpreter, value for value and failure for failure; inputs that this module cannot decide are marked.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from interpbench.theory import syntax
from interpbench.theory.batch import arithmetic, order, sequences
from interpbench.theory.batch.state import Dead, State
from interpbench.theory.batch.values import (
    Batched,
    Ints,
    Mask,
    Seq,
    Truth,
    both,
    either,
    merge,
    negated,
    number,
    sequence,
    truth,
)
from interpbench.theory.compiler import SCANNING
from interpbench.theory.syntax import Block, Expression, Statement, Target, cost


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """A variable's value, and the inputs for which it has none yet."""

    value: Batched
    unbound: Mask | None


class Machine:
    """One run of a theory on some inputs.

    Attributes:
        state: which inputs are still running.
        returned: values with the inputs that return them.
        taken: (outcome, input) as `Answers.taken`, turned.
    """

    def __init__(
        self, state: State, parameter: str, x: Seq, conditionals: tuple[syntax.If | syntax.Choice, ...]
    ) -> None:
        self.state = state
        self.returned: list[tuple[Mask, Batched]] = []
        self.taken: np.ndarray = np.zeros((2 * len(conditionals), state.inputs), dtype=bool)
        self._numbers = {id(node): number for number, node in enumerate(conditionals)}
        self._variables = {parameter: Variable(x, None)}
        self._broke: list[Mask] = []  # for each loop around this place, the inputs that left it
        self._nothing = np.zeros(state.inputs, dtype=bool)
        self._costs: dict[int, int] = {}

    # statements

    def block(self, block: Block, mask: Mask) -> Mask:
        """Runs statements; gives the inputs that go on behind them."""
        for statement in block:
            mask = np.asarray(mask & self.state.live)
            if not mask.any():
                break
            try:
                mask = self._statement(statement, mask)
            except Dead:
                return self._nothing
        return np.asarray(mask & self.state.live)

    def _cost(self, node: Expression) -> int:
        if id(node) not in self._costs:
            self._costs[id(node)] = cost(node)
        return self._costs[id(node)]

    def _statement(self, node: Statement, mask: Mask) -> Mask:
        match node:
            case syntax.Assign(target, value):
                self.state.spend(1 + self._cost(value))
                self._write(target, self._eval(value, mask), mask)
                return mask
            case syntax.If():
                return self._if(node, mask)
            case syntax.For():
                return self._for(node, mask)
            case syntax.Return(value):
                self.state.spend(1 + self._cost(value))
                self.returned.append((mask, self._eval(value, mask)))
                mask = mask & self.state.live
                self.returned[-1] = (mask, self.returned[-1][1])
                self.state.retire(mask)
            case syntax.Break():
                self.state.spend(1)
                self._broke[-1] = self._broke[-1] | mask
            case syntax.Continue():
                self.state.spend(1)
        return self._nothing

    def _if(self, node: syntax.If, mask: Mask) -> Mask:
        self.state.spend(1 + self._cost(node.condition))
        condition = truth(self._eval(node.condition, mask))
        then, other = self._parted(node, mask & self.state.live, condition)
        # either branch may kill all of its inputs
        after = self.block(node.then, then) if then.any() else self._nothing
        other = other & self.state.live
        return np.asarray(after | (self.block(node.other, other) if other.any() else self._nothing))

    def _parted(self, node: syntax.If | syntax.Choice, mask: Mask, condition: Truth) -> tuple[Mask, Mask]:
        """The inputs that go either way."""
        if isinstance(condition, bool):
            then, other = (mask, self._nothing) if condition else (self._nothing, mask)
        else:
            then, other = mask & condition, mask & ~condition
        outcome = 2 * self._numbers[id(node)]
        self.taken[outcome] |= other
        self.taken[outcome + 1] |= then
        return then, other

    def _for(self, node: syntax.For, mask: Mask) -> Mask:
        self.state.spend(1 + self._cost(node.source))
        items = self._eval(node.source, mask)
        if not isinstance(items, Seq):
            self.state.fail(mask)
        self._broke.append(self._nothing)
        for item, present in items.slots():
            going = mask & self.state.live & ~self._broke[-1]
            going = going if present is None else going & present
            if not going.any():
                continue
            try:
                self.state.spend(1)
                self._write(node.target, item, going)
                self.block(node.body, going)
            except Dead:
                continue
        self._broke.pop()
        return mask

    def _write(self, target: Target, value: Batched, mask: Mask) -> None:
        if isinstance(target, syntax.Name):
            self._set(target.name, value, mask)
            return
        if not isinstance(value, Seq):
            self.state.fail(mask)
        if value.present is not None:
            self.state.give_up(mask)
        if len(value.items) != len(target.parts):
            self.state.fail(mask)
        for part, item in zip(target.parts, value.items, strict=True):
            self._write(part, item, mask)

    def _set(self, name: str, value: Batched, mask: Mask) -> None:
        """Other inputs keep what the variable holds, but only if they may still read it."""
        rest = self.state.live & ~mask
        old = self._variables.get(name)
        if not rest.any():
            self._variables[name] = Variable(value, None)
            return
        bound = rest if old is None or old.unbound is None else rest & ~old.unbound
        if old is None or not bound.any():
            self._variables[name] = Variable(value, rest)
            return
        merged = merge(mask, value, old.value)
        if merged is None:
            self.state.give_up(mask)
        unbound = None if old.unbound is None else old.unbound & rest
        self._variables[name] = Variable(merged, unbound if unbound is not None and unbound.any() else None)

    # expressions

    def _eval(self, node: Expression, mask: Mask) -> Batched:
        """The value for the mask's inputs; Dead if none of them has one."""
        match node:
            case syntax.Number(value):
                return int(value)
            case syntax.Name(name):
                return self._read(name, mask)
            case syntax.Binary(op, left, right):
                first = self._eval(left, mask)
                return sequences.binary(self.state, mask, op, first, self._eval(right, mask))
            case syntax.Index(items, place):
                first = self._eval(items, mask)
                return sequences.index(self.state, mask, first, self._eval(place, mask))
            case syntax.Comparison():
                return number(self._comparison(node, mask))
            case syntax.Logic():
                return self._logic(node, mask)
            case syntax.Choice():
                return self._choice(node, mask)
            case syntax.Unary(op, operand):
                return self._unary(op, self._eval(operand, mask), mask)
            case syntax.Display(items):
                return self.state.made(Seq(tuple(self._eval(item, mask) for item in items)), mask)
            case syntax.Slice(items, lower, upper, step):
                first = self._eval(items, mask)
                bounds = [None if bound is None else self._eval(bound, mask) for bound in (lower, upper, step)]
                return sequences.cut(self.state, mask, first, bounds)
            case syntax.Call(("any" | "all") as name, (syntax.Comprehension(lazy=True) as rounds,)):
                return self._lazy(name == "any", rounds, mask)
            case syntax.Call(name, arguments):
                return self._call(name, [self._eval(argument, mask) for argument in arguments], mask)
            case syntax.Comprehension():
                return self._comprehension(node, mask)

    def _read(self, name: str, mask: Mask) -> Batched:
        variable = self._variables.get(name)
        if variable is None:
            self.state.fail(mask)
        if variable.unbound is not None:
            self.state.fail_where(mask, variable.unbound)
        return variable.value

    def _unary(self, op: str, value: Batched, mask: Mask) -> Batched:
        if op == "not":
            return number(negated(truth(value)))
        if isinstance(value, Seq):
            self.state.fail(mask)
        return arithmetic.unary(self.state, mask, op, value)

    def _comparison(self, node: syntax.Comparison, mask: Mask) -> Truth:
        left = self._eval(node.first, mask)
        holds: Truth = True
        for op, each in zip(node.ops, node.rest, strict=True):
            try:
                right = self._eval(each, mask)
                link = self._compare(op, left, right, mask)
            except Dead:
                if holds is True:
                    raise
                return holds  # what is left did not come this far
            holds = both(holds, link)
            if holds is False:
                return False
            if not isinstance(holds, bool):
                mask = mask & holds & self.state.live
                if not mask.any():
                    return holds
            left = right
        return holds

    def _compare(self, op: str, left: Batched, right: Batched, mask: Mask) -> Truth:
        for side in (left, right):
            if isinstance(side, Seq):
                self.state.spend(self.state.weigh(side, mask))
        if op in ("in", "not in"):
            if not isinstance(right, Seq):
                self.state.fail(mask)
            found = order.contains(self.state, mask, right, left)
            return found if op == "in" else negated(found)
        return order.compare(self.state, mask, op, left, right)

    def _logic(self, node: syntax.Logic, mask: Mask) -> Batched:
        conjunction = node.op == "and"
        first, *others = node.parts
        result = self._eval(first, mask)
        for part in others:
            holds = truth(result)
            on = holds if conjunction else negated(holds)
            if on is False:
                break
            if on is True:
                result = self._eval(part, mask)
                continue
            going = mask & on & self.state.live
            if not going.any():
                break
            try:
                value = self._eval(part, going)
            except Dead:
                self.state.need(mask)
                break
            result = self._decided(conjunction, on, value, result, going)
            mask = mask & self.state.live
        return result

    def _decided(self, conjunction: bool, on: Truth, value: Batched, before: Batched, going: Mask) -> Batched:
        """The next part's value where it was asked."""
        if _is_truth(value) and _is_truth(before):
            links = truth(before), truth(value)
            return number(both(*links) if conjunction else either(*links))
        assert not isinstance(on, bool)
        merged = merge(on, value, before)
        if merged is None:
            self.state.doubt(going)
            return before
        return merged

    def _choice(self, node: syntax.Choice, mask: Mask) -> Batched:
        condition = truth(self._eval(node.condition, mask))
        then, other = self._parted(node, mask & self.state.live, condition)
        first, second = self._branch(node.then, then), self._branch(node.other, other)
        if first is not None and second is not None:
            merged = merge(then, first, second)
            if merged is not None:
                return merged
            self.state.doubt(other)
            second = None
        self.state.need(mask)
        result = first if first is not None else second
        if result is None:
            raise Dead
        return result

    def _branch(self, node: Expression, mask: Mask) -> Batched | None:
        if not (mask & self.state.live).any():
            return None
        try:
            return self._eval(node, mask)
        except Dead:
            return None

    def _call(self, name: str, arguments: list[Batched], mask: Mask) -> Batched:
        if name == "sorted" and isinstance(arguments[0], Seq):
            weight = self.state.weigh(arguments[0], mask)
            self.state.spend(weight * len(arguments[0].items).bit_length())
        elif name in SCANNING:
            for argument in arguments:
                if isinstance(argument, Seq):
                    self.state.spend(self.state.weigh(argument, mask))
        result = sequences.call(self.state, mask, name, arguments)
        made = isinstance(result, Seq) and name in ("enumerate", "range", "sorted", "tuple", "zip", "min", "max")
        return self.state.made(result, mask) if made and isinstance(result, Seq) else result

    # comprehensions

    def _rounds(self, node: syntax.Comprehension, mask: Mask, see: Callable[[Batched, Mask], Mask]) -> None:
        """All rounds; `see` takes each element with its inputs and gives those that are through."""
        names = [name for clause in node.clauses for name in syntax.names_of(clause.target)]
        sources = self._eval(node.clauses[0].source, mask)
        outer = {name: self._variables.pop(name) for name in names if name in self._variables}
        through = self._nothing

        def enter(level: int, items: Batched, here: Mask) -> None:
            nonlocal through
            clause = node.clauses[level]
            if not isinstance(items, Seq):
                self.state.fail(here)
            for item, present in items.slots():
                going = here & self.state.live & ~through
                going = going if present is None else going & present
                if not going.any():
                    continue
                try:
                    self.state.spend(1 + sum(self._cost(condition) for condition in clause.conditions))
                    self._write(clause.target, item, going)
                    for condition in clause.conditions:
                        going = self._narrowed(going, truth(self._eval(condition, going)))
                    if level + 1 < len(node.clauses):
                        inner = node.clauses[level + 1].source
                        self.state.spend(self._cost(inner))
                        enter(level + 1, self._eval(inner, going), going)
                    else:
                        self.state.spend(self._cost(node.element))
                        through = through | see(self._eval(node.element, going), going)
                except Dead:
                    continue

        try:
            enter(0, sources, mask)
        finally:
            for name in names:
                self._variables.pop(name, None)
            self._variables.update(outer)
        self.state.need(mask)

    def _narrowed(self, mask: Mask, condition: Truth) -> Mask:
        """The inputs that a condition lets through; Dead if there are none, as far as this round is concerned."""
        mask = mask & self.state.live
        mask = (mask if condition else self._nothing) if isinstance(condition, bool) else mask & condition
        if not mask.any():
            raise Dead
        return mask

    def _comprehension(self, node: syntax.Comprehension, mask: Mask) -> Batched:
        items: list[Batched] = []
        present: list[Mask | None] = []

        def keep(value: Batched, here: Mask) -> Mask:
            items.append(value)
            whole = not (mask & self.state.live & ~here).any()
            present.append(None if whole else here)
            return self._nothing

        self._rounds(node, mask, keep)
        return self.state.made(sequence(items, present), mask)

    def _lazy(self, wanted: bool, node: syntax.Comprehension, mask: Mask) -> Batched:
        """`any` and `all` of a generator: inputs leave at the first element that decides."""
        found = self._nothing

        def decide(value: Batched, here: Mask) -> Mask:
            nonlocal found
            holds = truth(value) if wanted else negated(truth(value))
            hit = (here if holds else self._nothing) if isinstance(holds, bool) else here & holds
            found = found | hit
            return hit

        self._rounds(node, mask, decide)
        return number(found if wanted else ~found)


def _is_truth(value: Batched) -> bool:
    return (isinstance(value, Ints) and value.values.dtype == bool) or (isinstance(value, int) and value in (0, 1))
