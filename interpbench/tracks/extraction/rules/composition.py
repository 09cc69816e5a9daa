"""Composition: a predicate decides between two smaller rules, each of which has at least a fifth of the inputs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from interpbench.tracks.extraction.rules.family import Axis, Column, Family, Grid, arranged, axis, chosen, moduli, total
from interpbench.tracks.extraction.rules.rule import Tokens

KIND = "composition"
LEAST = 0.2
"""Share of the inputs that each branch has."""
LARGEST = 60_000
"""Forms with more rules are left out: at length 10 those in which both branches add two tokens."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """A predicate or a small rule, as a piece of a larger one.

    Attributes:
        axis: its numbers; None where it has none.
        text: an expression.
        grid: its value.
    """

    axis: Axis | None
    text: Callable[..., str]
    grid: Callable[..., Grid]

    def __len__(self) -> int:
        return len(self.axis) if self.axis else 1


def families(length: int, letters: int) -> Iterator[Family]:
    """All of them: every predicate with every two small rules of the same number of classes."""
    for m in moduli(letters):
        parts = _parts(length, letters, m)
        for predicate, then, other in product(_predicates(length, letters), parts, parts):
            if len(predicate) * len(then) * len(other) <= LARGEST:
                yield _choice(m, predicate, then, other)


def _choice(m: int, predicate: Part, then: Part, other: Part) -> Family:
    parts = {"p": predicate, "q": then, "r": other}

    def split(at: dict[str, int] | dict[str, Column], word: str) -> dict[str, object]:
        return {name[2:]: value for name, value in at.items() if name.startswith(word + "_")}

    def text(**at: int) -> str:
        p, q, r = (part.text(**split(at, word)) for word, part in parts.items())
        return f"return {q} if {p} else {r}"

    def grid(x: Tokens, **at: Column) -> Grid:
        p, q, r = (part.grid(x, **split(at, word)) for word, part in parts.items())
        return np.where(p, q, r)

    axes = tuple(
        Axis(names=tuple(f"{word}_{name}" for name in part.axis.names), choices=part.axis.choices)
        for word, part in parts.items()
        if part.axis
    )
    return Family(kind=KIND, classes=m, axes=axes, text=text, grid=grid)


def _predicates(length: int, letters: int) -> tuple[Part, ...]:
    cuts = [t for t in range(1, letters) if LEAST <= t / letters <= 1 - LEAST]
    cut = [(i, t) for i in range(length) for t in cuts]
    return (
        Part(axis=axis("i t", cut), text=lambda i, t: f"x[{i}] < {t}", grid=lambda x, i, t: x[:, i] < t),
        Part(
            axis=arranged("i j", length),
            text=lambda i, j: f"x[{i}] < x[{j}]",
            grid=lambda x, i, j: x[:, i] < x[:, j],
        ),
    )


def _parts(length: int, letters: int, m: int) -> tuple[Part, ...]:
    """Small rules of m classes; with as many classes as letters there are tokens and extremes themselves."""
    rest = "" if m == letters else f" % {m}"
    return (
        Part(axis=axis("i", range(length)), text=lambda i: f"x[{i}]{rest}", grid=lambda x, i: x[:, i] % m),
        Part(
            axis=chosen("i j", length),
            text=lambda i, j: f"(x[{i}] + x[{j}]) % {m}",
            grid=lambda x, i, j: (x[:, i] + x[:, j]) % m,
        ),
        Part(axis=None, text=lambda: f"sum(x) % {m}", grid=lambda x: x.sum(axis=1, dtype=np.int16)[:, None] % m),
        Part(axis=None, text=lambda: f"max(x){rest}", grid=lambda x: x.max(axis=1)[:, None] % m),
        Part(axis=None, text=lambda: f"min(x){rest}", grid=lambda x: x.min(axis=1)[:, None] % m),
        Part(
            axis=axis("s", range(letters)),
            text=lambda s: f"sum(v == {s} for v in x) % {m}",
            grid=lambda x, s: total(x[:, :, None] == s) % m,
        ),
    )
