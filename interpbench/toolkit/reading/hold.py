"""Whether a hint holds up: what it calls irrelevant is exchanged in inputs, and the network has to keep its answers.

A reading of activations proposes; this disposes. A false hint would hide the true rule from a search.
"""

import numpy as np
import torch

from interpbench.models.data import Domain
from interpbench.models.subject import Subject
from interpbench.toolkit.reading.sample import answers

KEPT = 0.998
"""Share of the answers that an exchange has to leave as they are; the networks themselves err on up to .001."""
_INPUTS = 1500


def keeps_positions(subject: Subject, domain: Domain, positions: tuple[int, ...], rng: torch.Generator) -> bool:
    """Whether the tokens at all other positions can be drawn again together."""
    clean, other = domain.full(_INPUTS, rng), domain.full(_INPUTS, rng)
    other[:, list(positions)] = clean[:, list(positions)]
    return _same(subject, clean.numpy(), other.numpy())


def keeps_classes(subject: Subject, domain: Domain, classes: tuple[int, ...], rng: torch.Generator) -> bool:
    """Whether every token can be replaced by any one of its class."""
    clean = domain.full(_INPUTS, rng).numpy()
    of = np.asarray(classes)
    other = clean.copy()
    for label in range(max(classes) + 1):
        members = np.flatnonzero(of == label)
        here = of[clean] == label
        other[here] = members[torch.randint(len(members), (int(here.sum()),), generator=rng).numpy()]
    return _same(subject, clean, other)


def _same(subject: Subject, clean: np.ndarray, other: np.ndarray) -> bool:
    return bool((answers(subject, clean) == answers(subject, other)).mean() >= KEPT)
