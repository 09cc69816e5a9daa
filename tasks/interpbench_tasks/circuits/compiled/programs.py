"""Programs of two layers as heads and neurons: induction, brackets, and the largest of some places.

Each is written under names of its own, so that several stand side by side and read the same input.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from interpbench_tasks.circuits.handset import Group, Head, Neuron, Vector

WIDE = 5.0
"""What a letter or a position is in the stream."""
SCORE = 30.0
"""By which the score of what a head attends to exceeds the others: they get 1e-13 of that."""

Tokens = Int[Tensor, "row length"]


@dataclass(frozen=True, kw_only=True)
class Variant:
    """Of a program.

    Attributes:
        letters: size of the alphabet.
        length: of an input.
        order: of the letters, as the program counts them.
        offset: how far behind a match the answer stands (`induction`).
        places: sets of places (`largest`); the first two are read at place `by`.
        by: see there.
    """

    letters: int
    length: int
    order: tuple[int, ...]
    offset: int = 1
    places: tuple[tuple[int, ...], ...] = ()
    by: int = 0


@dataclass(frozen=True, kw_only=True)
class Written:
    """A program as parts of a network.

    Attributes:
        heads, groups, constants: layer -> what is there.
        answers: what each logit reads.
    """

    heads: Sequence[Sequence[Head]]
    groups: Sequence[Sequence[Group]]
    constants: Sequence[Vector]
    answers: Sequence[Vector]


@dataclass(frozen=True, kw_only=True)
class Program:
    """What a program computes, and how.

    Attributes:
        varied: variants of one alphabet and length, drawn.
        shape: draws alphabet and length.
        inputs: inputs on which the label is defined, about as many of each kind.
        label: their labels.
        write: the program under a name.
    """

    shape: Callable[[np.random.Generator], tuple[int, int]]
    varied: Callable[[int, int, np.random.Generator], Variant]
    inputs: Callable[[Variant, int, torch.Generator], Tokens]
    label: Callable[[Variant, Tokens], Tensor]
    write: Callable[[Variant, str], Written]


def at(place: int) -> str:
    """The direction of a position."""
    return f"at {place}"


def letter(number: int) -> str:
    """The direction of a letter."""
    return f"letter {number}"


def _anywhere(length: int) -> Vector:
    return {at(place): 1 / WIDE for place in range(length)}


# induction: what stood behind the earlier place of the last letter?


def _induction_varied(letters: int, length: int, rng: np.random.Generator) -> Variant:
    return Variant(
        letters=letters,
        length=length,
        order=tuple(rng.permutation(letters).tolist()),
        offset=int(rng.integers(1, 4)),
    )


def _induction_inputs(variant: Variant, count: int, rng: torch.Generator) -> Tokens:
    """The last letter stands at one earlier place alone."""
    rows, last = torch.arange(count), variant.length - 1
    asked = torch.randint(variant.letters, (count,), generator=rng)
    other = torch.randint(1, variant.letters, (count, variant.length), generator=rng)
    tokens = (asked[:, None] + other) % variant.letters
    tokens[rows, torch.randint(last - variant.offset, (count,), generator=rng)] = asked
    tokens[:, last] = asked
    return tokens


def _induction_label(variant: Variant, tokens: Tokens) -> Tensor:
    earlier = (tokens[:, :-1] == tokens[:, -1:]).long().argmax(dim=1)
    return tokens.gather(1, (earlier + variant.offset)[:, None])[:, 0]


def _induction(variant: Variant, name: str) -> Written:
    letters, length, offset = range(variant.letters), variant.length, variant.offset
    before = Head(
        looks=[({at(i): 1 / WIDE}, {at(i - offset): SCORE / WIDE}) for i in range(offset, length)],
        moves=[({letter(a): 1.0}, {f"{name} before {a}": 1.0}) for a in letters],
    )
    first: Vector = {at(i): -3 * SCORE / WIDE for i in range(offset)}  # nothing stands that far before these
    match = Head(
        looks=[
            *(({f"{name} asked {a}": 1 / WIDE}, {f"{name} before {a}": SCORE / WIDE}) for a in letters),
            (_anywhere(length), first),
        ],
        moves=[({letter(a): 1.0}, {f"{name} found {a}": 1.0}) for a in letters],
    )
    half = variant.letters // 2
    parts = (variant.order[:half], variant.order[half:])

    def passing(read: Callable[[int], str], written: str) -> list[Group]:
        return [
            tuple(Neuron(reads={read(a): 1.0}, bias=-0.2 * WIDE, writes={f"{name} {written} {a}": 1.25}) for a in part)
            for part in parts
        ]

    return Written(
        heads=[[before], [match]],
        groups=[passing(letter, "asked"), passing(lambda a: f"{name} found {a}", "said")],
        constants=[{}, {}],
        answers=[{f"{name} said {a}": 2.0} for a in letters],
    )


# brackets: are they balanced?

OPEN, CLOSE = 1, -1


def _bracket_varied(letters: int, length: int, rng: np.random.Generator) -> Variant:
    return Variant(letters=letters, length=length, order=tuple(rng.permutation(letters).tolist()))


def _depths(variant: Variant, tokens: Tokens) -> Tensor:
    """Of the nesting after each token: the first letter of the order opens, the second closes, others do neither."""
    opens, closes = variant.order[:2]
    return ((tokens == opens).long() - (tokens == closes).long()).cumsum(dim=1)


def _bracket_label(variant: Variant, tokens: Tokens) -> Tensor:
    depths = _depths(variant, tokens)
    return ((depths >= 0).all(dim=1) & (depths[:, -1] == 0)).long()


def _bracket_inputs(variant: Variant, count: int, rng: torch.Generator) -> Tokens:
    """Half balanced; a quarter closed too early, but as often as opened; a quarter never closed."""
    opens, closes = variant.order[:2]
    weights = torch.full((variant.letters,), 0.2 / (variant.letters - 2))
    weights[[opens, closes]] = 0.4
    drawn = torch.multinomial(weights, 8192 * variant.length, replacement=True, generator=rng)
    tokens = drawn.view(-1, variant.length)
    depths = _depths(variant, tokens)
    level, never = depths[:, -1] == 0, (depths >= 0).all(dim=1)
    kinds = [tokens[level & never], tokens[level & ~never], tokens[~level & never]]
    wanted = [count - count // 4 - count // 4, count // 4, count // 4]
    out = torch.cat(
        [some[torch.randint(len(some), (many,), generator=rng)] for some, many in zip(kinds, wanted, strict=True)]
    )
    return out[torch.randperm(count, generator=rng)]


def _step(read: Vector, written: str, height: float) -> tuple[Neuron, Neuron]:
    """Height times min(1, relu(read))."""
    return (
        Neuron(reads=read, bias=0.0, writes={written: height}),
        Neuron(reads=read, bias=-1.0, writes={written: -height}),
    )


def _brackets(variant: Variant, name: str) -> Written:
    opens, closes = variant.order[:2]
    length, depth, below, off, ever = variant.length, *(f"{name} {one}" for one in ("depth", "below", "off", "ever"))
    mean = Head(looks=[], moves=[({letter(opens): 1.0, letter(closes): -1.0}, {depth: 1.0})])
    worst = Head(looks=[(_anywhere(length), {below: SCORE / WIDE})], moves=[({below: 1.0}, {ever: 1.0})])
    up, down = ({depth: sign * length / WIDE} for sign in (1, -1))
    wrong: Vector = {ever: 1 / WIDE, off: 1 / WIDE}
    return Written(
        heads=[[mean], [worst]],
        groups=[
            [_step(down, below, WIDE), (*_step(up, off, WIDE), *_step(down, off, WIDE))],
            [_step(wrong, f"{name} said", height) for height in (1.2, 0.8)],
        ],
        constants=[{}, {f"{name} said": -1.0}],
        answers=[{f"{name} said": 5.0}, {f"{name} said": -5.0}],
    )


# largest: the largest letter of some places


def _largest_varied(letters: int, length: int, rng: np.random.Generator) -> Variant:
    by = int(rng.integers(length // 2, length - 1))
    early = rng.permutation(by + 1)[:4].tolist()
    late = [place for place in rng.permutation(length).tolist() if place not in early][:2]
    return Variant(
        letters=letters,
        length=length,
        order=tuple(rng.permutation(letters).tolist()),
        places=(tuple(early[:2]), tuple(early[2:]), tuple(late)),
        by=by,
    )


def _ranks(variant: Variant, tokens: Tokens) -> Tensor:
    """Place of each letter in the order."""
    return torch.tensor(variant.order).argsort()[tokens]


def _largest_inputs(variant: Variant, count: int, rng: torch.Generator) -> Tokens:
    """The largest is drawn first, and the others no larger: all labels are alike often."""
    top = torch.randint(variant.letters, (count,), generator=rng)
    ranks = (torch.rand(count, variant.length, generator=rng) * (top + 1)[:, None]).long()
    some = [place for part in variant.places for place in part]
    chosen = torch.tensor(some)[torch.randint(len(some), (count,), generator=rng)]
    ranks[torch.arange(count), chosen] = top
    free = [place for place in range(variant.length) if place not in some]
    ranks[:, free] = torch.randint(variant.letters, (count, len(free)), generator=rng)
    return torch.tensor(variant.order)[ranks]


def _largest_label(variant: Variant, tokens: Tokens) -> Tensor:
    some = [place for part in variant.places for place in part]
    return _ranks(variant, tokens)[:, some].max(dim=1).values


def _largest(variant: Variant, name: str) -> Written:
    unit = 1 / variant.letters  # a letter's rank is this times as much in the stream, times `WIDE`
    values: Vector = {letter(a): rank * unit for rank, a in enumerate(variant.order)}
    high: Vector = {letter(a): rank * SCORE / WIDE for rank, a in enumerate(variant.order)}

    def top(places: Sequence[int], written: str) -> Head:
        here: Vector = {at(place): variant.letters * SCORE / WIDE for place in places}
        return Head(looks=[(_anywhere(variant.length), {**high, **here})], moves=[(values, {f"{name} {written}": 1.0})])

    def larger(first: str, second: str, written: str) -> list[Group]:
        """max(first, second) as relu(first - second), and relu(second)."""
        return [
            (
                Neuron(
                    reads={f"{name} {first}": 1.0, f"{name} {second}": -1.0},
                    bias=0.0,
                    writes={f"{name} {written}": 1.0},
                ),
            ),
            (Neuron(reads={f"{name} {second}": 1.0}, bias=0.0, writes={f"{name} {written}": 1.0}),),
        ]

    bring = Head(
        looks=[({at(variant.length - 1): 1 / WIDE}, {at(variant.by): SCORE / WIDE})],
        moves=[({f"{name} top": 1.0}, {f"{name} brought": 1.0})],
    )
    first, second, third = variant.places
    rank = 2 / (WIDE * unit)
    return Written(
        heads=[[top(first, "first"), top(second, "second")], [bring, top(third, "third")]],
        groups=[larger("first", "second", "top"), larger("brought", "third", "said")],
        constants=[{}, {f"{name} one": 1.0}],
        answers=[{f"{name} said": rank * j, f"{name} one": -float(j * j)} for j in range(variant.letters)],
    )


PROGRAMS: Mapping[str, Program] = {
    "induction": Program(
        shape=lambda rng: (int(rng.integers(5, 7)), int(rng.integers(9, 12))),
        varied=_induction_varied,
        inputs=_induction_inputs,
        label=_induction_label,
        write=_induction,
    ),
    "brackets": Program(
        shape=lambda rng: (int(rng.integers(3, 6)), int(rng.integers(8, 13))),
        varied=_bracket_varied,
        inputs=_bracket_inputs,
        label=_bracket_label,
        write=_brackets,
    ),
    "largest": Program(
        shape=lambda rng: (int(rng.integers(5, 9)), int(rng.integers(8, 12))),
        varied=_largest_varied,
        inputs=_largest_inputs,
        label=_largest_label,
        write=_largest,
    ),
}
"""By name."""
