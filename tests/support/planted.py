"""Rules to be found again, drawn by kind and seed: what synthesis is measured on.

Seeds below `HELD_OUT` are for development, those from there on for measuring.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from interpbench.theory import Theory, parse, size

HELD_OUT = 1000
LARGEST = 25


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A rule with the inputs it is about."""

    kind: str
    theory: Theory
    letters: int
    length: int

    def inputs(self, count: int, rng: np.random.Generator) -> np.ndarray:
        return rng.integers(0, self.letters, (count, self.length))

    def labels(self, tokens: np.ndarray) -> np.ndarray:
        return self.theory.run_many(tokens).integers()


def planted(kind: str, seed: int) -> Planted:
    """A rule of a kind, of at most `LARGEST` nodes, whose labels are from 0 and not nearly all the same."""
    rng = np.random.default_rng([seed, sorted(KINDS).index(kind)])
    while True:
        letters, length = int(rng.integers(3, 11)), int(rng.integers(8, 11))
        theory = parse(f"def rule(x):\n{_indented(KINDS[kind](letters, length, rng))}")
        rule = Planted(kind=kind, theory=theory, letters=letters, length=length)
        answers = theory.run_many(rule.inputs(500, rng))
        labels = answers.values[:, 0]
        if size(theory) > LARGEST or answers.failed.any() or labels.min() < 0:
            continue
        if np.bincount(labels).max() <= 0.9 * len(labels):
            return rule


def _indented(text: str) -> str:
    text = text if "\n" in text or text.startswith("return") else f"return {text}"
    return "\n".join(f"    {line}" for line in text.splitlines())


def _pick(rng: np.random.Generator, *options: str) -> str:
    return options[int(rng.integers(len(options)))]


def _places(length: int, count: int, rng: np.random.Generator) -> list[int]:
    return sorted(rng.choice(length, count, replace=False).tolist())


def _modular_sum(letters: int, length: int, rng: np.random.Generator) -> str:
    m = int(rng.integers(2, letters + 1))
    parts = []
    for place in _places(length, int(rng.integers(2, 5)), rng):
        weight = int(rng.integers(1, m))
        parts.append(f"{weight} * x[{place}]" if weight > 1 and rng.random() < 0.5 else f"x[{place}]")
    constant = f" + {rng.integers(1, m)}" if rng.random() < 0.3 else ""
    return f"({' + '.join(parts)}{constant}) % {m}"


def _literal(letters: int, place: int, rng: np.random.Generator) -> str:
    c = int(rng.integers(letters))
    return _pick(
        rng, f"(x[{place}] == {c})", f"(x[{place}] > {max(0, letters // 2 - 1)})", f"(x[{place}] < {letters // 2})"
    )


def _boolean(letters: int, length: int, rng: np.random.Generator) -> str:
    a, b, c = (_literal(letters, place, rng) for place in _places(length, 3, rng))
    return _pick(
        rng,
        f"({a} + {b} + {c}) % 2",
        f"{a} + {b} + {c} > 1",
        f"{a} + {b} + {c}",
        f"{a} and {b} or {c}",
        f"({a} or {b}) and {c}",
        f"{a} != {b}",
        f"not {a} and {b} or {c}",
    )


def _counting(letters: int, length: int, rng: np.random.Generator) -> str:
    m, c = int(rng.integers(2, 5)), int(rng.integers(letters))
    start = int(rng.integers(1, 4))
    sequence = _pick(rng, "x", "x", f"x[{start}:]", f"x[:{length - start}]")
    element = _pick(rng, f"v == {c}", "v % 2", f"v > {letters // 2}", f"v != {c}", "v % 3 == 1")
    return f"sum({element} for v in {sequence}) % {m}"


def _order(letters: int, length: int, rng: np.random.Generator) -> str:
    i, j = _places(length, 2, rng)
    m = int(rng.integers(2, 5))
    return _pick(
        rng, "max(x)", f"min(x[{i // 2}:])", "max(x) - min(x)", "min(i for i, v in enumerate(x) if v == max(x))",
        "max(i for i, v in enumerate(x) if v == min(x))", f"sum(v < x[{i}] for v in x)", f"sorted(x)[{j}]",
        f"(max(x) + x[{i}]) % {m + 1}", f"sum(v > x[{j}] for v in x) % {m}", f"max(x[{i}], x[{j}])",
        f"sum(sorted(x)[:{max(2, j)}]) % {m}", f"max(x[:{j + 1}]) == x[{i}]",
    )  # fmt: skip


