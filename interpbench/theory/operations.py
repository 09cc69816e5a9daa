"""What operations on integers and sequences mean: Python's semantics, within bounds, with errors of our own.

Every function is total up to `RunError`; no result is larger than what the limits allow, and none is built before that
is known.
"""

from collections.abc import Callable, Mapping
from typing import Any

from interpbench.theory.errors import BadArgument, DivisionByZero, FuelError, IndexFault, TypeFault, ValueTooLarge
from interpbench.theory.limits import BITS, DEPTH

Value = Any
"""An integer or a tuple of values; a recursive type would cost a cast at every use."""

_LARGEST = 2**BITS


def bounded(value: int) -> int:
    """The integer itself.

    Raises:
        ValueTooLarge: more than `BITS` bits.
    """
    if -_LARGEST < value < _LARGEST:
        return value
    raise ValueTooLarge(f"an integer of more than {BITS} bits")


def weigh(value: tuple[Value, ...], budget: int, levels: int = DEPTH) -> int:
    """Elements of a sequence and of all sequences in it, counted as often as they occur; stops beyond the budget.

    Raises:
        ValueTooLarge: more than `levels` sequences in each other.
    """
    if not levels:
        raise ValueTooLarge(f"more than {DEPTH} sequences in each other")
    total = len(value)
    for item in value:
        if type(item) is tuple:
            total += weigh(item, budget - total, levels - 1)
            if total > budget:
                break
    return total


def integer(value: Value, what: str) -> int:
    """An operand that has to be an integer.

    Raises:
        TypeFault: it is a sequence.
    """
    if type(value) is tuple:
        raise TypeFault(f"{what} of a sequence of {len(value)}, wanted an integer")
    return int(value)


def sequence(value: Value, what: str) -> tuple[Value, ...]:
    """An operand that has to be a sequence.

    Raises:
        TypeFault: it is an integer.
    """
    if type(value) is not tuple:
        raise TypeFault(f"{what} of the integer {_short(value)}, wanted a sequence")
    return value


def _short(value: int) -> str:
    return str(value) if value.bit_length() < 64 else f"of {value.bit_length()} bits"


def _divide(left: int, right: int) -> int:
    if not right:
        raise DivisionByZero("// by zero")
    return left // right


def _modulo(left: int, right: int) -> int:
    if not right:
        raise DivisionByZero("% by zero")
    return left % right


def _power(base: int, exponent: int) -> int:
    if exponent < 0:
        raise BadArgument("** with a negative exponent, which is a fraction")
    if abs(base) > 1 and (base.bit_length() - 1) * exponent > BITS:
        raise ValueTooLarge(f"an integer of more than {BITS} bits")
    return bounded(int(base**exponent))


def _left(value: int, shift: int) -> int:
    if shift < 0:
        raise BadArgument("<< with a negative shift")
    return bounded(value << min(shift, BITS))


def _right(value: int, shift: int) -> int:
    if shift < 0:
        raise BadArgument(">> with a negative shift")
    return value >> min(shift, BITS)


INTEGERS: Mapping[str, Callable[[int, int], int]] = {
    "+": lambda a, b: bounded(a + b),
    "-": lambda a, b: bounded(a - b),
    "*": lambda a, b: bounded(a * b),
    "//": _divide,
    "%": _modulo,
    "**": _power,
    "<<": _left,
    ">>": _right,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
}
"""Operations on two integers; `//` cannot grow by more than a bit, since -2**256 is out of bounds."""


def binary(op: str, left: Value, right: Value, budget: int) -> Value:
    """Any binary operation; sequences have `+` and, with an integer, `*`.

    Raises:
        RunError: the operation fails; FuelError if a product of a sequence has more than `budget` elements.
    """
    first, second = type(left) is tuple, type(right) is tuple
    if not first and not second:
        return INTEGERS[op](left, right)
    if op == "+" and first and second:
        return left + right
    if op == "*" and first != second:
        items, times = (left, right) if first else (right, left)
        if not items:
            return ()
        if weigh(items, budget) * max(times, 0) > budget:
            raise FuelError("a sequence with more elements than there is fuel")
        return items * max(times, 0)
    kinds = ["a sequence" if each else "an integer" for each in (first, second)]
    raise TypeFault(f"{kinds[0]} {op} {kinds[1]}")


