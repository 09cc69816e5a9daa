"""Expressions that are not made of others: tokens, and what is read off a sequence as a whole.

Sequences are the input, its beginnings, ends and strides, and its pairs of neighbours; what is read off them are sums
and counts, extremes and their places, ranks, first and last places of a letter, and the token at any of these places.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int

from interpbench.toolkit.synthesis.examples import Examples
from interpbench.toolkit.synthesis.term import Term

Leaf = tuple[Term, Int[np.ndarray, " example"]]
Sequence = tuple[str, Int[np.ndarray, "example part"]]


def tokens_of(examples: Examples) -> Iterator[Leaf]:
    """`x[0]`, `x[1]`, ..."""
    for place in range(examples.length):
        yield Term(f"x[{place}]"), examples.tokens[:, place]


def constants(examples: Examples) -> Iterator[Leaf]:
    """0 up to the number of letters, of classes or of positions."""
    for number in range(max(examples.letters, examples.classes, examples.length) + 1):
        yield Term(str(number)), np.full(len(examples), number)


def sequences(examples: Examples) -> Iterator[Sequence]:
    """The input and parts of it, of at least two tokens."""
    x, length = examples.tokens, examples.length
    yield "x", x
    for start in range(1, length - 1):
        yield f"x[{start}:]", x[:, start:]
    for stop in range(2, length):
        yield f"x[:{stop}]", x[:, :stop]
    if length > 3:
        yield "x[::2]", x[:, ::2]
        yield "x[1::2]", x[:, 1::2]


def statistics(examples: Examples) -> Iterator[Leaf]:
    """All of the others, those of the input before those of its parts."""
    yield from _sums(examples)
    yield from _extremes(examples)
    yield from _neighbours(examples)
    places = list(_places(examples))
    yield from places
    yield from _tokens_at(examples, places)


def _maps(letters: int) -> Iterator[tuple[str, Int[np.ndarray, " letter"]]]:
    """Functions of a letter `v`, as text, and as a table."""
    v = np.arange(letters)
    yield "v", v
    yield from ((f"v == {c}", v == c) for c in range(letters))
    yield from ((f"v > {c}", v > c) for c in range(1, letters - 1))
    yield from ((f"v % {m}", v % m) for m in range(2, min(letters, 6)))
    if letters > 2:
        yield "v * v", v * v
    for m in range(3, min(letters, 6)):
        yield from ((f"v % {m} == {c}", v % m == c) for c in range(m) if letters > m + c)


def _classes(letters: int) -> Iterator[tuple[str, np.ndarray]]:
    """Sets of two and more letters that no comparison and no remainder gives, as tables; each or its complement."""
    known = {form.astype(np.int64).tobytes() for _, form in _maps(letters)}
    for code in range(1, 2 ** min(letters - 1, 9)):
        table = np.array([code >> letter & 1 for letter in range(letters)])
        if table.sum() > 1 and table.tobytes() not in known and (1 - table).tobytes() not in known:
            yield f"[{', '.join(map(str, table))}][v]", table


def _sums(examples: Examples) -> Iterator[Leaf]:
    for text, x in sequences(examples):
        for element, form in _maps(examples.letters):
            yield Term(f"sum({element} for v in {text})" if element != "v" else f"sum({text})"), form[x].sum(axis=1)
    places = np.arange(examples.length)
    yield Term("sum(i * v for i, v in enumerate(x))"), (examples.tokens * places).sum(axis=1)
    for element, table in _classes(examples.letters):
        yield Term(f"sum({element} for v in x)"), table[examples.tokens].sum(axis=1)


def _extremes(examples: Examples) -> Iterator[Leaf]:
    for text, x in sequences(examples):
        yield Term(f"max({text})"), x.max(axis=1)
        yield Term(f"min({text})"), x.min(axis=1)
        yield Term(f"(max({text}) - min({text}))"), x.max(axis=1) - x.min(axis=1)
    x, length = examples.tokens, examples.length
    ordered = np.sort(x, axis=1)
    for place in range(1, length - 1):
        yield Term(f"sorted(x)[{place}]"), ordered[:, place]
    for start in range(length):
        yield Term(f"sum(v < x[{start}] for v in x)"), (x < x[:, start, None]).sum(axis=1)
        yield Term(f"sum(v > x[{start}] for v in x)"), (x > x[:, start, None]).sum(axis=1)
        yield Term(f"sum(v == x[{start}] for v in x)"), (x == x[:, start, None]).sum(axis=1)
    yield Term("sum(v not in x[:i] for i, v in enumerate(x))"), 1 + (np.diff(ordered, axis=1) != 0).sum(axis=1)
    counts = (x[:, :, None] == np.arange(examples.letters)).sum(axis=1)  # (example, letter)
    yield Term(f"max(sum(v == c for v in x) for c in range({examples.letters}))"), counts.max(axis=1)
    modes = (counts == counts.max(axis=1, keepdims=True)).argmax(axis=1)
    keyed = f"[sum(v == c for v in x) for c in range({examples.letters})]"
    yield Term("min(i for i, n in enumerate(h) if n == max(h))", (f"h = {keyed}",)), modes


def _neighbours(examples: Examples) -> Iterator[Leaf]:
    x, length = examples.tokens, examples.length
    pairs = [("zip(x, x[1:])", x[:, :-1], x[:, 1:])]
    if length > 3:
        pairs.append(("zip(x, x[2:])", x[:, :-2], x[:, 2:]))
    pairs.append(("zip(x, x[::-1])", x, x[:, ::-1]))
    if length % 2 == 0:
        half = length // 2
        pairs.append((f"zip(x[:{half}], x[{half}:])", x[:, :half], x[:, half:]))
    for text, a, b in pairs:
        yield Term(f"sum(a == b for a, b in {text})"), (a == b).sum(axis=1)
        yield Term(f"sum(a < b for a, b in {text})"), (a < b).sum(axis=1)
        yield Term(f"sum(a > b for a, b in {text})"), (a > b).sum(axis=1)
        yield Term(f"sum(a * b for a, b in {text})"), (a * b).sum(axis=1)
        yield Term(f"sum(abs(a - b) for a, b in {text})"), abs(a - b).sum(axis=1)
        yield Term(f"max(a + b for a, b in {text})"), (a + b).max(axis=1)
        yield Term(f"max(abs(a - b) for a, b in {text})"), abs(a - b).max(axis=1)
        for m in range(2, examples.letters):
            yield Term(f"sum((a + b) % {m} == 0 for a, b in {text})"), ((a + b) % m == 0).sum(axis=1)
    _, a, b = pairs[0]
    for c in range(examples.letters):
        for d in range(examples.letters):
            found = ((a == c) & (b == d)).sum(axis=1)
            yield Term(f"sum(a == {c} and b == {d} for a, b in zip(x, x[1:]))"), found
    same = x[:, :, None] == x[:, None, :]
    yield Term("sum(a == b for i, a in enumerate(x) for b in x[:i])"), (same.sum(axis=(1, 2)) - length) // 2
    less = np.triu(x[:, :, None] > x[:, None, :], 1)
    yield Term("sum(a > b for i, b in enumerate(x) for a in x[:i])"), less.sum(axis=(1, 2))


def _places(examples: Examples) -> Iterator[Leaf]:
    """Positions of extremes, and of letters: without one, the length for its first place and -1 for its last."""
    x, length = examples.tokens, examples.length
    for name, best in (("max", x.max(axis=1)), ("min", x.min(axis=1))):
        at = x == best[:, None]
        yield Term(f"min(i for i, v in enumerate(x) if v == {name}(x))"), at.argmax(axis=1)
        yield Term(f"max(i for i, v in enumerate(x) if v == {name}(x))"), length - 1 - at[:, ::-1].argmax(axis=1)
    for c in range(examples.letters):
        at = x == c
        first = np.where(at.any(axis=1), at.argmax(axis=1), length)
        last = np.where(at.any(axis=1), length - 1 - at[:, ::-1].argmax(axis=1), -1)
        yield Term(f"sum({c} not in x[:i] for i in range(1, {length + 1}))"), first
        yield Term(f"max([-1] + [i for i, v in enumerate(x) if v == {c}])"), last


def _tokens_at(examples: Examples, places: list[Leaf]) -> Iterator[Leaf]:
    """`x[e % L]` for tokens, their sums and differences, and positions, and the tokens behind and before these."""
    x, length = examples.tokens, examples.length
    row = np.arange(len(x))

    def at(text: str, index: np.ndarray) -> Leaf:
        inside = index.min() >= 0 and index.max() < length
        return Term(f"x[{text}]" if inside else f"x[({text}) % {length}]"), x[row, index % length]

    for a in range(length):
        for step in range(length):
            yield at(f"x[{a}] + {step}" if step else f"x[{a}]", x[:, a] + step)
        for b in range(a):
            yield at(f"x[{b}] + x[{a}]", x[:, b] + x[:, a])
        yield at(f"-x[{a}] - 1", -x[:, a] - 1)
        for m in range(2, min(length, examples.letters)):
            yield at(f"x[{a}] % {m}", x[:, a] % m)
    yield at("sum(x)", x.sum(axis=1))
    padded = np.pad(x, ((0, 0), (0, 2)))
    for term, index in places:
        for step in (-2, -1, 0, 1, 2):
            moved = f" + {step}" if step > 0 else f" - {-step}" if step else ""
            yield at(term.text + moved, index + step)
        if index.min() >= 0:
            for step in (1, 2):
                inner = np.minimum(index + step, length + 1)
                if (index + step).max() <= length + 1:
                    yield Term(f"(x + (0, 0))[{term.text} + {step}]"), padded[row, inner]
