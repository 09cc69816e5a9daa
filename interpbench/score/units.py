"""What was scored: cells, the family and stratum of each, and the models that each rests on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool


class Member(NamedTuple):
    """One model in a cell, and the class that it was drawn for."""

    label: str
    """Its class, e.g. `generaliser` or `memoriser`."""
    model: str
    """Its identifier; unique within a family."""


@dataclass(frozen=True, kw_only=True)
class Units:
    """The scored cells, in the order of every array that speaks about them.

    A pair cell has two members, an instance cell one. Leave out a model that is fixed by the design (a reference
    that all cells of a family share): it is no draw from anything, and counting it makes its class too small.
    """

    family: Sequence[str]
    """(cell): the task family, e.g. `modular_addition`. Families are the draws that a claim generalises over."""
    stratum: Sequence[str]
    """(cell): the part of the family's design, e.g. the kind of pair or the rung."""
    members: Sequence[tuple[Member, ...]]
    """(cell): the models whose luck the cell shares with other cells."""

    def __post_init__(self) -> None:
        """Refuse columns of unequal length, cells without a model and cells that name one member twice."""
        lengths = {"family": len(self.family), "stratum": len(self.stratum), "members": len(self.members)}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"Units: every column needs one entry a cell, got {lengths}")
        for cell, members in enumerate(self.members):
            if not members:
                raise ValueError(f"Units: cell {cell} has no members; an instance cell has one, a pair cell two")
            if len(set(members)) < len(members):
                raise ValueError(f"Units: cell {cell} names a member twice: {members}")

    def __len__(self) -> int:
        """The number of cells."""
        return len(self.family)

    def rows(self) -> Iterator[tuple[str, str, tuple[Member, ...]]]:
        """Family, stratum and members of each cell."""
        return zip(self.family, self.stratum, self.members, strict=True)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """How much data an estimate rests on; it decides whether there is an interval and how wide it must be."""

    cells: int
    """Scored cells."""
    families: int
    """Distinct families. With one, an interval speaks about other models of this family only."""
    models: int
    """Distinct models of the class that has fewest, over all families."""
    models_drawn: bool = True
    """Whether the draws resampled models too, or families only."""

    @property
    def one_family(self) -> bool:
        """Whether the interval generalises over models of a single family, not over families."""
        return self.families == 1

    @property
    def independent(self) -> int:
        """The number of independent draws at the outermost resampled level: families, or models if there is one."""
        return self.families if self.families > 1 else self.models


def evidence(units: Units, keep: Bool[np.ndarray, " cell"] | None = None, *, models_drawn: bool = True) -> Evidence:
    """Count the evidence in the kept cells.

    Args:
        units: all scored cells.
        keep: the cells that the metric uses, e.g. those of one kind of pair; all if None.
        models_drawn: whether the draws resampled models.
    """
    if keep is not None and keep.shape != (len(units),):
        raise ValueError(f"evidence: keep has shape {keep.shape}, wanted one entry for each of {len(units)} cells")
    kept = [row for cell, row in enumerate(units.rows()) if keep is None or keep[cell]]
    by_class: dict[str, set[tuple[str, str]]] = {}
    for family, _, members in kept:
        for member in members:
            by_class.setdefault(member.label, set()).add((family, member.model))
    return Evidence(
        cells=len(kept),
        families=len({family for family, _, _ in kept}),
        models=min((len(models) for models in by_class.values()), default=0),
        models_drawn=models_drawn,
    )
