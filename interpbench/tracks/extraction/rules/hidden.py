"""Hidden classes: tokens fall into classes, and the rule sees nothing but the classes."""

from collections.abc import Callable, Iterator
from itertools import combinations, product
from math import comb

import numpy as np

from interpbench.tracks.extraction.rules.counting import Count, finished
from interpbench.tracks.extraction.rules.family import Axis, Column, Family, Grid, chosen, moduli, total
from interpbench.tracks.extraction.rules.rule import Tokens

KIND = "hidden"
TABLES = 2500
"""Sets of tokens of one size, and partitions into three classes, are listed where there are at most so many."""


def families(length: int, letters: int) -> Iterator[Family]:
    """All of them: two classes as a set of tokens, three as a table, several as quotients and remainders."""
    for count in (count for count in range(2, letters // 2 + 1) if comb(letters, count) <= TABLES):
        yield from _two_classes(length, letters, count)
    for count in (count for count in range(2, letters - 1) if comb(letters, count) <= TABLES):
        yield from finished(KIND, _members(letters, count), length + 1)
    tables = _tables(letters)
    if 3**letters <= TABLES:
        yield _table_pair(length, tables, "{} + {}", lambda a, b: (a + b) % 3, 3)
        yield _table_sum(tables)
    named = tables[[tuple(dict.fromkeys(row)) == (0, 1, 2) for row in tables.tolist()]]
    if 0 < len(named) <= TABLES:
        yield _table_pair(length, named, "{} == {}", lambda a, b: (a == b).astype(np.int16), 2)
    yield from _quotients(length, letters)


def _subsets(letters: int, count: int) -> tuple[Axis, Callable[[dict[str, int]], str]]:
    """Sets of tokens, as numbers of an axis; as text a tuple."""
    names = tuple(f"n{number}" for number in range(count))
    made = Axis(names=names, choices=np.array(list(combinations(range(letters), count))))
    return made, lambda at: "(" + ", ".join(str(at[name]) for name in names) + ")"


def _is_member(tokens: np.ndarray, at: dict[str, Column]) -> np.ndarray:
    return np.asarray(np.logical_or.reduce([tokens == value for name, value in at.items() if name.startswith("n")]))


def _two_classes(length: int, letters: int, count: int) -> Iterator[Family]:
    """Two tokens: of different classes, both of the first, at least one of the first."""
    subsets, written = _subsets(letters, count)
    signs = {"^": np.logical_xor, "and": np.logical_and, "or": np.logical_or}
    for sign, function in signs.items():

        def text(i: int, j: int, sign: str = sign, **at: int) -> str:
            return f"return (x[{i}] in {written(at)}) {sign} (x[{j}] in {written(at)})"

        def grid(x: Tokens, i: Column, j: Column, function: np.ufunc = function, **at: Column) -> Grid:
            return np.asarray(function(_is_member(x[:, i], at), _is_member(x[:, j], at))).astype(np.int16)

        yield Family(kind=KIND, classes=2, axes=(chosen("i j", length), subsets), text=text, grid=grid)


def _members(letters: int, count: int) -> Count:
    """How many tokens are of the first class."""
    subsets, written = _subsets(letters, count)
    return Count(
        axes=(subsets,),
        text=lambda **at: f"sum(v in {written(at)} for v in x)",
        grid=lambda x, **at: total(_is_member(x[:, :, None], at)),
    )


def _tables(letters: int) -> np.ndarray:
    """Every way to put the letters into three classes, none of them empty; none at all where there are too many."""
    if 3**letters > 4 * TABLES:
        return np.zeros((0, letters), dtype=np.int64)
    made = np.array(list(product(range(3), repeat=letters)))
    return made[[len(set(row)) == 3 for row in made.tolist()]]


def _table_axis(tables: np.ndarray) -> Axis:
    return Axis(names=tuple(f"n{letter}" for letter in range(tables.shape[1])), choices=tables)


def _classes(tokens: np.ndarray, at: dict[str, Column]) -> np.ndarray:
    """The class of each token under each rule's table."""
    table = np.stack([column for name, column in at.items() if name.startswith("n")])  # (letter, rule)
    return np.asarray(table[tokens, np.arange(table.shape[1])])


def _written(at: dict[str, int]) -> str:
    return "(" + ", ".join(str(value) for name, value in at.items() if name.startswith("n")) + ")"


def _table_pair(
    length: int, tables: np.ndarray, form: str, function: Callable[[Grid, Grid], Grid], classes: int
) -> Family:
    rest = f" % {classes}" if classes == 3 else ""

    def text(i: int, j: int, **at: int) -> str:
        return f"h = {_written(at)}\nreturn ({form.format(f'h[x[{i}]]', f'h[x[{j}]]')}){rest}"

    def grid(x: Tokens, i: Column, j: Column, **at: Column) -> Grid:
        return function(_classes(x[:, i], at), _classes(x[:, j], at))

    return Family(kind=KIND, classes=classes, axes=(chosen("i j", length), _table_axis(tables)), text=text, grid=grid)


def _table_sum(tables: np.ndarray) -> Family:
    return Family(
        kind=KIND,
        classes=3,
        axes=(_table_axis(tables),),
        text=lambda **at: f"return sum({_written(at)}[v] for v in x) % 3",
        grid=lambda x, **at: total(_classes(x[:, :, None], at)) % 3,
    )


def _quotients(length: int, letters: int) -> Iterator[Family]:
    pair = chosen("i j", length)
    for k, m in product(range(2, letters // 2 + 1), moduli(letters)):
        if m <= (letters - 1) // k + 1:
            yield Family(
                kind=KIND,
                classes=m,
                axes=(pair,),
                text=lambda i, j, k=k, m=m: f"return (x[{i}] // {k} + x[{j}] // {k}) % {m}",
                grid=lambda x, i, j, k=k, m=m: (x[:, i] // k + x[:, j] // k) % m,
            )
            yield Family(
                kind=KIND,
                classes=m,
                axes=(),
                text=lambda k=k, m=m: f"return sum(v // {k} for v in x) % {m}",
                grid=lambda x, k=k, m=m: (x // k).sum(axis=1, dtype=np.int16)[:, None] % m,
            )
    for k in range(2, letters // 2 + 1):
        for sign, part in (("%", np.remainder), ("//", np.floor_divide)):
            yield Family(
                kind=KIND,
                classes=2,
                axes=(pair,),
                text=lambda i, j, k=k, sign=sign: f"return x[{i}] {sign} {k} == x[{j}] {sign} {k}",
                grid=lambda x, i, j, k=k, part=part: (part(x[:, i], k) == part(x[:, j], k)).astype(np.int16),
            )
