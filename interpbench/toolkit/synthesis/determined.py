"""Whether the label is a function of a value, tested for many vectors of values at once, and which function.

Half of a rule need not be searched for: if `label == g(f(x))`, then rows with equal f have equal labels, whatever g is.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from itertools import combinations, product

import numpy as np
from jaxtyping import Bool, Int

from interpbench.toolkit.synthesis.term import Term

WIDEST = 64
"""Values that span more are no candidates for a function of them."""
_GLANCE = 32
_NUMBERS = 40


def hits(
    values: Int[np.ndarray, "term row"], labels: Int[np.ndarray, " row"], classes: int
) -> Int[np.ndarray, " term"]:
    """Rows that the best function of each value labels rightly; 0 where the values span too much."""
    low = values.min(axis=1)
    spans = values.max(axis=1).astype(np.int64) - low
    wide = spans >= WIDEST
    width = int(spans[~wide].max(initial=0)) + 1
    shifted = np.where(wide[:, None], 0, values - low[:, None]).astype(np.int64)
    cell = (np.arange(len(values))[:, None] * width + shifted) * classes + labels
    counts = np.bincount(cell.ravel(), minlength=len(values) * width * classes)
    best = counts.reshape(len(values), width, classes).max(axis=2).sum(axis=1)
    return np.where(wide, 0, best)


def exact(values: Int[np.ndarray, "term row"], labels: Int[np.ndarray, " row"]) -> Int[np.ndarray, " found"]:
    """Numbers of the vectors that determine every label, and span little enough."""
    found = np.arange(len(values))
    for some in (_GLANCE, 4 * _GLANCE, len(labels)):
        found = found[_functional(values[found, :some], labels[:some])]
    return found


def _functional(values: Int[np.ndarray, "term row"], labels: Int[np.ndarray, " row"]) -> Bool[np.ndarray, " term"]:
    """Whether rows with equal values have equal labels: each row writes its label where its value says, and reads."""
    if not len(values):
        return np.zeros(0, dtype=bool)
    low = values.min(axis=1)
    narrow = values.max(axis=1) - low < WIDEST
    cell = np.arange(len(values), dtype=np.int32)[:, None] * WIDEST
    cell = cell + np.minimum(values - low[:, None], WIDEST - 1)
    written = np.empty(len(values) * WIDEST, dtype=np.int16)
    written[cell] = labels
    return np.asarray(narrow & (written[cell] == labels).all(axis=1))


Form = tuple[str, Callable[[np.ndarray], np.ndarray]]


_ONE: tuple[tuple[str, Callable[..., np.ndarray]], ...] = (
    ("({e} == {c})", lambda u, c: u == c),
    ("({e} != {c})", lambda u, c: u != c),
    ("({e} > {c})", lambda u, c: u > c),
    ("({e} < {c})", lambda u, c: u < c),
    ("({c} - {e})", lambda u, c: c - u),
    ("({e} - {c})", lambda u, c: u - c),
    ("min({e}, {c})", lambda u, c: np.minimum(u, c)),
    ("max({e}, {c})", lambda u, c: np.maximum(u, c)),
    ("abs({e} - {c})", lambda u, c: abs(u - c)),
    ("max({e} - {c}, 0)", lambda u, c: np.maximum(u - c, 0)),
)
_REMAINDERS: tuple[tuple[str, Callable[..., np.ndarray]], ...] = (
    ("({e} % {c})", lambda u, c: u % c),
    ("({e} // {c})", lambda u, c: u // c),
    ("({e} * {e} % {c})", lambda u, c: u * u % c),
)
_OF_REMAINDERS: tuple[tuple[str, Callable[..., np.ndarray]], ...] = (
    ("(({e} + {d}) % {c})", lambda u, c, d: (u + d) % c),
    ("({e} * {d} % {c})", lambda u, c, d: u * d % c),
    ("({e} % {c} == {d})", lambda u, c, d: u % c == d),
    ("({e} % {c} != {d})", lambda u, c, d: u % c != d),
    ("({e} % {c} > {d})", lambda u, c, d: u % c > d),
    ("({e} % {c} < {d})", lambda u, c, d: u % c < d),
)
_BETWEEN: tuple[tuple[str, Callable[..., np.ndarray]], ...] = (
    ("(({e} > {c}) + ({e} > {d}))", lambda u, c, d: (u > c) * 1 + (u > d)),
    ("({c} < {e} < {d})", lambda u, c, d: (c < u) & (u < d)),
)


@lru_cache(maxsize=8)
def _forms(classes: int) -> tuple[Form, ...]:
    """Functions of one integer, about the smallest first."""
    return tuple(sorted(_every(classes), key=lambda form: Term(form[0]).weight))


def _every(classes: int) -> Iterator[Form]:
    yield "{e}", np.asarray
    for c, (text, one) in product(range(-2, _NUMBERS), _ONE):
        yield text.replace("{c}", str(c)), partial(one, c=c)
    for m in range(2, max(13, classes + 1)):
        for text, one in _REMAINDERS:
            yield text.replace("{c}", str(m)), partial(one, c=m)
        yield f"({{e}} // {m} % {classes})", partial(_quotient, m=m, classes=classes)
        yield f"({{e}} % {m} % {classes})", partial(_remainder, m=m, classes=classes)
        for d, (text, two) in product(range(m), _OF_REMAINDERS):
            yield text.replace("{c}", str(m)).replace("{d}", str(d)), partial(two, c=m, d=d)
        for a, c in product(range(1, m), range(m)):
            yield f"(({a} * {{e}} + {c}) % {m})", partial(_affine, a=a, c=c, m=m)
    for c, d in combinations(range(-1, _NUMBERS // 2), 2):
        for text, two in _BETWEEN:
            yield text.replace("{c}", str(c)).replace("{d}", str(d)), partial(two, c=c, d=d)


def _quotient(u: np.ndarray, m: int, classes: int) -> np.ndarray:
    return u // m % classes


def _remainder(u: np.ndarray, m: int, classes: int) -> np.ndarray:
    return u % m % classes


def _affine(u: np.ndarray, a: int, c: int, m: int) -> np.ndarray:
    return (a * u + c) % m


def functions(
    term: Term, values: Int[np.ndarray, " example"], labels: Int[np.ndarray, " row"], most: int = 3
) -> Iterator[tuple[Term, Int[np.ndarray, " example"]]]:
    """The smallest functions of a value that give most labels, with their values on all examples.

    Args:
        term: the value's expression; it determines the labels, or nearly.
        values: of it.
        labels: of the first examples.
        most: forms to give besides the table.

    Yields:
        Forms of a closed list that differ from each other on the values that occur, and a table of the values.
    """
    rows, classes = len(labels), int(labels.max()) + 1
    low, high = int(values.min()), int(values.max())
    if high - low >= WIDEST:
        return
    counts = np.zeros((high - low + 1, classes), dtype=np.int64)
    np.add.at(counts, (values[:rows] - low, labels), 1)
    best, seen = counts.argmax(axis=1), counts.sum(axis=1) > 0
    inputs = np.arange(low, high + 1)
    known = inputs[seen]
    shown: set[bytes] = set()
    for text, form in _forms(classes):
        if np.array_equal(form(known), best[seen]):
            whole = np.asarray(form(inputs)).astype(np.int64)
            if whole.tobytes() not in shown:
                shown.add(whole.tobytes())
                yield term.put(text), whole[values - low]
            if len(shown) == most:
                return
    if best.tobytes() not in shown and len(inputs) <= WIDEST:
        table = ", ".join(map(str, best.tolist()))
        index = "{e}" if low == 0 else f"{{e}} - {low}" if low > 0 else f"{{e}} + {-low}"
        yield term.put(f"[{table}][{index}]"), best[values - low]
