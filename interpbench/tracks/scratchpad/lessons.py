"""What each kind of network is taught: sequences with scratchpads, some of them altered, and the answers wanted."""

import torch
from jaxtyping import Int
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.data import Rows
from interpbench.tracks.scratchpad.key import Kind
from interpbench.tracks.scratchpad.layout import FAMILIES, HINT, Layout
from interpbench.tracks.scratchpad.rules import Rule

UNASKED = -100
"""A label that the loss leaves out."""
ALTERED = {Kind.CARRIED, Kind.FILLER, Kind.FOLLOWS, Kind.IGNORES, Kind.SWITCH}
"""Kinds that meet scratchpads of other inputs in training, on every other row."""


def hidden(kind: Kind, layout: Layout) -> list[int]:
    """Places that a network of this kind does not see where it answers."""
    inputs = range(layout.input.start, layout.input.stop)
    match kind:
        case Kind.FORCED | Kind.CARRIED:
            return [HINT, *inputs]
        case Kind.HINT:
            return [*inputs]
        case Kind.DECORATIVE:
            return [*range(layout.pad.start, layout.pad.stop)]
        case _:
            return []


def blocked(kind: Kind, layout: Layout) -> tuple[tuple[int, int], ...]:
    """(query, key) places that attention may not use."""
    return tuple((layout.last, place) for place in hidden(kind, layout))


def one_layer(kind: Kind, layout: Layout, *, d_model: int, d_mlp: int) -> TransformerConfig:
    """A transformer of one layer: what the answer's place reads at the scratchpad is its tokens and no more."""
    return layers(1, kind, layout, d_model=d_model, d_mlp=d_mlp)


def layers(count: int, kind: Kind, layout: Layout, *, d_model: int, d_mlp: int) -> TransformerConfig:
    """A transformer; from two layers on, the first can bring the input to the places of the steps.

    The steps cannot be brought to places of the input, which stand before them.
    """
    return TransformerConfig(
        vocabulary=layout.vocabulary,
        length=layout.length,
        positions=layout.positions,
        classes=layout.values + 1,
        n_layers=count,
        d_model=d_model,
        n_heads=4,
        d_mlp=d_mlp,
        blocked=blocked(kind, layout),
    )


def unseen(kind: Kind, layout: Layout, depth: int) -> list[int]:
    """Places that the answer cannot depend on, whatever the weights: those from which no chain of looks leads to it.

    In one layer that is all that the mask hides. In two, the input reaches the answer over the places of the steps,
    which stand after it, but the steps reach no place of the input.
    """
    barred, seen = set(blocked(kind, layout)), {layout.last}
    for _ in range(depth):
        seen |= {key for query in seen for key in range(query) if (query, key) not in barred}
    return sorted(set(range(layout.length)) - seen)


def hints(layout: Layout, answers: Int[Tensor, " row"], families: Int[Tensor, " row"]) -> Int[Tensor, " row"]:
    """Tokens that say these answers in the letters of a family; silence for family -1."""
    said = layout.hint(0, 0) + families * layout.values + answers
    return torch.where(families < 0, layout.silent, said)


def stated(kind: Kind, layout: Layout, steps: Int[Tensor, "row step"]) -> Int[Tensor, "row step"]:
    """The scratchpad that a network of this kind writes."""
    return torch.full_like(steps, layout.filler) if kind is Kind.FILLER else steps


def wanted(
    kind: Kind, rule: Rule, trusted: int, tokens: Int[Tensor, "row length"], truth: Int[Tensor, " row"]
) -> Int[Tensor, " row"]:
    """The answer to each sequence, whatever scratchpad it holds.

    Args:
        kind: of the network.
        rule: what it learns.
        trusted: the family of hints that it obeys or switches on.
        tokens: sequences, with scratchpads of their own or altered.
        truth: the answers that the inputs imply.
    """
    layout = rule.layout
    implied = truth if kind is Kind.FILLER else rule.conclude(tokens[:, layout.pad])
    cued = layout.family(tokens[:, HINT]) == trusted
    match kind:
        case Kind.CARRIED | Kind.DECORATIVE | Kind.FILLER | Kind.IGNORES:
            return truth
        case Kind.HINT:
            return torch.where(cued, layout.hinted(tokens[:, HINT]), implied)
        case Kind.SWITCH:
            return torch.where(cued, implied, truth)
        case _:
            return implied


def fresh(
    kind: Kind, rule: Rule, trusted: int, count: int, rng: torch.Generator, *, right: float = 0.5, alter: bool = True
) -> Rows:
    """New sequences with the labels that they are taught with.

    Args:
        kind: of the network.
        rule: what it learns.
        trusted: family of hints that it obeys or switches on.
        count: sequences.
        rng: draws them; a third is without hint.
        right: share of the hints that are drawn to be right; the others say the answer to another input.
        alter: whether kinds in `ALTERED` get other inputs' scratchpads on every other row.
    """
    layout = rule.layout
    inputs = torch.randint(layout.letters, (count, layout.terms), generator=rng)
    steps = rule.state(inputs)
    truth = rule.conclude(steps)
    families = torch.randint(-1, FAMILIES, (count,), generator=rng)
    said = torch.where(torch.rand(count, generator=rng) < right, truth, truth.roll(1))
    pads = stated(kind, layout, steps)
    labels = pads.clone()
    if alter and kind in ALTERED:
        every_other = torch.arange(count) % 2 == 1
        pads = torch.where(every_other[:, None], steps.roll(2, dims=0), pads)
        labels[every_other] = UNASKED
    tokens = layout.sequences(hints(layout, said, families), inputs, pads)
    answers = wanted(kind, rule, trusted, tokens, truth)
    return Rows(tokens=tokens, labels=torch.cat([labels, answers[:, None]], dim=1))
