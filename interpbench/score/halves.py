"""Random halves of a suite that share no network: what splits are made of that ask whether an order stands."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from interpbench.score.units import Member, Units


def halves(
    units: Units, kinds: Sequence[str], rng: np.random.Generator, splits: int
) -> Bool[np.ndarray, "split 2 cell"]:
    """Which cells are in the first half and which in the second, for many random splits.

    **Disjoint:** the networks. No network that a cell rests on (`Units.members`) has a cell in the other half of the
    same split. **Not disjoint:** families. Most kinds of question live in one family or a few, and both halves must
    hold every kind, so that networks are dealt out within each family and the halves are two draws of networks from
    the same families.

    Cells that are linked by common networks make a block. Blocks of one family with the same kinds are dealt out whole,
    half of them to each side (an odd one to either), and no cell is lost. Where one block holds more than half of these
    cells (each generaliser meets each memoriser, say), its networks are dealt out instead, class by class, and cells
    whose networks fall on both sides are in neither half.

    Args:
        units: the scored cells.
        kinds: of the cells, in their order.
        rng: the source of randomness.
        splits: how many.
    """
    if len(kinds) != len(units):
        raise ValueError(f"halves: {len(kinds)} kinds for {len(units)} cells; each cell has one")
    out = np.zeros((splits, 2, len(units)), dtype=bool)
    for dealt in _dealt_together(units, kinds):
        for split in range(splits):
            side = _sides(dealt, rng)
            for cell in dealt.cells:
                found = {side[member] for member in units.members[cell]}
                if len(found) == 1:
                    out[split, found.pop(), cell] = True
    return out


Card = tuple[Member, ...]
"""Networks that go to the same side."""


@dataclass(frozen=True)
class _Dealt:
    """Cells of one family and the same kinds, and what is dealt out for them.

    Attributes:
        cells: in any order.
        decks: each is shuffled and cut in the middle.
    """

    cells: list[int]
    decks: list[list[Card]]


def _dealt_together(units: Units, kinds: Sequence[str]) -> list[_Dealt]:
    alike: dict[tuple[str, tuple[str, ...]], list[list[int]]] = {}
    for family in sorted(set(units.family)):
        cells = [cell for cell, name in enumerate(units.family) if name == family]
        for block in _blocks(cells, units):
            alike.setdefault((family, tuple(sorted({kinds[cell] for cell in block}))), []).append(block)
    return [
        _Dealt(cells=[cell for block in blocks for cell in block], decks=_decks(blocks, units))
        for blocks in alike.values()
    ]


def _decks(blocks: Sequence[Sequence[int]], units: Units) -> list[list[Card]]:
    """Blocks as cards of one deck; where one block is most of all, its networks as cards of a deck a class."""
    cards = sorted(tuple(sorted({member for cell in block for member in units.members[cell]})) for block in blocks)
    sizes = [len(block) for block in blocks]
    if 2 * max(sizes) <= sum(sizes):
        return [cards]
    networks = sorted({member for card in cards for member in card})
    labels = sorted({member.label for member in networks})
    return [[(member,) for member in networks if member.label == label] for label in labels]


def _blocks(cells: Sequence[int], units: Units) -> list[list[int]]:
    """Cells of one family, grouped so that no network stands in two groups; in an order that cells do not decide."""
    home: dict[Member, int] = {}
    parent = list(range(len(cells)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for place, cell in enumerate(cells):
        for member in units.members[cell]:
            parent[root(place)] = root(home.setdefault(member, place))
    grouped: dict[int, list[int]] = {}
    for place, cell in enumerate(cells):
        grouped.setdefault(root(place), []).append(cell)
    return sorted(grouped.values(), key=lambda block: min(units.members[cell] for cell in block))


def _sides(dealt: _Dealt, rng: np.random.Generator) -> dict[Member, int]:
    """Member -> half. A deck of one card goes to either side."""
    side: dict[Member, int] = {}
    for deck in dealt.decks:
        order = rng.permutation(len(deck))
        odd = int(rng.integers(2))
        for place, card in enumerate(order):
            for member in deck[card]:
                side[member] = int(2 * place + odd >= len(deck)) if len(deck) > 1 else odd
    return side