UNARY: Mapping[str, Callable[[int], int]] = {"-": lambda a: -a, "+": int, "~": lambda a: bounded(~int(a))}
"""Operations on one integer; `not` has every value."""


def compare(op: str, left: Value, right: Value) -> bool:
    """One comparison; sequences compare element by element, from the first.

    Raises:
        TypeFault: an integer and a sequence have no order.
    """
    match op:
        case "==":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "in":
            return left in sequence(right, "in")
        case "not in":
            return left not in sequence(right, "not in")
    try:
        match op:
            case "<":
                return bool(left < right)
            case "<=":
                return bool(left <= right)
            case ">":
                return bool(left > right)
        return bool(left >= right)
    except TypeError:
        raise TypeFault(f"an integer {op} a sequence") from None


def index(items: Value, place: Value) -> Value:
    """An element, counted from the end where negative.

    Raises:
        TypeFault: not a sequence and an integer.
        IndexFault: there is none.
    """
    items, place = sequence(items, "an element"), integer(place, "an element at a position")
    if not -len(items) <= place < len(items):
        raise IndexFault(f"element {_short(place)} of a sequence of {len(items)}")
    return items[place]


def cut(items: Value, lower: Value, upper: Value, step: Value) -> tuple[Value, ...]:
    """A slice; None is an open bound.

    Raises:
        TypeFault: not a sequence and integers.
        BadArgument: a step of zero.
    """
    bounds = [None if bound is None else integer(bound, "a slice") for bound in (lower, upper, step)]
    if step is not None and not step:
        raise BadArgument("a slice with a step of zero")
    return sequence(items, "a slice")[slice(*bounds)]


def _ordered(function: Callable[..., Value], name: str, arguments: tuple[Value, ...]) -> Value:
    items = sequence(arguments[0], name) if len(arguments) == 1 else arguments
    if not items:
        raise BadArgument(f"{name} of an empty sequence")
    try:
        return function(items)
    except TypeError:
        raise TypeFault(f"{name} of integers and sequences") from None


def _sum(items: Value) -> int:
    total = 0
    for item in sequence(items, "sum"):
        total = bounded(total + integer(item, "sum"))
    return total


def _sorted(items: Value) -> tuple[Value, ...]:
    try:
        return tuple(sorted(sequence(items, "sorted")))
    except TypeError:
        raise TypeFault("sorted of integers and sequences") from None


def span(arguments: tuple[Value, ...]) -> range:
    """What `range` goes over.

    Raises:
        TypeFault: of a sequence.
        BadArgument: a step of zero.
    """
    numbers = [integer(argument, "range") for argument in arguments]
    if len(numbers) == 3 and not numbers[2]:
        raise BadArgument("range with a step of zero")
    return range(*numbers)


def _range(arguments: tuple[Value, ...], budget: int) -> tuple[Value, ...]:
    numbers = span(arguments)
    if (numbers.stop - numbers.start) // numbers.step > budget:  # len() of a larger range is an OverflowError
        raise FuelError("a range with more elements than there is fuel")
    return tuple(numbers)


def call(function: str, arguments: tuple[Value, ...], budget: int) -> Value:
    """A function of the language.

    Raises:
        RunError: it fails; FuelError if a range has more than `budget` elements.
    """
    first = arguments[0]
    match function:
        case "abs":
            return abs(integer(first, "abs"))
        case "all":
            return all(sequence(first, "all"))
        case "any":
            return any(sequence(first, "any"))
        case "bool":
            return bool(first)
        case "enumerate":
            return tuple(enumerate(sequence(first, "enumerate")))
        case "int":
            return integer(first, "int")
        case "len":
            return len(sequence(first, "len"))
        case "max":
            return _ordered(max, "max", arguments)
        case "min":
            return _ordered(min, "min", arguments)
        case "range":
            return _range(arguments, budget)
        case "sorted":
            return _sorted(first)
        case "sum":
            return _sum(first)
        case "tuple":
            return sequence(first, "tuple")
        case "zip":
            return tuple(zip(*(sequence(argument, "zip") for argument in arguments), strict=False))
    raise TypeFault(f"no function {function}")
