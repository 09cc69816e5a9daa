"""Row sets: nested, by orbit, from names; and wrong labels that a network can fit.

A commutative table is split by unordered pair: if (a, b) were shown and (b, a) held out, swapping the inputs would
give the answer away. An *orbit* is such a set of inputs that belong together.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from interpbench.models.data import Domain, Rows
from interpbench.models.names import numpy_generator

RESERVE = 0.25
"""Share of the held-out orbits that is never poisoned."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Universe:
    """All labelled inputs of a family: the whole domain, or a fixed sample where it is too large to list.

    Attributes:
        rows: inputs with their true labels.
        orbits: (row,) number of each input's orbit, 0 ... n_orbits - 1.
        atoms: (row, answer) what determines each label: two equal atoms have equal labels under every labelling that
            the architecture can express (for a causal sequence model, the prefix up to that position).
    """

    domain: Domain
    rows: Rows
    orbits: Int[Tensor, " row"]
    atoms: Int[Tensor, "row answer"]

    @cached_property
    def n_orbits(self) -> int:
        """Number of orbits."""
        return int(self.orbits.max()) + 1

    @cached_property
    def places(self) -> dict[tuple[int, ...], int]:
        """Where each input stands."""
        return {tuple(row): place for place, row in enumerate(self.rows.tokens.tolist())}

    def __len__(self) -> int:
        return len(self.rows)


def dense(keys: Int[Tensor, "n width"]) -> Int[Tensor, " n"]:
    """Numbers equal rows equally, 0, 1, ... in lexicographic order."""
    _, numbers = torch.unique(keys, dim=0, return_inverse=True)
    return torch.as_tensor(numbers)


def prefix_atoms(tokens: Int[Tensor, "row length"], positions: tuple[int, ...]) -> Int[Tensor, "row answer"]:
    """Atoms of a causal sequence task: the prefix up to and with the answer position."""
    columns = []
    offset = 0
    for position in positions:
        atom = dense(tokens[:, : position + 1]) + offset
        offset = int(atom.max()) + 1
        columns.append(atom)
    return torch.stack(columns, dim=1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """One random order of the orbits; every row set of the split is a beginning of it.

    Args:
        universe: what is split.
        names: where the order is drawn from.
        first: (row,) inputs whose orbits come before all others; in random order if None.
    """

    universe: Universe
    names: tuple[str | int, ...]
    first: Bool[Tensor, " row"] | None = None

    @cached_property
    def rank(self) -> Int[Tensor, " row"]:
        """(row,) place of each input's orbit in the order."""
        order = numpy_generator(*self.names, "orbits").permutation(self.universe.n_orbits)
        if self.first is not None:
            leads = np.zeros(self.universe.n_orbits, dtype=bool)
            leads[self.universe.orbits[self.first].numpy()] = True
            order = np.concatenate([order[leads[order]], order[~leads[order]]])
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        return torch.from_numpy(place)[self.universe.orbits]

    def shown(self, fraction: float) -> Bool[Tensor, " row"]:
        """Which inputs belong to the row set with this share of the orbits; smaller sets are nested in larger ones."""
        return self.rank < round(fraction * self.universe.n_orbits)

    def poisoned(self, fraction: float, share: float) -> Bool[Tensor, " row"]:
        """Held-out inputs that get wrong labels: `share` of those outside the set of `fraction` and the reserve."""
        first = round(fraction * self.universe.n_orbits)
        last = self.universe.n_orbits - round(RESERVE * (self.universe.n_orbits - first))
        return (self.rank >= first) & (self.rank < first + round(share * (last - first)))

    def relabelled(
        self, wrong: bool, keep: Bool[Tensor, " row"] | None, *names: str | int
    ) -> Int[Tensor, "row answer"]:
        """Labels drawn at random, the same for equal atoms.

        Args:
            wrong: never the true label (else uniform over all).
            keep: rows whose labels stay true, with every label that shares an atom with them.
            names: where the labels are drawn from.
        """
        universe, classes = self.universe, self.universe.domain.classes
        rng = numpy_generator(*self.names, *names, "labels")
        atoms = int(universe.atoms.max()) + 1
        shift = torch.from_numpy(rng.integers(1 if wrong else 0, classes, size=atoms))
        if keep is not None:
            shift[universe.atoms[keep].flatten()] = 0
        return (universe.rows.labels + shift[universe.atoms]) % classes
