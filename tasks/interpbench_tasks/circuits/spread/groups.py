"""Networks of one layer in which a group of heads copies one of many features, and neurons tell which it is.

Two groups of the same form stand in a network. Each reads places of its own, writes into directions of its own, and
answers in logits of its own; neurons make steps of what their group wrote, and each letter belongs to a class.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench_tasks.circuits.handset import Group, Head, Neuron, Sketch, Vector
from interpbench_tasks.circuits.spread.frames import Frame, coherent, incoherent

WIDE = 5.0
"""What a letter or a position is in the stream."""
SCORE = 15.0
"""By which the score of what a head may attend to exceeds the others: they get 3e-7 of that."""
D_HEAD, LENGTH, CLASSES, SIZE = 8, 10, 4, 16
LOUD = 5.0
"""What a logit makes of a letter of its class."""
PLACES = 4
"""Of a group whose heads are coherent; all but one of them hold the letter that is asked for."""
WIDTH = 0.08
"""Of a step, where 1 is a feature that is there."""
LOW, HIGH = (0.1, 0.25), (0.75, 0.9)
"""What a head attends to the place that is read, from most destinations and from its own (incoherent)."""

Tokens = Int[Tensor, "row length"]


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A group, and what it answers.

    Attributes:
        heads: of it.
        letters: features.
        classes: of the letters.
        sources: places that are read.
        step: where neurons begin to tell that a letter is there.
        becomes: destination -> letter -> letter that is written; none where heads are coherent.
    """

    heads: int
    letters: int
    classes: tuple[int, ...]
    sources: tuple[int, ...]
    step: float
    becomes: tuple[tuple[int, ...], ...] = ()

    @property
    def start(self) -> int:
        """The token of the first place, where heads look that do not attend (incoherent)."""
        return self.letters

    @property
    def deciding(self) -> int:
        """How many heads must be replaced until a step is gone down, if features that are not there are left out."""
        there = 1.0 if self.becomes else 1 - 1 / PLACES
        return ceil(self.heads * (1 - (self.step + WIDTH / 2) / there))


SHAPES: Mapping[str, Sequence[tuple[int, int, int]]] = {
    "coherent": ((6, 24, 0), (7, 28, 0), (8, 32, 0)),
    "incoherent": ((8, 24, 2), (8, 28, 2), (10, 32, 2)),
}
"""Kind -> heads of a group, letters, destinations."""
STEPS: Mapping[str, Sequence[float]] = {"coherent": (0.5, 0.4), "incoherent": (0.5, 0.4)}
"""Kind -> where steps begin, in turn: the lower, the more heads may be lost."""


def drawn(kind: str, number: int, rng: np.random.Generator) -> tuple[Variant, Variant]:
    """The group that is asked about, and the other one."""
    heads, letters, destinations = SHAPES[kind][number % len(SHAPES[kind])]
    each, free = (PLACES, np.arange(LENGTH)) if kind == "coherent" else (1, np.arange(1, LENGTH - 1))
    places = rng.permutation(free)[: 2 * each].tolist()

    def variant(place: int) -> Variant:
        return Variant(
            heads=heads,
            letters=letters,
            classes=tuple((rng.permutation(letters) % CLASSES).tolist()),
            sources=tuple(places[each * place : each * (place + 1)]),
            step=STEPS[kind][number % 2],
            becomes=tuple(tuple(rng.permutation(letters).tolist()) for _ in range(destinations)),
        )

    return variant(0), variant(1)


def alphabets(variant: Variant) -> tuple[tuple[int, ...], ...]:
    """Tokens that may stand at each place."""
    letters = tuple(range(variant.letters))
    if not variant.becomes:
        return (letters,) * LENGTH
    named = tuple(variant.start + 1 + place for place in range(len(variant.becomes)))
    return ((variant.start,), *(letters,) * (LENGTH - 2), named)


def inputs(variants: Sequence[Variant], count: int, rng: torch.Generator) -> Tokens:
    """In which every group has something to say."""
    (letters, *_), rows = [one.letters for one in variants], torch.arange(count)
    tokens = torch.randint(letters, (count, LENGTH), generator=rng)
    if variants[0].becomes:
        tokens[:, 0] = variants[0].start
        tokens[:, -1] = letters + 1 + torch.randint(len(variants[0].becomes), (count,), generator=rng)
        return tokens
    for one in variants:
        said = torch.randint(letters, (count,), generator=rng)
        other = (said + torch.randint(1, letters, (count,), generator=rng)) % letters
        places = torch.tensor(one.sources)
        tokens[:, places] = said[:, None]
        tokens[rows, places[torch.randint(PLACES, (count,), generator=rng)]] = other
    return tokens