def _selection(letters: int, length: int, rng: np.random.Generator) -> str:
    i, j = _places(length, 2, rng)
    c, k = int(rng.integers(letters)), int(rng.integers(1, 4))
    marker = f"for i, v in enumerate(x):\n    if v == {c}:\n        return x[(i + 1) % {length}]\nreturn 0"
    return _pick(
        rng, f"x[x[{i}] % {length}]", f"x[(x[{i}] + {k}) % {length}]", f"x[(x[{i}] + x[{j}]) % {length}]",
        f"(x[x[{i}] % {length}] + x[{j}]) % {letters}", marker, f"x[sum(v == {c} for v in x) % {length}]",
        f"x[x[{i}] % 3] > x[{j}]", "x[min(i for i, v in enumerate(x) if v == max(x)) - 1]",
    )  # fmt: skip


def _automaton(letters: int, length: int, rng: np.random.Generator) -> str:
    c, d = rng.choice(letters, 2, replace=False).tolist()
    m = int(rng.integers(2, 5))
    if rng.random() < 0.4 and letters < 5:
        states = int(rng.integers(2, 4))
        table = rng.integers(0, states, (states, letters))
        text = ", ".join(f"({', '.join(map(str, line))})" for line in table.tolist())
        return f"s = 0\nfor v in x:\n    s = ({text})[s][v]\nreturn s"
    update = _pick(
        rng, f"0 if v == {c} else (s + 1) % {m}", f"1 if v == {c} else 0 if v == {d} else s", f"(2 * s + v) % {m + 1}",
        f"(s + 1) % {m} if v == {c} else s", f"1 - s if v > {letters // 2} else s", "v if v > s else s - (s > 0)",
        f"0 if v == {c} else min(s + 1, 3)", f"(s * v + 1) % {m}",
    )  # fmt: skip
    return f"s = 0\nfor v in x:\n    s = {update}\nreturn s"


def _hidden(letters: int, length: int, rng: np.random.Generator) -> str:
    classes = int(rng.integers(2, 4))
    table = f"({', '.join(map(str, rng.integers(0, classes, letters).tolist()))})"
    i, j = _places(length, 2, rng)
    return _pick(
        rng, f"sum({table}[v] for v in x) % {classes}", f"({table}[x[{i}]] + x[{j}]) % {letters}",
        f"sum({table}[v] for v in x[{i}:]) % {classes}", f"sum({table}[v] for v in x) > {length // 2}",
        f"{table}[x[{i}]]",
    )  # fmt: skip


def _guarded(letters: int, length: int, rng: np.random.Generator) -> str:
    places = _places(length, 5, rng)
    i, j, k, p, q = rng.permutation(places).tolist()
    c, m = int(rng.integers(letters)), letters
    guard = _pick(
        rng, f"x[{i}] == {c}", f"x[{i}] > x[{j}]", f"x[{i}] < {letters // 2}", f"x[{i}] == x[{j}]", f"{c} in x[:4]"
    )
    then = _pick(rng, f"x[{k}]", f"{int(rng.integers(letters))}", f"max(x[{k}], x[{p}])", f"(x[{k}] + 1) % {m}")
    other = _pick(rng, f"(x[{p}] + x[{q}]) % {m}", f"x[{q}]", "max(x)", f"sum(x) % {m}", f"(x[{p}] - x[{k}]) % {m}")
    return f"{then} if {guard} else {other}"


KINDS: dict[str, Callable[[int, int, np.random.Generator], str]] = {
    "modular sum": _modular_sum,
    "boolean": _boolean,
    "counting": _counting,
    "order": _order,
    "selection": _selection,
    "automaton": _automaton,
    "hidden classes": _hidden,
    "guarded": _guarded,
}
