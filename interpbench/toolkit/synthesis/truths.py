"""The lightest expression for each function of three truths `{0}`, `{1}`, `{2}`, to truths or to labels."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import permutations, product

from interpbench.toolkit.synthesis.term import Term

CELLS = tuple(product((0, 1), repeat=3))
"""Values of the three truths, in the order of a function's bits."""
_OPS: tuple[tuple[str, Callable[[int, int], int]], ...] = (
    ("({} and {})", lambda a, b: a & b),
    ("({} or {})", lambda a, b: a | b),
    ("({} != {})", lambda a, b: a ^ b),
    ("({} == {})", lambda a, b: 255 ^ a ^ b),
)


@cache
def lightest() -> dict[int, str]:
    """Function, as a number whose bit k is its value on cell k, to a template."""
    known: dict[int, str] = {0: "0", 255: "1"}
    levels: dict[int, list[int]] = {1: [0, 255]}
    for place in range(3):
        bits = sum(cell[place] << number for number, cell in enumerate(CELLS))
        known[bits] = f"{{{place}}}"
        levels[1].append(bits)
    majority = sum((sum(cell) > 1) << number for number, cell in enumerate(CELLS))
    weight = 1
    while len(known) < 256:
        weight += 1
        found: dict[int, str] = {}
        if weight == 7:
            found[majority] = "({0} + {1} + {2} > 1)"
        for bits in levels.get(weight - 1, ()):
            found.setdefault(255 ^ bits, f"(not {known[bits]})")
        for left in range(1, weight - 1):
            for a, b in product(levels.get(left, ()), levels.get(weight - 1 - left, ())):
                for template, form in _OPS:
                    found.setdefault(form(a, b), template.format(known[a], known[b]))
        levels[weight] = [bits for bits in found if bits not in known]
        known.update({bits: found[bits] for bits in levels[weight]})
    return known


@cache
def _by_weight() -> tuple[tuple[int, str], ...]:
    return tuple(sorted(lightest().items(), key=lambda item: Term(item[1]).weight))


def template_of(outputs: Sequence[int | None]) -> str:
    """The lightest expression found for a function of three truths.

    Args:
        outputs: label of each of `CELLS`; None where any will do.
    """
    labels = sorted({label for label in outputs if label is not None})
    if len(labels) < 2:
        return str(labels[0] if labels else 0)
    if len(labels) > 4:
        return f"[{', '.join(str(label or 0) for label in outputs)}][4 * {{0}} + 2 * {{1}} + {{2}}]"
    if labels == [0, 1]:
        return _truth(outputs, {1})
    chains = (_chain(outputs, order) for order in permutations(labels))
    return min(chains, key=lambda text: Term(text).weight)


def _truth(outputs: Sequence[int | None], true: set[int]) -> str:
    """The lightest function that is true where the label is one of `true`."""
    wanted = [(number, label in true) for number, label in enumerate(outputs) if label is not None]
    return next(text for bits, text in _by_weight() if all((bits >> number & 1) == truth for number, truth in wanted))


def _chain(outputs: Sequence[int | None], order: Sequence[int]) -> str:
    """`a if c else b if d else e`, the labels in this order."""
    first, *rest = order
    if not rest:
        return str(first)
    others = [None if label == first else label for label in outputs]
    return f"({first} if {_truth(outputs, {first})} else {_chain(others, rest)})"
