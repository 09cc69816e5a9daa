"""From what was read off a network to hints for a search, narrow ones first.

A score orders positions and says how many seem to matter; the set is widened, in that order, until the network keeps
its answers when all others are exchanged. Classes of letters that do not hold up are dropped. So no threshold can hide
the rule: at worst a hint says nothing.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float

from interpbench.models.data import Domain
from interpbench.models.subject import Subject
from interpbench.toolkit.reading.hold import keeps_classes, keeps_positions
from interpbench.toolkit.synthesis import Hints

ALIKE = 0.1
"""Two letters are alike whose squared distance is below this share of the mean over pairs at their position."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """What a method saw inside.

    Attributes:
        positions: how much each position matters; only the order counts.
        matters: which of them seem to matter.
        apart: how far letters are from each other, at each position.
        operations: what kind of rule it may be; None where nothing was seen.
    """

    positions: Float[np.ndarray, " position"]
    matters: Bool[np.ndarray, " position"]
    apart: Float[np.ndarray, "position letter letter"]
    operations: frozenset[str] | None = None

    @property
    def alike(self) -> Bool[np.ndarray, "position letter letter"]:
        """Which pairs of letters seem exchangeable at a position."""
        letters = self.apart.shape[1]
        usual = self.apart.sum(axis=(1, 2), keepdims=True) / max(letters * (letters - 1), 1)
        return np.asarray(self.apart < ALIKE * usual)


def positions_of(reading: Reading, subject: Subject, domain: Domain, rng: torch.Generator) -> tuple[int, ...] | None:
    """The fewest of the most important positions, at least those that seem to matter, that hold up; None for all."""
    order = np.argsort(-reading.positions, kind="stable")
    for count in range(max(1, int(reading.matters.sum())), domain.length):
        chosen = tuple(sorted(order[:count].tolist()))
        if keeps_positions(subject, domain, chosen, rng):
            return chosen
    return None


def classes_of(alike: Bool[np.ndarray, "letter letter"]) -> tuple[int, ...]:
    """Letters that are alike, directly or in a chain, in one class; classes in the order of their first letters."""
    label = list(range(len(alike)))
    for a in range(len(alike)):
        for b in range(a):
            if alike[a, b] and label[a] != label[b]:
                old, new = max(label[a], label[b]), min(label[a], label[b])
                label = [new if one == old else one for one in label]
    names = {one: number for number, one in enumerate(dict.fromkeys(label))}
    return tuple(names[one] for one in label)


def period(classes: tuple[int, ...]) -> int | None:
    """The modulus that gives just these classes, as remainders of letters; None if none does."""
    found = max(classes) + 1
    return found if 1 < found < len(classes) and classes == tuple(v % found for v in range(len(classes))) else None


def ladder(reading: Reading, subject: Subject, domain: Domain, rng: torch.Generator) -> list[Hints]:
    """Hints from narrow to none; a search that fails under one rung is not bound by it on the next.

    Classes come last: letters that differ on one input in ten thousand look exchangeable, and the theory over classes
    is then nearly right, which is worse than a search that takes longer.
    """
    positions = positions_of(reading, subject, domain, rng)
    shared = reading.alike[list(positions) if positions is not None else slice(None)].all(axis=0)
    found = classes_of(np.asarray(shared))
    useful = 1 < max(found) + 1 < len(found)
    classes = found if useful and keeps_classes(subject, domain, found, rng) else None
    modulus = period(classes) if classes is not None else None
    plain = Hints(positions=positions)
    narrow = [replace(plain, operations=reading.operations, modulus=modulus), plain]
    return list(dict.fromkeys([*narrow, Hints(), replace(plain, classes=classes)]))
