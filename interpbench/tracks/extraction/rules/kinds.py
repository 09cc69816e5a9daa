"""The kinds of rules, by name."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from interpbench.tracks.extraction.rules import (
    automata,
    boolean,
    composition,
    counting,
    hidden,
    modular,
    order,
    selection,
)
from interpbench.tracks.extraction.rules.family import Family


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of rules.

    Attributes:
        name: of the kind.
        title: what its rules do, in a line.
        families: all its families for a length and a number of letters.
    """

    name: str
    title: str
    families: Callable[[int, int], Iterator[Family]]


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        module.KIND: Kind(name=module.KIND, title=str(module.__doc__).split("\n")[0], families=module.families)
        for module in (modular, boolean, counting, automata, selection, order, hidden, composition)
    }
)
"""Every kind of the grammar."""


@cache
def families(kind: str, length: int, letters: int) -> tuple[Family, ...]:
    """The families of one kind that have rules, smallest first.

    Raises:
        ValueError: there is no such kind; the domain is too small for the grammar.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no kind {kind!r}, wanted one of {', '.join(KINDS)}")
    if length < 5 or letters < 3:
        raise ValueError(f"length {length} and {letters} letters, wanted at least 5 and 3")
    made = [family for family in KINDS[kind].families(length, letters) if len(family)]
    return tuple(sorted(made, key=lambda family: family.size))


def all_families(length: int, letters: int) -> tuple[Family, ...]:
    """The families of all kinds, smallest first; among equal ones in the order of `KINDS`."""
    made = [family for kind in KINDS for family in families(kind, length, letters)]
    return tuple(sorted(made, key=lambda family: family.size))
