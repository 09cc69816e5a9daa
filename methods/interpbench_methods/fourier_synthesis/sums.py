"""Sums modulo m as theories, in short forms where tables have one."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int

Table = Int[np.ndarray, " letter"]


def additive_text(tables: Int[np.ndarray, "position letter"], constant: int, modulus: int) -> str:
    """`(constant + what each token adds) % modulus`."""
    used = [place for place in range(len(tables)) if tables[place].any()]
    alike = len(used) > 2 and used[-1] - used[0] == len(used) - 1 and (tables[used] == tables[used[0]]).all()
    if alike:
        form, extra = _form(tables[used[0]], modulus, "v")
        first, last = used[0], used[-1] + 1
        tokens = "x" if len(used) == len(tables) else f"x[{first or ''}:{last if last < len(tables) else ''}]"
        terms, constant = [f"sum({form} for v in {tokens})"], constant + extra * len(used)
    else:
        terms = []
        for place in used:
            form, extra = _form(tables[place], modulus, f"x[{place}]")
            terms.append(form)
            constant += extra
    return _theory(terms, constant % modulus, modulus)


def bilinear_text(
    single: Int[np.ndarray, " position"], pairs: Int[np.ndarray, "position position"], constant: int, modulus: int
) -> str:
    """`(constant + coefficients times tokens and products of two) % modulus`."""
    terms = [f"x[{a}]{_times(int(c))}" for a, c in enumerate(single) if c]
    terms += [f"x[{a}] * x[{b}]{_times(int(pairs[a, b]))}" for a, b in np.argwhere(np.triu(pairs, 1)).tolist()]
    return _theory(terms, constant, modulus)


def _theory(terms: list[str], constant: int, modulus: int) -> str:
    every = [*terms, *([str(constant)] if constant or not terms else [])]
    return f"def rule(x):\n    return ({' + '.join(every)}) % {modulus}\n"


def _times(factor: int) -> str:
    return f" * {factor}" if factor != 1 else ""


def _form(table: Table, modulus: int, token: str) -> tuple[str, int]:
    """A short expression that is the table up to a constant, and that constant."""
    letters = np.arange(len(table))
    for factor in range(1, modulus):
        if np.array_equal(letters * factor % modulus, table):
            return f"{token}{_times(factor)}", 0
    for text, truth in _tests(letters, token):
        for factor in range(1, modulus):
            rest = (table - factor * truth) % modulus
            if (rest == rest[0]).all():
                return f"({text}){_times(factor)}", int(rest[0])
    return f"({', '.join(map(str, table.tolist()))})[{token}]", 0


def _tests(letters: Table, token: str) -> Iterator[tuple[str, Int[np.ndarray, " letter"]]]:
    for c in letters.tolist():
        yield f"{token} == {c}", (letters == c).astype(np.int64)
        yield f"{token} < {c}", (letters < c).astype(np.int64)
    yield f"{token} % 2", letters % 2