def written(variant: Variant, tokens: Tokens) -> Float[Tensor, "row feature"]:
    """What a group is to write of each feature."""
    eye = torch.eye(variant.letters)
    if not variant.becomes:
        return eye[tokens[:, list(variant.sources)]].mean(dim=1)
    becomes = torch.tensor(variant.becomes)
    return eye[becomes[tokens[:, -1] - variant.start - 1, tokens[:, variant.sources[0]]]]


def label(variant: Variant, tokens: Tokens) -> Int[Tensor, " row"]:
    """Class of the feature that is there most."""
    return torch.tensor(variant.classes)[written(variant, tokens).argmax(dim=1)]


def feature(group: int, letter: int) -> str:
    """The direction in which a group writes that a letter is there."""
    return f"group {group} letter {letter}"


def framed(variant: Variant, rng: np.random.Generator) -> Frame:
    """What the heads of a group do, drawn."""
    if not variant.becomes:
        return coherent(variant.heads, D_HEAD, variant.letters, rng)
    attention = rng.uniform(*LOW, (len(variant.becomes), variant.heads))
    for place, head in enumerate(rng.permutation(variant.heads).tolist()):
        attention[place % len(variant.becomes), head] = rng.uniform(*HIGH)
    return incoherent(D_HEAD, attention, variant.becomes, rng)


def blank(variant: Variant) -> Frame:
    """Heads that do nothing, for what a network looks like without its weights."""
    zeros = torch.zeros(variant.heads, D_HEAD, variant.letters)
    attention = np.full((len(variant.becomes), variant.heads), 0.5)
    return Frame(reads=zeros, writes=zeros.transpose(1, 2), attention=attention)


def sketched(variants: Sequence[Variant], frames: Sequence[Frame]) -> Sketch:
    """The network; its first group comes first among heads, neurons and logits."""
    first = variants[0]
    tokens: list[Vector] = [{_letter(one): WIDE} for one in range(first.letters)]
    if first.becomes:
        tokens += [{"start": WIDE}, *({_to(place): WIDE} for place in range(len(first.becomes)))]
    return Sketch(
        positions=(LENGTH - 1,),
        d_head=D_HEAD,
        tokens=tokens,
        places=[{_at(place): WIDE} for place in range(LENGTH)],
        heads=[[head for place, one in enumerate(variants) for head in _heads(one, frames[place], place)]],
        groups=[[group for place, one in enumerate(variants) for group in _groups(one, place)]],
        constants=[{}],
        answers=[{_said(place, one): LOUD} for place in range(len(variants)) for one in range(CLASSES)],
        size=SIZE,
    )


def _letter(number: int) -> str:
    return f"letter {number}"


def _at(place: int) -> str:
    return f"at {place}"


def _to(place: int) -> str:
    return f"to {place}"


def _said(group: int, number: int) -> str:
    return f"group {group} class {number}"


def _heads(variant: Variant, frame: Frame, group: int) -> list[Head]:
    anywhere: Vector = {_at(place): 1 / WIDE for place in range(LENGTH)}
    high, heads = SCORE / WIDE, range(variant.heads)
    if not variant.becomes or frame.attention is None:
        looks = [(anywhere, {_at(place): high for place in variant.sources})]
        return [Head(looks=looks, moves=_moves(frame, head, group)) for head in heads]
    (source,) = variant.sources
    either = (anywhere, {_at(source): high, _at(0): high})
    odds = np.log(frame.attention / (1 - frame.attention))
    named: list[Vector] = [{_to(place): float(one) / WIDE for place, one in enumerate(odds[:, head])} for head in heads]
    return [
        Head(looks=[either, (named[head], {_at(source): 1 / WIDE})], moves=_moves(frame, head, group)) for head in heads
    ]


def _moves(frame: Frame, head: int, group: int) -> list[tuple[Vector, Vector]]:
    reads, writes = frame.reads[head].tolist(), frame.writes[head].T.tolist()
    return [
        (
            {_letter(one): weight for one, weight in enumerate(read)},
            {feature(group, one): weight for one, weight in enumerate(write)},
        )
        for read, write in zip(reads, writes, strict=True)
    ]


def _groups(variant: Variant, group: int) -> list[Group]:
    """Steps, dealt to as few groups of neurons as hold them."""
    many = -(-2 * variant.letters // SIZE)
    dealt = [range(variant.letters)[place::many] for place in range(many)]
    return [tuple(neuron for one in some for neuron in _step(variant, group, one)) for some in dealt]


def _step(variant: Variant, group: int, letter: int) -> tuple[Neuron, Neuron]:
    reads = {feature(group, letter): 1 / (WIDE * WIDTH)}
    said, begins = _said(group, variant.classes[letter]), variant.step / WIDTH
    return (
        Neuron(reads=reads, bias=-begins, writes={said: 1.0}),
        Neuron(reads=reads, bias=-begins - 1, writes={said: -1.0}),
    )
