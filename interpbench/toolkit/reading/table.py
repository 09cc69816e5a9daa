"""The theory that a reading alone gives: a table over the classes of letters at the positions that matter."""

import numpy as np
import torch
from jaxtyping import Bool

from interpbench.models.data import Domain
from interpbench.models.subject import Subject
from interpbench.theory import Theory, parse
from interpbench.toolkit.reading.narrow import classes_of
from interpbench.toolkit.reading.sample import answers

CELLS = 400
"""Largest table: theories hold 1,000 nodes."""
_VOTES = 5


def tabulated(
    subject: Subject,
    domain: Domain,
    positions: tuple[int, ...] | None,
    alike: Bool[np.ndarray, "position letter letter"],
    rng: torch.Generator,
) -> Theory | None:
    """The network's answer for each combination of classes; None where there are more than `CELLS`.

    Args:
        subject: asked about one member of each class, at the positions, and random tokens elsewhere.
        domain: where inputs come from.
        positions: that matter; None for all.
        alike: which letters are exchangeable at each position.
        rng: draws the random tokens.
    """
    chosen = positions if positions is not None else tuple(range(domain.length))
    classes = {place: classes_of(alike[place]) for place in chosen}
    sizes = [max(classes[place]) + 1 for place in chosen]
    cells = int(np.prod(sizes, dtype=float))
    if cells > CELLS:
        return None
    grid = np.stack(np.unravel_index(np.arange(cells), sizes), axis=1)  # (cell, chosen)
    votes = []
    for _ in range(_VOTES):
        tokens = domain.full(cells, rng).numpy()
        for column, place in enumerate(chosen):
            of = np.array(classes[place])
            tokens[:, place] = np.array([np.flatnonzero(of == one)[0] for one in grid[:, column]])
        votes.append(answers(subject, tokens))
    table = [int(np.bincount(cell).argmax()) for cell in np.stack(votes, axis=1)]
    index = ""
    for place, size in zip(chosen, sizes, strict=True):
        code = f"x[{place}]" if size == len(classes[place]) else f"{list(classes[place])}[x[{place}]]"
        index = f"({index}) * {size} + {code}" if index else code
    return parse(f"def rule(x):\n    return {table}[{index}]\n")
