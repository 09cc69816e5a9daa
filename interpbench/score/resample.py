"""The bootstrap of the board: families with replacement, then models of each class inside each drawn family.

Pairs are never resampled: all pairs that share a network share its luck, and 100 pairs of 20 networks are 20 draws,
not 100. A cell's weight in one draw is the sum, over the copies of its family, of the product of its members'
multiplicities in that copy. Every copy of a family draws its own models, as a nested sample would. Family means already
carry the luck of their models, so that resampling both levels counts this luck about twice, on the safe side; one
inner draw shared by all copies of a family would count it about three times.

References:
    Davison & Hinkley 1997, Bootstrap Methods and their Application, section 3.8 (nested resampling).
    Owen 2007, The pigeonhole bootstrap (products of multiplicities for crossed factors; conservative).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from interpbench.score.units import Evidence, Member, Units, evidence

DRAWS = 2000
"""Default number of bootstrap draws: enough for Holm over 100 comparisons (see `compare.draws_needed`)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Resample:
    """Weights of cells and of families in every draw; **row 0 is all ones**, the data as they are.

    So a metric computed on these weights gives the point estimate first and its bootstrap draws after it, in one call.
    """

    units: Units
    cells: Float[np.ndarray, "draw cell"]
    """Multiplicity of each cell."""
    family_names: tuple[str, ...]
    families: Float[np.ndarray, "draw family"]
    """Multiplicity of each family, for metrics that are taken within families and then averaged over them."""
    models_drawn: bool
    """Whether models were resampled inside families."""

    @property
    def one_family(self) -> bool:
        """Whether only models were resampled, because there is a single family to speak about."""
        return len(self.family_names) == 1

    def evidence(self, keep: Bool[np.ndarray, " cell"] | None = None) -> Evidence:
        """What a metric of the kept cells rests on. A kind that lives in few families is judged by those few."""
        return evidence(self.units, keep, models_drawn=self.models_drawn)


def resample(units: Units, rng: np.random.Generator, *, draws: int = DRAWS, models: bool = True) -> Resample:
    """Draw weights for every cell.

    Models are resampled in groups: the models of one class in one family and one stratum. Strata of a family that
    share a model of the class form one group, so that this model has *one* multiplicity wherever it appears; a mean
    over strata then knows that they share its luck. Strata without a common model stay apart, with fixed sizes.
    The draws do not depend on the order of the cells.

    Args:
        units: the scored cells.
        rng: the source of randomness; seed it from names, the same for all methods, so that differences are paired.
        draws: number of bootstrap draws, beside row 0.
        models: False resamples whole families only: sharper, nearly calibrated, slightly optimistic with few
            families (docs/statistics.md has the coverage of both). Needs two families.

    Raises:
        ValueError: if there are no cells, or nothing that may be resampled.
    """
    if len(units) == 0:
        raise ValueError("resample: there are no cells")
    names = tuple(sorted(set(units.family)))
    if len(names) == 1 and not models:
        raise ValueError(f"resample: {names[0]!r} is the only family, so models=False leaves nothing to resample")
    families = multiplicities(rng, draws, len(names)) if len(names) > 1 else np.ones((draws, 1))
    cells = np.zeros((draws, len(units)))
    for position, name in enumerate(names):
        columns = [cell for cell, family in enumerate(units.family) if family == name]
        if models:
            cells[:, columns] = _family_weights(units, columns, families[:, position], rng)
        else:
            cells[:, columns] = families[:, [position]]
    return Resample(
        units=units,
        cells=np.vstack([np.ones((1, len(units))), cells]),
        family_names=names,
        families=np.vstack([np.ones((1, len(names))), families]),
        models_drawn=models,
    )


def multiplicities(rng: np.random.Generator, draws: int, size: int) -> Float[np.ndarray, "draw item"]:
    """How often each of `size` items comes up when `size` are drawn with replacement; every row sums to `size`."""
    chosen = rng.integers(size, size=(draws, size)) + size * np.arange(draws)[:, None]  # (draw, item)
    return np.bincount(chosen.ravel(), minlength=draws * size).reshape(draws, size).astype(np.float64)


def _family_weights(
    units: Units, columns: Sequence[int], copies: Float[np.ndarray, " draw"], rng: np.random.Generator
) -> Float[np.ndarray, "draw kept"]:
    """Weights of one family's cells: for each copy of it a fresh draw of its models, summed over the copies."""
    n_copies = int(copies.sum())
    groups = _model_groups((units.stratum[cell], units.members[cell]) for cell in columns)
    drawn = [multiplicities(rng, n_copies, len(group)) for group in groups]
    counts = np.hstack([*drawn, np.ones((n_copies, 1))])  # (copy, model + 1): the last column pads short cells
    product = np.ones((n_copies, len(columns)))
    for slot in _member_columns(groups, [units.members[cell] for cell in columns]):
        product *= counts[:, slot]
    weights = np.zeros((len(copies), len(columns)))
    present = np.flatnonzero(copies)
    if len(present):
        firsts = np.cumsum(copies[present]).astype(np.int64) - copies[present].astype(np.int64)
        weights[present] = np.add.reduceat(product, firsts, axis=0)
    return weights


def _model_groups(rows: Iterable[tuple[str, tuple[Member, ...]]]) -> list[list[Member]]:
    """The models of one family, grouped by class and by strata that share a model; sorted, so order cannot matter."""
    strata_of: dict[Member, set[str]] = {}
    for stratum, members in rows:
        for member in members:
            strata_of.setdefault(member, set()).add(stratum)
    groups: dict[tuple[str, str], list[Member]] = {}
    for label in sorted({member.label for member in strata_of}):
        linked = _linked(strata for member, strata in strata_of.items() if member.label == label)
        for member in sorted(member for member in strata_of if member.label == label):
            home = next(min(block) for block in linked if block & strata_of[member])
            groups.setdefault((label, home), []).append(member)
    return [groups[key] for key in sorted(groups)]


def _linked(sets: Iterable[set[str]]) -> list[set[str]]:
    """Merge sets until they are disjoint."""
    blocks: list[set[str]] = []
    for names in sets:
        touching = [block for block in blocks if block & names]
        blocks = [block for block in blocks if not block & names] + [names.union(*touching)]
    return blocks


def _member_columns(
    groups: Sequence[Sequence[Member]], members: Sequence[tuple[Member, ...]]
) -> Int[np.ndarray, "slot cell"]:
    """Where each cell's first, second, ... member stands among the models; the index behind the last one pads."""
    column_of = {member: column for column, member in enumerate(member for group in groups for member in group)}
    columns = np.full((max(map(len, members)), len(members)), len(column_of), dtype=np.int64)
    for cell, of_cell in enumerate(members):
        columns[: len(of_cell), cell] = [column_of[member] for member in of_cell]
    return columns
