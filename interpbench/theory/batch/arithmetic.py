"""Integers of many inputs: operations whose results are right wherever the input is not marked.

Bounds travel with the arrays, so that an overflow is ruled out beforehand for a whole array at the price of a few
operations on Python's integers. Where bounds do not rule it out, an estimate in floating point names the inputs.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from interpbench.theory import operations
from interpbench.theory.batch.state import State
from interpbench.theory.batch.values import SAFE, Ints, Mask, Truth, array, bounds, fits
from interpbench.theory.errors import RunError

Number = int | Ints
_LINEAR: dict[str, Callable[..., Any]] = {"+": np.add, "-": np.subtract, "*": np.multiply}
_BITWISE: dict[str, Callable[..., Any]] = {"&": np.bitwise_and, "|": np.bitwise_or, "^": np.bitwise_xor}
_ORDER: dict[str, Callable[..., Any]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


def binary(state: State, mask: Mask, op: str, left: Number, right: Number) -> Number:
    """Any binary operation on two integers."""
    if isinstance(left, int) and isinstance(right, int):
        try:
            return int(operations.INTEGERS[op](left, right))
        except RunError:
            state.fail(mask)
    if not (fits(left) and fits(right)):
        state.give_up(mask)
    if op in _LINEAR:
        return _linear(state, mask, op, left, right)
    if op in _BITWISE:
        return _bitwise(op, left, right)
    match op:
        case "//" | "%":
            return _divide(state, mask, op, left, right)
        case "**":
            return _power(state, mask, left, right)
    return _shift(state, mask, op, left, right)


def unary(state: State, mask: Mask, op: str, operand: Number) -> Number:
    """`-`, `+`, `~` of an integer."""
    if isinstance(operand, int):
        try:
            return operations.UNARY[op](operand)
        except RunError:
            state.fail(mask)
    if op == "+":
        return operand
    low, high = bounds(operand)
    values = array(operand)
    if op == "-":
        return made(-values, -high, -low)
    return made(~values, ~high, ~low)


def made(values: np.ndarray | int, low: int, high: int) -> Number:
    """An array with its bounds, or the integer that all inputs share."""
    if low == high:
        return low
    return Ints(np.asarray(values), low, high)


def compare(op: str, left: Number, right: Number) -> Truth:
    """`==`, `!=`, `<`, `<=`, `>`, `>=` of two integers."""
    (low, high), (other_low, other_high) = bounds(left), bounds(right)
    if high < other_low:
        return op in ("<", "<=", "!=")
    if low > other_high:
        return op in (">", ">=", "!=")
    if low == high == other_low == other_high:
        return op in ("==", "<=", ">=")
    if not (fits(left) and fits(right)):  # of the other order of magnitude, but bounds of garbage overlap
        left, right = _squeezed(left), _squeezed(right)
    return np.asarray(_ORDER[op](array(left), array(right)))


def _squeezed(value: Number) -> Number:
    """An integer too large for an array next to one that fits: the order stays."""
    return max(-SAFE - 1, min(SAFE + 1, value)) if isinstance(value, int) else value


def _span(op: str, left: Number, right: Number) -> tuple[int, int]:
    (a, b), (c, d) = bounds(left), bounds(right)
    if op == "+":
        return a + c, b + d
    if op == "-":
        return a - d, b - c
    corners = (a * c, a * d, b * c, b * d)
    return min(corners), max(corners)


def _linear(state: State, mask: Mask, op: str, left: Number, right: Number) -> Number:
    low, high = _span(op, left, right)
    if low > -SAFE and high < SAFE:
        return made(_LINEAR[op](array(left), array(right)), low, high)
    left, right = (v.tight() if isinstance(v, Ints) else v for v in (left, right))
    low, high = _span(op, left, right)
    if low > -SAFE and high < SAFE:
        return made(_LINEAR[op](array(left), array(right)), low, high)
    first, second = array(left), array(right)
    over = np.abs(_LINEAR[op](np.float64(first), np.float64(second))) > SAFE * 0.99
    state.doubt_where(mask, over)
    return Ints(_LINEAR[op](np.where(over, 0, first), np.where(over, 0, second)), 1 - SAFE, SAFE - 1)


def _divide(state: State, mask: Mask, op: str, left: Number, right: Number) -> Number:
    (low, high), (least, most) = bounds(left), bounds(right)
    divisor = array(right)
    if least <= 0 <= most:
        zero = compare("==", right, 0)
        state.fail_where(mask, zero)
        divisor = np.where(zero, 1, divisor)
        least, most = min(least, 1), max(most, 1)
    if op == "//":
        reach = max(abs(low), abs(high))
        span = (low // least if low < 0 else 0, high // least) if least > 0 and high >= 0 else (-reach, reach)
        return made(np.floor_divide(array(left), divisor), *span)
    span = (min(least + 1, 0), max(most - 1, 0))
    if low >= 0 and least > 0:
        span = (0, min(span[1], high))
    return made(np.remainder(array(left), divisor), *span)


def _power(state: State, mask: Mask, left: Number, right: Number) -> Number:
    (low, high), (least, most) = bounds(left), bounds(right)
    base, exponent = array(left), array(right)
    if least < 0:
        state.fail_where(mask, compare("<", right, 0))
        exponent = np.maximum(exponent, 0)
    reach = max(abs(low), abs(high), 1)
    if reach == 1 or (reach - 1).bit_length() * max(most, 0) <= 61:
        largest = 1 if reach == 1 else reach ** max(most, 0)
        return made(np.power(np.asarray(base), exponent), 0 if low >= 0 else -largest, largest)
    with np.errstate(over="ignore"):
        over = np.abs(np.float64(base)) ** np.float64(exponent) > SAFE * 0.99
    state.doubt_where(mask, over)
    return Ints(np.power(np.where(over, 0, base), np.where(over, 0, exponent)), 1 - SAFE, SAFE - 1)


def _shift(state: State, mask: Mask, op: str, left: Number, right: Number) -> Number:
    (low, high), (least, most) = bounds(left), bounds(right)
    if least < 0:
        state.fail_where(mask, compare("<", right, 0))
    shift = np.clip(array(right), 0, 62)
    values = array(left)
    if op == ">>":
        return made(np.right_shift(values, np.minimum(np.clip(array(right), 0, None), 63)), min(low, 0), max(high, -1))
    if max(abs(low), abs(high)).bit_length() + max(most, 0) <= 61:
        reach = max(abs(low), abs(high)) << max(most, 0)
        return made(np.left_shift(values, shift), 0 if low >= 0 else -reach, reach)
    over = np.asarray((np.abs(np.float64(values)) * 2.0**shift > SAFE * 0.99) | ((array(right) > 62) & (values != 0)))
    state.doubt_where(mask, over)
    return Ints(np.left_shift(np.where(over, 0, values), np.where(over, 0, shift)), 1 - SAFE, SAFE - 1)


def _bitwise(op: str, left: Number, right: Number) -> Number:
    if isinstance(left, Ints) and isinstance(right, Ints) and left.values.dtype == right.values.dtype == bool:
        return Ints(_BITWISE[op](left.values, right.values), 0, 1)
    bits = max(abs(bound).bit_length() for value in (left, right) for bound in bounds(value))
    signed = min(bounds(left)[0], bounds(right)[0]) < 0
    values = _BITWISE[op](array(left), array(right))
    if bits >= 62:
        return Ints(values, -SAFE, SAFE)
    return Ints(values, -(2**bits) if signed else 0, 2**bits)
